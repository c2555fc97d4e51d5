"""`tocsin db`: the shape of the database."""

import click


@click.group()
def db() -> None:
    """Prepare the database."""


@db.command()
def upgrade() -> None:
    """Bring the database to the shape that this version needs."""
    from service.assembly import upgrade_database  # noqa: PLC0415
    from service.cli.settings import settings  # noqa: PLC0415

    upgrade_database(settings())
    click.echo("the database has the shape that this version needs")


@db.command()
@click.argument("source")
def copy(source: str) -> None:
    """Fill a fresh database from SOURCE, such as sqlite:///data/tocsin.db.

    Stop the service first: what is written to SOURCE meanwhile may be left out.
    """
    from service.assembly import copy_database  # noqa: PLC0415
    from service.cli.settings import settings  # noqa: PLC0415
    from service.db.copying import NotEmpty  # noqa: PLC0415

    try:
        counts = copy_database(settings(), source)
    except NotEmpty as error:
        raise click.ClickException(str(error)) from error
    for name, count in sorted(counts.items()):
        if count:
            click.echo(f"{count} {name}")
