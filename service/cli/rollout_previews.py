"""`tocsin rollout preview` and `simulate`: what would happen, before anybody approves it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, TextIO

import click

from service.cli.preview_tables import played, told

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from service.publications.models import Publication
    from service.rollouts.outlook import Outlook
    from service.rollouts.simulating import Simulation
    from service.runtime import Runtime

as_json = click.option("--json", "as_json", is_flag=True, help="Print what the API answers.")


@click.command()
@click.argument("publication_id", metavar="ID")
@as_json
def preview(publication_id: str, *, as_json: bool) -> None:
    """Say who would get publication ID, when, in which language; who would not, and why.

    ID may also be that of its rollout.
    """
    from service.rollouts.outlook import outlook  # noqa: PLC0415
    from service.rollouts.views.foretold import preview_out  # noqa: PLC0415

    with looking() as rt, rt.read() as session:
        publication = _publication(session, publication_id)
        seen = outlook(session, rt.channels, publication, rt.clock())
    click.echo(preview_out(seen).model_dump_json(indent=2) if as_json else told(seen))


@click.command()
@click.argument("publication_id", metavar="ID")
@click.option("--fault", default=1.0, show_default=True, help="Faulty messages, in percent.")
@click.option("--notice", default=60.0, show_default=True, help="Minutes until one is noticed.")
@click.option("--pace", default=6000.0, show_default=True, help="Messages a minute at most.")
@click.option("--at", help="When it would be approved: 2026-11-24T09:00:00Z; default: now.")
@click.option("--picture", type=click.File("w", "utf-8", atomic=True), help="Draw it, as SVG.")
@as_json
def simulate(
    publication_id: str,
    *,
    fault: float,
    notice: float,
    pace: float,
    at: str | None,
    picture: TextIO | None,
    as_json: bool,
) -> None:
    """Play the plan of publication ID on its real audience: stages, hours, what a fault comes to.

    ID may also be that of its rollout. Nothing is sent or stored.
    """
    from service.rollouts import simulating  # noqa: PLC0415
    from service.rollouts.outlook import outlook  # noqa: PLC0415
    from service.rollouts.views.foretold import simulation_out  # noqa: PLC0415
    from service.rollouts.views.preview_schemas import SimulationQuery  # noqa: PLC0415
    from service.rollouts.views.previews import question  # noqa: PLC0415
    from service.web.forms import parse  # noqa: PLC0415

    asked = parse(
        SimulationQuery,
        {"fault_percent": fault, "notice_minutes": notice, "per_minute": pace, "at": at},
    )
    with looking() as rt, rt.read() as session:
        publication = _publication(session, publication_id)
        seen = outlook(session, rt.channels, publication, rt.clock())
        found = simulating.simulate(publication, seen, question(asked, rt.clock()))
        if picture:
            picture.write(_drawn(rt, publication, seen, found))
    click.echo(simulation_out(found).model_dump_json(indent=2) if as_json else played(found))


def _drawn(rt: "Runtime", publication: "Publication", seen: "Outlook", found: "Simulation") -> str:
    from service.app import create_app  # noqa: PLC0415
    from service.rollouts.views import pictures  # noqa: PLC0415

    with create_app(rt).test_request_context():
        return pictures.document(publication, seen, found)


@contextmanager
def looking() -> Iterator["Runtime"]:
    """Lend a runtime with the enabled channels: they know whom windows and stages are for."""
    from service.assembly import at_hand, channels_at_hand  # noqa: PLC0415
    from service.cli.settings import settings  # noqa: PLC0415

    found = settings()
    with channels_at_hand(found) as channels, at_hand(found) as rt:
        yield replace(rt, channels=channels)


def _publication(session: "Session", public_id: str) -> "Publication":
    from service.errors import NotFound  # noqa: PLC0415
    from service.publications import queries  # noqa: PLC0415
    from service.publications.models import Publication  # noqa: PLC0415
    from service.rollouts.queries import states  # noqa: PLC0415

    if found := queries.by_public_id(session, public_id):
        return found
    if rollout := states.by_public_id(session, public_id):
        return session.get_one(Publication, rollout.publication_id)
    raise NotFound(f"ID: there is no publication or rollout {public_id}")
