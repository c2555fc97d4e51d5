"""`tocsin rollout explain` and `proof`: what became of one recipient, and of each."""

import sys
from collections.abc import Iterator
from typing import BinaryIO

import click

from service.cli.rollout_previews import as_json, looking


@click.command()
@click.argument("rollout_id", metavar="ID")
@click.argument("address")
@click.option("--channel", help="Look on this channel only, such as email.")
@as_json
def explain(rollout_id: str, address: str, channel: str | None, *, as_json: bool) -> None:
    """Say why ADDRESS did, or did not, get what rollout ID sends."""
    from service.rollouts import explaining  # noqa: PLC0415
    from service.rollouts.finding import found_rollout  # noqa: PLC0415
    from service.rollouts.views.accounts_schemas import (  # noqa: PLC0415
        ExplanationOut,
        explanation_out,
    )

    with looking() as rt, rt.read() as session:
        rollout = found_rollout(session, rollout_id)
        told: ExplanationOut = explanation_out(
            explaining.explain(session, rt.channels, rollout, address, rt.clock(), channel)
        )
    if as_json:
        click.echo(told.model_dump_json(indent=2))
        return
    document = told.model_dump(mode="json")
    account = document.pop("account") or {}
    for line in _lines({**document, **account}):
        click.echo(line)


@click.command()
@click.argument("rollout_id", metavar="ID")
@click.option(
    "--format", "form", type=click.Choice(("csv", "jsonl")), default="csv", show_default=True,
    help="For spreadsheets, or one JSON object a line.",
)  # fmt: skip
@click.option("--whole", is_flag=True, help="Write addresses whole instead of masked.")
@click.option("--output", type=click.File("wb"), default="-", help="A file; default: the screen.")
def proof(rollout_id: str, form: str, output: BinaryIO, *, whole: bool) -> None:
    """Write the proof of rollout ID, recipient by recipient; progress goes to standard error."""
    from service.assembly import at_hand  # noqa: PLC0415
    from service.cli.settings import settings  # noqa: PLC0415
    from service.rollouts import proving  # noqa: PLC0415
    from service.rollouts.finding import found_rollout  # noqa: PLC0415

    with at_hand(settings()) as rt:
        with rt.read() as session:
            rollout = found_rollout(session, rollout_id)
        wanted = proving.Wanted(rollout.id, proving.Format(form), whole)
        with click.progressbar(length=rollout.size, label="recipients", file=sys.stderr) as bar:
            for count, lines in proving.proof(rt, wanted):
                output.write(lines)
                bar.update(count)


def _lines(document: dict[str, object], indent: str = "") -> Iterator[str]:
    """A document as lines that a person reads; what is not there is left out."""
    for name, value in document.items():
        label = f"{indent}{name.replace('_', ' ')}"
        if isinstance(value, list) and value and isinstance(value[0], dict):
            yield f"{label}:"
            for each in value:
                words = (f"{key} {part}" for key, part in each.items() if part not in (None, ""))
                yield f"{indent}  {', '.join(words)}"
        elif value not in (None, "", [], {}):
            shown = ", ".join(map(str, value)) if isinstance(value, list) else value
            yield f"{label}: {shown}"
