"""`tocsin page`: pages, components and lists from a file."""

from pathlib import Path

import click

STATES = ("operational", "maintenance", "minor_disruption", "major_disruption", "down")


@click.group()
def page() -> None:
    """Define pages, components and lists."""


@page.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def apply(file: Path) -> None:
    """Make pages and lists be what FILE says; a second time changes nothing."""
    from service.assembly import at_hand  # noqa: PLC0415
    from service.cli.settings import settings  # noqa: PLC0415
    from service.lists.apply import apply_file  # noqa: PLC0415

    with at_hand(settings()) as rt, rt.work("cli") as uow:
        report = apply_file(uow, file)
    for word in ("created", "changed", "retired"):
        for name in getattr(report, word):
            click.echo(f"{word} {name}")
    click.echo(f"{len(report.unchanged)} unchanged")


@page.command("list")
def list_pages() -> None:
    """List pages, sections and services with their states."""
    from service.assembly import at_hand  # noqa: PLC0415
    from service.cli.settings import settings  # noqa: PLC0415
    from service.pages import queries  # noqa: PLC0415

    with at_hand(settings()) as rt, rt.read() as session:
        for each in queries.pages(session):
            states = queries.effective_states(session, each.id)
            click.echo(f"{each.slug}\t{each.timezone}\t{','.join(each.languages)}")
            sections = {it.id: it.slug for it in queries.sections(session, each.id)}
            for it in queries.components(session, each.id):
                place = sections.get(it.section_id, "")
                click.echo(f"{each.slug}/{it.slug}\t{place}\t{states[it.id]}")


@page.command("state")
@click.argument("page_name", metavar="PAGE")
@click.argument("component")
@click.argument("state", type=click.Choice(STATES))
@click.option("--comment", default="", help="Why; shown on the service's page.")
def say_state(page_name: str, component: str, state: str, comment: str) -> None:
    """Say what STATE the COMPONENT of a PAGE is in from now on."""
    from service.assembly import at_hand  # noqa: PLC0415
    from service.cli.settings import settings  # noqa: PLC0415
    from service.pages.actions import set_state_named  # noqa: PLC0415
    from service.pages.models import State  # noqa: PLC0415

    with at_hand(settings()) as rt, rt.work("cli") as uow:
        now = set_state_named(uow, page_name, component, State(state), comment)
    click.echo(f"{page_name}/{component} is {now}")


@page.command("retire")
@click.argument("page_name", metavar="PAGE")
@click.argument("component", required=False)
def retire(page_name: str, component: str | None) -> None:
    """Take a PAGE, or one COMPONENT of it, out of use; what was said stays."""
    from service.assembly import at_hand  # noqa: PLC0415
    from service.cli.settings import settings  # noqa: PLC0415
    from service.pages import editing  # noqa: PLC0415

    with at_hand(settings()) as rt, rt.work("cli") as uow:
        if component:
            editing.retire_component(uow, page_name, component)
        else:
            editing.retire_page(uow, page_name)
    click.echo(f"{component or page_name} is out of use")
