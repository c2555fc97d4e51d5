"""`tocsin subscribers`: take them over from a file, write them to one, find and assign them."""

import json
import sys
from pathlib import Path

import click

NUMBER = click.IntRange(1, 2**63 - 1)  # what a row can have


@click.group()
def subscribers() -> None:
    """Import, export, find and assign subscribers."""


@subscribers.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Try every line and change nothing.")
@click.option(
    "--report", type=click.Path(dir_okay=False, path_type=Path),
    help="Where to write what is wrong, line by line; default: FILE.report.csv.",
)  # fmt: skip
def take(file: Path, report: Path | None, *, dry_run: bool) -> None:
    """Take subscribers over from FILE (CSV or JSON Lines).

    Lines with consent_at and consent_text become active with that evidence; the owners of the
    others are asked by mail. What people chose here is never overwritten.
    """
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import Progress  # noqa: PLC0415

    from service.assembly import at_hand  # noqa: PLC0415
    from service.cli.settings import settings  # noqa: PLC0415
    from service.signup.importing.files import count  # noqa: PLC0415
    from service.signup.importing.taking import Job, take  # noqa: PLC0415

    job = Job(file, report or file.with_name(f"{file.name}.report.csv"), dry_run)
    with at_hand(settings()) as rt, Progress(console=Console(stderr=True)) as progress:
        bar = progress.add_task("lines", total=count(file))
        tally = take(rt, job, lambda done: progress.advance(bar, done))
    click.echo(f"{tally.added} subscriptions added, with their evidence")
    click.echo(f"{tally.asked} to be confirmed by mail")
    click.echo(f"{tally.kept} there already, left as they are")
    click.echo(f"{tally.refused} left out: their owners said no")
    click.echo(f"{tally.people} new addresses; {tally.wrong} lines cannot be used")
    if tally.wrong or tally.refused:
        click.echo(f"why, line by line: {job.report}")
    if dry_run:
        click.echo("this was a dry run: nothing was changed")
    if tally.wrong:
        raise click.exceptions.Exit(1)


@subscribers.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), required=False)
@click.option(
    "--format", "form", type=click.Choice(("csv", "jsonl")),
    help="Default: by the ending of FILE, else csv.",
)  # fmt: skip
def export(file: Path | None, form: str | None) -> None:
    """Write one line a subscription to FILE, or to standard output; an import takes it."""
    from service.assembly import at_hand  # noqa: PLC0415
    from service.cli.settings import settings  # noqa: PLC0415
    from service.signup.importing.giving import write_csv, write_json_lines  # noqa: PLC0415

    is_json = form == "jsonl" or (form is None and file is not None and file.suffix == ".jsonl")
    write = write_json_lines if is_json else write_csv
    with at_hand(settings()) as rt, rt.read() as session:
        if file is None:
            write(session, sys.stdout)
            return
        with file.open("w", encoding="utf-8", newline="") as into:
            lines = write(session, into)
    click.echo(f"{lines} subscriptions in {file}")


@subscribers.command()
@click.argument("text")
def find(text: str) -> None:
    """List who has TEXT in an address, as external reference, or as hash of an erased one."""
    from service.assembly import at_hand  # noqa: PLC0415
    from service.cli.settings import settings  # noqa: PLC0415
    from service.subscribers.finding import search  # noqa: PLC0415

    with at_hand(settings()) as rt, rt.read() as session:
        for each in search(session, text):
            click.echo("\t".join(each.words()))


@subscribers.command()
@click.argument("number", type=NUMBER)
def show(number: int) -> None:
    """Print all there is about subscriber NUMBER, as JSON: consents, evidence, messages."""
    from service.assembly import at_hand  # noqa: PLC0415
    from service.cli.settings import settings  # noqa: PLC0415
    from service.signup.actions.telling import of_subscriber  # noqa: PLC0415

    with at_hand(settings()) as rt, rt.read() as session:
        told = of_subscriber(session, number, rt.clock())
    click.echo(json.dumps(told, indent=2, ensure_ascii=False))


@subscribers.command()
@click.argument("number", type=NUMBER)
@click.option("--region", help="Where they are, such as eu-west.")
@click.option("--group", help="What they belong to, such as beta.")
@click.option("--client", help="Whose people they are, such as a customer's number.")
@click.option("--party", help="What they are to you, such as customers.")
@click.option("--external-ref", help="What your own systems call them.")
def assign(number: int, **given: str | None) -> None:
    """Say where subscriber NUMBER belongs; "" takes it away. No consent is touched."""
    from service.assembly import at_hand  # noqa: PLC0415
    from service.cli.settings import settings  # noqa: PLC0415
    from service.subscribers.assigning import Assignment, assign  # noqa: PLC0415

    with at_hand(settings()) as rt, rt.work("cli") as uow:
        is_changed = assign(uow, number, Assignment(**given))
    click.echo(f"subscriber {number} {'is assigned' if is_changed else 'was so already'}")
