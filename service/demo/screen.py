"""Shows the story: a live picture on a terminal, plain lines elsewhere."""

from collections import deque
from typing import Any, Protocol

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from service.demo.story import Frame
from service.demo.words import at, judgement, moment, number
from service.demo.world import EAST, WEST, columns

GATES = 5  # judgements on screen
EVERY = 5.0  # seconds between two plain lines
SPAN = 8  # frames a rate is measured over, 2 to 3 s
ENDED = ("accepted", "rejected", "skipped", "cancelled")
SIGNS = {
    "pending": ("dim", "waits"),
    "open": ("bold yellow", "▶ leaving"),
    "baking": ("yellow", "◷ watched"),
    "passed": ("green", "✔ passed"),
    "held": ("bold yellow", "‖ held"),
    "failed": ("bold red", "✘ failed"),
}


class Screen(Protocol):
    """Where the story is shown."""

    def show(self, frame: Frame) -> None:
        """Show where the rollout stands."""
        ...

    def close(self) -> None:
        """Leave the last picture standing."""
        ...


class Lines:
    """A line for each thing that happens, and one every few seconds."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._said: set[str] = set()
        self._next = 0.0

    def show(self, frame: Frame) -> None:
        for stage in frame.rollout["stages"]:
            if stage["opened_at"]:
                people = number(stage["size"])
                self._once(f"stage {stage['no']} opens: {people} people", frame)
        for gate in reversed(frame.rollout["gates"]):
            self._once(judgement(gate), frame)
        if frame.at >= self._next:
            self._next = frame.at + EVERY
            self._once(_counted(frame), frame)

    def close(self) -> None:
        """Nothing is left open."""

    def _once(self, line: str, frame: Frame) -> None:
        if line not in self._said:
            self._said.add(line)
            said = f"{frame.at:5.1f} s  {moment(frame.now)}  {line}"
            self._console.print(said, highlight=False, soft_wrap=True)


class Picture:
    """One picture that changes in place."""

    def __init__(self, console: Console, speed: float) -> None:
        self._speed = speed
        self._last: deque[Frame] = deque(maxlen=SPAN)
        self._live = Live(console=console, refresh_per_second=8, transient=False)
        self._live.start()

    def show(self, frame: Frame) -> None:
        self._last.append(frame)
        self._live.update(
            Group(
                _clock(frame, self._speed),
                Text(),
                _stages(frame.rollout),
                Text(),
                _world(frame),
                Text(),
                _progress(frame),
                _rates(self._last),
                Text(),
                *_gates(frame.rollout),
            )
        )

    def close(self) -> None:
        self._live.stop()


def open_screen(console: Console, speed: float) -> Screen:
    """Return the screen that fits where the output goes."""
    return Picture(console, speed) if console.is_terminal else Lines(console)


def _counted(frame: Frame) -> str:
    counts = frame.rollout["deliveries"]
    parts = [f"{number(counts[state])} {state}" for state in counts if counts[state]]
    return f"{frame.rollout['state']}: {', '.join(parts) or 'planning'}"


def _clock(frame: Frame, speed: float) -> RenderableType:
    return Text.assemble(
        ("plan's clock  ", "dim"),
        (moment(frame.now), "bold cyan"),
        (f"   {number(speed)} times too fast: 1 s is {speed / 60:.0f} min   ", "dim"),
        (f"{frame.at:.0f} s", "bold"),
        ("   ", ""),
        (frame.rollout["state"], "bold green" if frame.rollout["state"] == "completed" else "bold"),
    )


def _stages(rollout: dict[str, Any]) -> RenderableType:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for title in ("stage", "people", "told", "refused", "skipped"):
        table.add_column(title, justify="right", min_width=8)
    table.add_column("", min_width=12)
    for stage in rollout["stages"]:
        style, sign = SIGNS[stage["state"]]
        numbers = [stage[key] for key in ("no", "size", "accepted", "rejected", "skipped")]
        table.add_row(*map(number, numbers), Text(sign, style))
    return table


def _world(frame: Frame) -> RenderableType:
    heads, line = Text("local hour  ", "dim"), Text("told so far ", "dim")
    for column in columns(frame.rollout, frame.now):
        local = (frame.now.hour + column.offset) % 24
        heads.append(f"{local:02d} ", "yellow" if column.is_day else "dim blue")
        line.append(f"{column.level * 2} ", "green" if column.is_day else "blue")
    edge = Text(f"            UTC{WEST}{' ' * (3 * (EAST - WEST) - 8)}UTC+{EAST}", "dim")
    return Group(edge, heads, line)


def _progress(frame: Frame) -> RenderableType:
    counts = frame.rollout["deliveries"]
    ended = sum(counts[state] for state in ENDED)
    row = Table.grid()  # a bar alone does not end its line
    row.add_row(ProgressBar(total=max(1, counts["total"]), completed=ended, width=92))
    return row


def _rates(frames: deque[Frame]) -> RenderableType:
    first, last = frames[0], frames[-1]
    counts, before = last.rollout["deliveries"], first.rollout["deliveries"]
    rate = (counts["accepted"] - before["accepted"]) / max(0.3, last.at - first.at)
    parts = [f"{number(counts[state])} {state}" for state in counts if counts[state]]
    return Text.assemble((", ".join(parts), ""), (f"   {number(rate)} a second", "bold"))


def _gates(rollout: dict[str, Any]) -> list[RenderableType]:
    colours = {"go": "green", "hold": "yellow", "no_go": "bold red"}
    return [
        Text.assemble((f"{moment(at(gate))}  ", "dim"), (judgement(gate), colours[gate["verdict"]]))
        for gate in reversed(rollout["gates"][:GATES])
    ]
