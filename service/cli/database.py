"""`tocsin db`: the shape of the database."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from service.rollouts.restoring import Restored


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


@db.command()
@click.argument("file", type=click.Path(path_type=Path))
def backup(file: Path) -> None:
    """Write the whole database to FILE while the service goes on.

    FILE is a SQLite database, whatever the service uses; it must not exist. Keep the secret key
    apart from it: without the key, links in mails already sent and sealed secrets are lost.
    """
    from service.assembly import back_up  # noqa: PLC0415
    from service.cli.settings import settings  # noqa: PLC0415

    back_up(settings(), file)
    click.echo(f"{file}: {file.stat().st_size:,} bytes")


@db.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def restore(file: Path) -> None:
    """Fill a fresh database from the backup FILE, and pause every rollout.

    Nobody is told twice: whoever may have been told since the backup was made counts as uncertain.
    """
    from service.assembly import restore as fill  # noqa: PLC0415
    from service.cli.settings import settings  # noqa: PLC0415
    from service.db.copying import NotEmpty  # noqa: PLC0415

    try:
        _tell(fill(settings(), file))
    except NotEmpty as error:
        raise click.ClickException(str(error)) from error


@db.command()
def restored() -> None:
    """Pause every rollout after you restored the database by other means (pg_restore, a snapshot).

    Run it before you start the service again; `tocsin db restore` does it by itself.
    """
    from service.assembly import mark_restored  # noqa: PLC0415
    from service.cli.settings import settings  # noqa: PLC0415

    _tell(mark_restored(settings()))


def _tell(found: "Restored") -> None:
    click.echo(
        f"{found.rollouts} rollouts paused, {found.doubtful} people may have been told since; "
        "look at each in the console, then resume or abort it"
    )
