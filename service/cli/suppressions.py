"""`tocsin suppressions`: addresses that get no bulk mail."""

from typing import TextIO

import click


@click.group()
def suppressions() -> None:
    """Manage the addresses that get no bulk mail."""


@suppressions.command("list")
@click.option("--reason", default="", help="Only those suppressed for this: bounce or staff.")
def list_suppressions(reason: str) -> None:
    """List the suppressed addresses: address, reason, since when."""
    from service.assembly import at_hand  # noqa: PLC0415
    from service.cli.settings import settings  # noqa: PLC0415
    from service.subscribers.suppressing import as_row, suppressed_pages  # noqa: PLC0415

    with at_hand(settings()) as rt:
        for page in suppressed_pages(rt, reason):
            for each in page:
                click.echo(",".join(as_row(each)))


@suppressions.command("import")
@click.argument("file", type=click.File("r", encoding="utf-8"))
def import_suppressions(file: TextIO) -> None:
    """Suppress the address that begins each line of FILE; - reads standard input."""
    from service.assembly import at_hand  # noqa: PLC0415
    from service.cli.settings import settings  # noqa: PLC0415
    from service.subscribers.suppressing import import_lines  # noqa: PLC0415

    with at_hand(settings()) as rt, rt.work("cli") as uow:
        result = import_lines(uow, file)
    click.echo(
        f"{result.suppressed} suppressed, {result.known} were so already, "
        f"{result.strangers} of nobody we know are remembered"
    )
    for fault in result.faults:
        click.echo(f"line {fault.pointer.lstrip('/')}: {fault.detail}", err=True)


@suppressions.command("lift")
@click.argument("address")
def lift_suppression(address: str) -> None:
    """Let mail go to ADDRESS again."""
    from service.assembly import at_hand  # noqa: PLC0415
    from service.cli.settings import settings  # noqa: PLC0415
    from service.subscribers.suppressing import lift  # noqa: PLC0415

    with at_hand(settings()) as rt, rt.work("cli") as uow:
        lift(uow, address)
    click.echo(f"mail may go to {address} again")
