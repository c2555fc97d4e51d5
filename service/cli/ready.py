"""`tocsin ready`: for whoever watches processes that answer no HTTP."""

import click


@click.command()
def ready() -> None:
    """Say whether the database and the queue can be reached from here; exit 1 if not."""
    from service.assembly import within_reach  # noqa: PLC0415
    from service.cli.settings import settings  # noqa: PLC0415

    reasons = within_reach(settings()).reasons
    for part, why in reasons.items():
        click.echo(f"{part}: {why}")
    if reasons:
        raise click.exceptions.Exit(1)
    click.echo("ready")
