"""`tocsin bounces`: mails that came back."""

import json

import click


@click.group()
def bounces() -> None:
    """Understand the mails that come back."""


@bounces.command()
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False), metavar="FILE…"
)
def classify(files: tuple[str, ...]) -> None:
    """Say what each FILE, a raw mail, means: one JSON line a file.

    A file is hard when one of its recipients is; its reason is then the first hard recipient's,
    else the first's. Needs no database.
    """
    from channels.email.bounces.showing import shown  # noqa: PLC0415

    for name in files:
        with click.open_file(name, "rb") as mail:
            click.echo(json.dumps({"file": name, **shown(mail.read())}, ensure_ascii=False))
