"""`tocsin limits`: how fast bulk mail may leave, in all, by sender, channel and provider."""

import click

SCOPES = ("global", "sender", "channel", "provider")
PERIODS = {"minute": 60, "hour": 3600}


@click.group()
def limits() -> None:
    """See and set how fast messages to many may leave, over all processes together."""


@limits.command("list")
def list_limits() -> None:
    """List what limits there are: scope, key, rate, and for how long each still rests."""
    from service.assembly import at_hand  # noqa: PLC0415
    from service.cli.settings import settings  # noqa: PLC0415
    from service.deliveries.queries import limits as queries  # noqa: PLC0415

    with at_hand(settings()) as rt, rt.read() as session:
        now, held = queries.now_at_database(session), queries.held(session)
        for row in queries.every(session):
            rate = queries.rate_of(row, now)
            shown = f"{rate.most:g} in {rate.period} s" if rate else "no rate"
            seconds = held.get((row.scope, row.key), 0.0)
            click.echo(f"{row.scope}\t{row.key}\t{shown}\trests {seconds:.0f} s")


@limits.command("set")
@click.argument("scope", type=click.Choice(SCOPES))
@click.argument("key")
@click.argument("most", type=click.IntRange(min=1))
@click.option(
    "--per", type=click.Choice(tuple(PERIODS)), default="minute", show_default=True,
    help="In any stretch of this length.",
)  # fmt: skip
def set_limit(scope: str, key: str, most: int, per: str) -> None:
    """Let at most MOST messages leave in any minute or hour.

    KEY is `all` for the global limit, a sender's address, a channel such as `email`, or one of its
    receiving providers such as `email:google`.
    """
    from scheduling.rates import Rate  # noqa: PLC0415

    _keep(scope, key, Rate(most, PERIODS[per]))
    click.echo(f"{scope} {key}: {most} a {per}")


@limits.command("remove")
@click.argument("scope", type=click.Choice((*SCOPES, "lane")))
@click.argument("key")
def remove_limit(scope: str, key: str) -> None:
    """Take a rate away; `lane` is the pace towards a provider since it throttled."""
    _keep(scope, key, None)
    click.echo(f"{scope} {key}: no rate")


@limits.command("warm-up")
@click.argument("sender")
@click.option("--to", "target", type=click.IntRange(min=20), help="Messages an hour to stop at.")
def warm_up(sender: str, target: int | None) -> None:
    """Let SENDER, a new address, begin at 20 messages an hour and grow by 40 % a day."""
    from service.assembly import at_hand  # noqa: PLC0415
    from service.cli.settings import settings  # noqa: PLC0415
    from service.deliveries.queries import limits as queries  # noqa: PLC0415

    with at_hand(settings()) as rt, rt.work("cli") as uow:
        queries.warm_up(uow.session, sender, target)
    click.echo(f"{sender} begins at 20 an hour")


def _keep(scope: str, key: str, rate: object) -> None:
    from scheduling.rates import Rate  # noqa: PLC0415
    from service.assembly import at_hand, channels_at_hand  # noqa: PLC0415
    from service.cli.settings import settings  # noqa: PLC0415
    from service.deliveries.metering import must_be_limitable  # noqa: PLC0415
    from service.deliveries.queries import limits as queries  # noqa: PLC0415

    if isinstance(rate, Rate):
        with channels_at_hand(settings()) as channels:
            must_be_limitable(channels, scope, key)
    with at_hand(settings()) as rt, rt.work("cli") as uow:
        queries.set_rate(uow.session, scope, key, rate if isinstance(rate, Rate) else None)
