"""`tocsin doctor`: what keeps an installation from working well, and what to do about it."""

import json

import click

MARKS = {"fine": ("✓", "green"), "warning": ("!", "yellow"), "fault": ("✗", "red")}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def doctor(*, as_json: bool) -> None:
    """Look at settings, database, queue, relay, DNS, time zones and plugins; exit 1 on a fault.

    Asks the relay and the DNS, sends no mail and changes nothing.
    """
    from dataclasses import asdict  # noqa: PLC0415

    from service.cli.settings import settings  # noqa: PLC0415
    from service.doctor.examination import examine  # noqa: PLC0415
    from service.doctor.findings import Level  # noqa: PLC0415

    worst = False
    for found in examine(settings()):
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
