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
