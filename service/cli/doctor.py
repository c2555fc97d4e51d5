"""`tocsin doctor`: what keeps an installation from working well, and what to do about it."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from service.doctor.findings import Finding

MARKS = {"fine": ("✓", "green"), "warning": ("!", "yellow"), "fault": ("✗", "red")}
REMEDY = "put this right, then ask again; docs/settings.md describes every setting"


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def doctor(*, as_json: bool) -> None:
    """Look at settings, database, queue, relay, DNS, time zones and plugins; exit 1 on a fault.

    Asks the relay and the DNS, sends no mail and changes nothing.
    """
    from dataclasses import asdict  # noqa: PLC0415

    from service.doctor.findings import Level  # noqa: PLC0415

    worst = False
    for found in _findings():
        worst = worst or found.level is Level.FAULT
        if as_json:
            click.echo(json.dumps(asdict(found)))
            continue
        mark, colour = MARKS[found.level]
        click.echo(f"{click.style(mark, fg=colour)} {found.part}: {found.said}")
        if found.remedy:
            click.echo(f"  → {found.remedy}")
    if worst:
        raise click.exceptions.Exit(1)


def _findings() -> "Iterator[Finding]":
    """Everything; what stops the look at one part is told, and the next one is looked at."""
    from service.cli.mistakes import explain  # noqa: PLC0415
    from service.cli.settings import settings  # noqa: PLC0415
    from service.config import SettingsError  # noqa: PLC0415
    from service.doctor.examination import parts  # noqa: PLC0415
    from service.doctor.findings import fault  # noqa: PLC0415

    try:
        given = settings(log_level="error")  # what would be logged is among the findings
    except SettingsError as error:
        yield fault("settings", str(error), REMEDY)
        return
    for part, look in parts():
        try:
            yield from look(given)
        except Exception as error:
            lines = explain(error)
            if lines is None:
                raise
            yield fault(part, lines, REMEDY)
