"""`tocsin rollout freezes|freeze|lift`: the calendar in which nothing leaves that can wait."""

import click

from service.cli.acting import parsed, person, reading, working


@click.command("freezes")
def list_freezes() -> None:
    """List the freezes that are not over: id, from, to, name."""
    from service.rollouts.queries import needs  # noqa: PLC0415

    with reading() as (session, now):
        for each in needs.freezes(session, now):
            begin, end = (at.isoformat(timespec="minutes") for at in (each.starts_at, each.ends_at))
            click.echo(f"{each.public_id}\t{begin}\t{end}\t{each.name}")


@click.command()
@click.argument("name")
@click.option("--from", "begin", required=True, help="Such as 2026-12-20T00:00:00+01:00.")
@click.option("--to", "end", required=True, help="Such as 2027-01-04T08:00:00+01:00.")
@person
def freeze(name: str, begin: str, end: str, email: str) -> None:
    """Enter the period NAME, in which nothing leaves that can wait."""
    from service.rollouts.acknowledging import freeze as act  # noqa: PLC0415
    from service.rollouts.said import FreezeIn  # noqa: PLC0415

    given = {"name": name, "starts_at": begin, "ends_at": end}
    wish = parsed(FreezeIn, given, {"starts_at": "--from", "ends_at": "--to"})
    with working(email) as uow:
        click.echo(act(uow, wish.name, wish.starts_at, wish.ends_at).public_id)


@click.command()
@click.argument("freeze_id", metavar="ID")
@person
def lift(freeze_id: str, email: str) -> None:
    """Take freeze ID out of the calendar; what it held goes on at the next look."""
    from service.rollouts.acknowledging import lift as act  # noqa: PLC0415

    with working(email) as uow:
        act(uow, freeze_id)
    click.echo(f"{freeze_id} is lifted")


FREEZES = (list_freezes, freeze, lift)
