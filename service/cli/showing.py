"""`tocsin config`: the settings in force, without their secrets."""

import click


@click.command()
def config() -> None:
    """Print the settings in force, secrets masked."""
    from service.cli.settings import settings  # noqa: PLC0415
    from service.config import shown  # noqa: PLC0415

    for name, value in shown(settings()).items():
        click.echo(f"{name}={value}")
