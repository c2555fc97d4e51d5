"""`tocsin rollout preview` and `simulate`: what would happen, before anybody approves it."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, TextIO

import click

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
    click.echo(preview_out(seen).model_dump_json(indent=2) if as_json else _told(seen))


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
    click.echo(simulation_out(found).model_dump_json(indent=2) if as_json else _played(found))


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


def _told(seen: "Outlook") -> str:
    """A preview in words."""
    lines = [f"{seen.written} of {seen.size} concerned would be written to", ""]
    lines += _table(
        ("rule", "people"),
        (
            (f"{each.kind} {next(iter(each.name.values()), '')}", each.count)
            for each in seen.targets
        ),
    )
    lines += _table(("channel", "people"), seen.channels)
    lines += _table(
        ("chose", "reads", "people"),
        ((each.chosen, each.read, each.count) for each in seen.readings),
    )
    lines += _table(
        ("time zone", "people", "first, their clock", f"first, {seen.page}"),
        (
            (
                each.zone,
                each.count,
                f"{each.local:%Y-%m-%d %H:%M}" if each.local else "never",
                f"{each.here:%Y-%m-%d %H:%M}" if each.here else "never",
            )
            for each in seen.every_zone
        ),
    )
    lines += _table(("stage", "people"), enumerate(seen.stages, 1))
    kept_out = {"held out": seen.held_out, "no hour before it expires": seen.never}
    lines += _table(
        ("not written to, because", "people"),
        ((reason, count) for reason, count in (*seen.left_out.items(), *kept_out.items()) if count),
    )
    return "\n".join(lines).rstrip()


def _played(found: "Simulation") -> str:
    """A simulation in words."""
    from service.rollouts.simulating import LEFT_OUT  # noqa: PLC0415

    question, course = found.question, found.course
    lines = _table(
        (
            "stage",
            "people",
            "so far",
            "opens, UTC",
            "next may open, UTC",
            "shows from",
            *(f"shows {100 * share:g} %" for share, _ in found.sights[0].chances),
        )
        if found.sights
        else (),
        (
            (
                stage.no,
                stage.size,
                sight.people,
                f"{stage.opens_at:%Y-%m-%d %H:%M}",
                f"{stage.follows_at:%Y-%m-%d %H:%M}" if stage.follows_at else "never",
                f"{100 * sight.reveals:.3g} %",
                *(f"{100 * chance:.0f} %" for _, chance in sight.chances),
            )
            for stage, sight in zip(course.stages, found.sights, strict=False)
        ),
    )
    lines += _table(
        (
            "way",
            "50 %",
            "95 %",
            "100 %",
            "peak/min",
            "in windows",
            "carried",
            "never",
            "exposed",
            "faulty",
            "noticed, UTC",
        ),
        (
            (
                way.name.replace("_", " "),
                *(_hours(way.course.until(share)) for share in (0.5, 0.95, 1.0)),
                way.course.peak(),
                f"{100 * way.course.inside:.3g} %",
                way.course.carried,
                way.course.never + way.course.unopened,
                way.exposure.exposed,
                way.exposure.affected,
                f"{way.exposure.noticed_at:%Y-%m-%d %H:%M}" if way.exposure.noticed_at else "never",
            )
            for way in found.ways
        ),
    )
    lines.append(
        f"exposed: who has it when a fault of {100 * question.fault.share:g} % is noticed, "
        f"{question.fault.notice / timedelta(minutes=1):g} minutes after {found.exposure.needed} "
        f"people have it; at {question.per_minute:g} messages a minute"
    )
    lines.append(f"not in it, and able to make it slower: {', '.join(LEFT_OUT)}")
    return "\n".join(lines)


def _hours(length: timedelta | None) -> str:
    return "never" if length is None else f"{length / timedelta(hours=1):.1f} h"


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """Columns as wide as they need to be, numbers to the right; nothing where there are no rows."""
    body = [[str(cell) for cell in row] for row in rows]
    if not body:
        return []
    right = [all(row[at][:1].isdigit() for row in body) for at in range(len(head))]
    widths = [max(len(row[at]) for row in (head, *body)) for at in range(len(head))]

    def line(row: Sequence[str]) -> str:
        cells = zip(row, widths, right, strict=True)
        return "  ".join(c.rjust(w) if r else c.ljust(w) for c, w, r in cells).rstrip()

    return [line(list(head)), *map(line, body), ""]
