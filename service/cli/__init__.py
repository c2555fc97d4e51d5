"""The command `tocsin`: what it offers, and mistakes told in one line.

Every sub-command imports what it needs when it runs, so that `--help` stays fast.
"""

import sys
from collections.abc import Sequence

import click

from service.cli.channel import channel
from service.cli.content import page
from service.cli.database import db
from service.cli.demonstration import demo
from service.cli.doctor import doctor
from service.cli.exporting import export
from service.cli.launches import launch
from service.cli.limits import limits
from service.cli.lists import mailing_list
from service.cli.moderation import moderation
from service.cli.people import key, staff
from service.cli.ready import ready
from service.cli.returned import bounces
from service.cli.rollouts import rollout
from service.cli.running import inbound, serve, ticker, web, worker
from service.cli.secret import secret
from service.cli.senders import sender
from service.cli.showing import config
from service.cli.subscribers import subscribers
from service.cli.suppressions import suppressions
from service.cli.transfers import everything, import_pages

MISTAKE = 2  # the exit code of everything that the caller can put right


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="tocsin", message="%(prog)s %(version)s")
def tocsin() -> None:
    """Tell everyone concerned, at the right hour of their own clock, once."""


COMMANDS = (
    serve, web, worker, ticker, inbound, channel, export, demo, db, page, staff, key, sender,
    mailing_list, moderation, subscribers, rollout, launch, limits, bounces, suppressions,
    import_pages, everything, secret, config, ready, doctor,
)  # fmt: skip
for command in COMMANDS:
    tocsin.add_command(command)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command and end the program with its exit code."""
    try:
        sys.exit(tocsin.main(arguments, prog_name="tocsin", standalone_mode=False) or 0)
    except click.ClickException as error:
        error.show()
        sys.exit(MISTAKE)
    except click.Abort:
        sys.exit(130)  # as after SIGINT
    except Exception as error:
        from service.cli.mistakes import explain  # noqa: PLC0415 - slow, and rarely needed

        lines = explain(error)
        if lines is None:
            raise
        click.echo(lines, err=True)
        sys.exit(MISTAKE)
