"""Rollouts on a terminal: tables for people, JSON for programs."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Literal

import click
from pydantic_core import to_jsonable_python
from rich.console import Console
from rich.table import Table

from service.rollouts.depending import Unmet
from service.rollouts.picture import Picture, Summary
from service.rollouts.queries.measures import Refusals
from service.rollouts.replaying import Replayed
from service.rollouts.views.shown import rollout_out

_COLOURS = {
    "running": "green", "completed": "green", "go": "green", "passed": "green",
    "paused": "yellow", "hold": "yellow", "held": "yellow", "baking": "yellow",
    "aborted": "red", "expired": "red", "no_go": "red", "failed": "red",
}  # fmt: skip

_WHOLE = ("ID", "State", "Begun", "Opened", "Ended", "Judged", "Decided", "At")  # to be copied
_IN_A_FILE = 160  # characters a line: what is not read on a terminal need not fit one


def show_list(found: Sequence[Summary], *, as_json: bool) -> None:
    """Print rollouts in lines, newest first."""
    if as_json:
        _print_json([_line(each) for each in found])
        return
    table = _table("ID", "State", "Title", "Accepted", "Refused", "Waiting", "Of", "Begun")
    for each in found:
        counts = each.counts
        table.add_row(
            each.rollout.public_id,
            _state(each.rollout.state, each.rollout.pause_reason),
            next(iter(each.title.values()), ""),
            *(f"{n:,}" for n in (counts.accepted, counts.rejected, counts.planned, counts.total)),
            _when(each.rollout.started_at),
        )
    _print(table, "There are no rollouts yet.", is_empty=not found)


def show_one(
    shown: Picture, missing: Sequence[Unmet], refused: Sequence[Refusals], *, as_json: bool
) -> None:
    """Print where a rollout stands."""
    if as_json:
        whole = to_jsonable_python(rollout_out(shown))
        _print_json(
            whole
            | {
                "missing": [{"name": each.name, "why": each.why} for each in missing],
                "refusals": [each._asdict() for each in refused],
            }
        )
        return
    console = _console()
    rollout, counts = shown.rollout, shown.counts
    title = next(iter(shown.titles.values()), "")
    console.print(f"[bold]{_safe(title)}[/bold]  {_state(rollout.state, rollout.pause_reason)}")
    console.print(
        f"{counts.accepted:,} accepted, {counts.rejected:,} refused, {counts.unknown:,} uncertain, "
        f"{counts.deferred:,} later, {counts.skipped:,} skipped, {shown.planned:,} waiting, "
        f"of {counts.total:,}"
    )
    for each in missing:
        console.print(f"[yellow]waits:[/yellow] {_safe(each.why)}")
    for table in (_stages(shown), _refusals(refused), _gates(shown), _decisions(shown)):
        if table.row_count:
            console.print(table)


def show_replay(derived: Sequence[Replayed], *, as_json: bool) -> None:
    """Print what came out again, and what came out otherwise."""
    different = [each for each in derived if each.trouble]
    if as_json:
        lines = [
            {name: getattr(each, name) for name in Replayed.__dataclass_fields__}
            for each in different
        ]
        _print_json({"derived": len(derived), "different": lines})
        return
    table = _table("At", "Stage", "Stored", "Now", "Trouble")
    for each in different:
        row = (str(each.stage), _state(each.stored), _state(each.again), each.trouble)
        table.add_row(_when(each.at), *row)
    if different:
        _console().print(table)
    click.echo(f"{len(derived)} verdicts derived again, {len(different)} differ")


def _stages(shown: Picture) -> Table:
    table = _table("Stage", "State", "People", "Accepted", "Refused", "Skipped", "Opened", "Ended")
    for each in shown.stages:
        counts = (each.stage.size, each.counts.sent, each.counts.refused, each.counts.skipped)
        table.add_row(
            str(each.stage.no),
            _state(each.stage.state),
            *(f"{n:,}" for n in counts),
            _when(each.stage.opened_at),
            _when(each.stage.ended_at),
        )
    return table


def _refusals(refused: Sequence[Refusals]) -> Table:
    table = _table("Provider", "Refused", "Whose fault")
    for each in refused[:20]:
        table.add_row(_safe(each.provider), f"{each.number:,}", each.fault)
    return table


def _gates(shown: Picture) -> Table:
    table = _table("Judged", "Stage", "Verdict", "Because")
    for each in reversed(shown.gates[:8]):
        because = ", ".join(_because(each.reasons, each.verdict))
        table.add_row(
            _when(each.at), str(shown.stage_no(each.stage_id)), _state(each.verdict), because
        )
    return table


def _because(reasons: Iterable[dict[str, Any]], verdict: str) -> Iterable[str]:
    for reason in reasons:
        if reason["verdict"] == verdict and reason["code"] != "clear":
            yield f"{reason['metric']}: {reason['code']}"


def _decisions(shown: Picture) -> Table:
    table = _table("Decided", "What", "By", "Why")
    for each in shown.decisions:
        by = shown.names.get(each.by, each.by)
        table.add_row(_when(each.at), _state(each.kind), _safe(by), _safe(each.comment))
    return table


def _line(each: Summary) -> dict[str, Any]:
    return {
        "id": each.rollout.public_id,
        "state": each.rollout.state,
        "pause_reason": each.rollout.pause_reason,
        "title": dict(each.title),
        "started_at": each.rollout.started_at,
        "deliveries": each.counts._asdict(),
    }


def _state(state: str, reason: str | None = None) -> str:
    words = f"{state} ({reason})" if reason else str(state)
    colour = _COLOURS.get(state)
    return f"[{colour}]{words}[/{colour}]" if colour else words


def _when(instant: datetime | None) -> str:
    return instant.strftime("%Y-%m-%d %H:%M") if instant else ""


def _safe(text: str) -> str:
    return text.replace("[", r"\[")


def _table(*names: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in names:
        is_number = name in ("Accepted", "Refused", "Waiting", "Of", "People", "Skipped")
        justify: Literal["right", "left"] = "right" if is_number else "left"
        table.add_column(name, justify=justify, overflow="fold", no_wrap=name in _WHOLE)
    return table


def _console() -> Console:
    console = Console(highlight=False, soft_wrap=False)
    if not console.is_terminal:
        console.width = max(console.width, _IN_A_FILE)
    return console


def _print(table: Table, otherwise: str, *, is_empty: bool) -> None:
    _console().print(otherwise if is_empty else table)


def _print_json(value: Any) -> None:
    click.echo(json.dumps(to_jsonable_python(value), ensure_ascii=False, indent=2))
