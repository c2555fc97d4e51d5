"""`tocsin page`: pages, components and lists from a file."""

from pathlib import Path

import click


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
