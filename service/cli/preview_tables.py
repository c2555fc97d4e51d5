"""Previews and simulations as tables of a terminal."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from service.rollouts.outlook import Outlook
    from service.rollouts.simulating import Simulation


def told(seen: "Outlook") -> str:
    """A preview in words."""
    lines = [f"{seen.written} of {seen.size} concerned would be written to", ""]
    lines += _table(
        ("rule", "people"),
        (
            (f"{each.kind} {next(iter(each.name.values()), '')}", each.count)
            for each in seen.targets
        ),
    )
    lines += _table(("channel", "people"), seen.channels)
    lines += _table(
        ("chose", "reads", "people"),
        ((each.chosen, each.read, each.count) for each in seen.readings),
    )
    lines += _table(
        ("time zone", "people", "first, their clock", f"first, {seen.page}"),
        (
            (
                each.zone,
                each.count,
                _moment(each.local),
                _moment(each.here),
            )
            for each in seen.every_zone
        ),
    )
    lines += _table(("stage", "people"), enumerate(seen.stages, 1))
    lines += _table(("waits for", "because"), ((each.name, each.why) for each in seen.unmet))
    kept_out = {"held out": seen.held_out, "no hour before it expires": seen.never}
    lines += _table(
        ("not written to, because", "people"),
        ((reason, count) for reason, count in (*seen.left_out.items(), *kept_out.items()) if count),
    )
    return "\n".join(lines).rstrip()


def played(found: "Simulation") -> str:
    """A simulation in words."""
    from service.rollouts.simulating import LEFT_OUT  # noqa: PLC0415

    question = found.question
    exposed = (
        f"exposed: who has it when a fault of {100 * question.fault.share:g} % is noticed, "
        f"{question.fault.notice / timedelta(minutes=1):g} minutes after {found.exposure.needed} "
        f"people have it; at {question.per_minute:g} messages a minute"
    )
    left_out = f"not in it, and able to make it slower or smaller: {', '.join(LEFT_OUT)}"
    return "\n".join([*_stages(found), *_ways(found), exposed, left_out])


def _stages(found: "Simulation") -> list[str]:
    if not found.sights:
        return []
    shows = (f"shows {100 * share:g} %" for share, _ in found.sights[0].chances)
    head = ("stage", "people", "so far", "opens, UTC", "next may open, UTC", "shows from", *shows)
    rows = (
        (
            stage.no,
            stage.size,
            sight.people,
            _moment(stage.opens_at),
            _moment(stage.follows_at),
            f"{100 * sight.reveals:.3g} %",
            *(f"{100 * chance:.0f} %" for _, chance in sight.chances),
        )
        for stage, sight in zip(found.course.stages, found.sights, strict=False)
    )
    return _table(head, rows)


def _ways(found: "Simulation") -> list[str]:
    head = ("way", "50 %", "95 %", "100 %", "peak/min", "in windows", "carried", "never",
            "skipped", "exposed", "faulty", "noticed, UTC")  # fmt: skip
    rows = (
        (
            way.name.replace("_", " "),
            *(_hours(way.course.until(share)) for share in (0.5, 0.95, 1.0)),
            way.course.peak(),
            f"{100 * way.course.inside:.3g} %",
            way.course.carried,
            way.course.never + way.course.unopened,
            way.course.skipped,
            way.exposure.exposed,
            way.exposure.affected,
            _moment(way.exposure.noticed_at),
        )
        for way in found.ways
    )
    return _table(head, rows)


def _moment(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M}" if at else "never"


def _hours(length: timedelta | None) -> str:
    return "never" if length is None else f"{length / timedelta(hours=1):.1f} h"


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """Columns as wide as they need to be, numbers to the right; nothing where there are no rows."""
    body = [[str(cell) for cell in row] for row in rows]
    if not body:
        return []
    right = [all(row[at][:1].isdigit() for row in body) for at in range(len(head))]
    widths = [max(len(row[at]) for row in (head, *body)) for at in range(len(head))]

    def line(row: Sequence[str]) -> str:
        cells = zip(row, widths, right, strict=True)
        return "  ".join(c.rjust(w) if r else c.ljust(w) for c, w, r in cells).rstrip()

    return [line(list(head)), *map(line, body), ""]
