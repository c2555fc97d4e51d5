"""The command `tocsin`: what it offers, and mistakes told in one line.

Every sub-command imports what it needs when it runs, so that `--help` stays fast.
"""

import sys
from collections.abc import Sequence
from itertools import chain

import click

from service.cli.channel import channel
from service.cli.content import page
from service.cli.database import db
from service.cli.demonstration import demo
from service.cli.doctor import doctor
from service.cli.exporting import export
from service.cli.guidance import guide
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


class Sections(click.Group):
    """Lists its commands by what they are for."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write one list a section."""
        del ctx
        for title, members in SECTIONS.items():
            with formatter.section(title):
                lines = [(str(each.name), each.get_short_help_str()) for each in members]
                formatter.write_dl(lines, col_max=16)


@click.group(cls=Sections, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="tocsin", message="%(prog)s %(version)s")
def tocsin() -> None:
    """Tell everyone concerned, at the right hour of their own clock, once."""


SECTIONS = {
    "Run it": (serve, web, worker, ticker, inbound, db, demo),
    "Describe": (page, mailing_list, channel),
    "Decide who may do what": (staff, key, sender, moderation),
    "Send": (rollout, launch, limits),
    "People": (subscribers, suppressions, bounces),
    "Move in, move out": (import_pages, export, everything),
    "Look after it": (doctor, ready, config, secret),
}
for command in chain.from_iterable(SECTIONS.values()):
    tocsin.add_command(command)
guide(tocsin)


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
