"""What a form that was shown some time ago may still change: pure functions.

Only the difference between what was shown and what came back is somebody's wish. Applied to what
holds now, it cannot undo a choice made elsewhere since: an old tab says nothing about it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from service.subscribers.filters import Choice

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Merged:
    """What holds after a form came back, and whether a newer choice was kept against it."""

    choice: Choice
    is_newer_kept: bool


def merge(current: Choice, shown: Choice, wanted: Choice) -> Merged:
    """Apply to *current* what somebody changed who saw *shown* and sent *wanted*.

    What is or is not in a set cannot conflict; of two severities chosen, the newer one stays.
    """
    severity, is_kept = keep_newer(
        current.minimum_severity, shown.minimum_severity, wanted.minimum_severity
    )
    # A choice of two: whoever changed it wants the other one, which holds already or is applied.
    everything, _ = keep_newer(current.everything, shown.everything, wanted.everything)
    return Merged(
        Choice(
            everything=everything,
            sections=_changed(current.sections, shown.sections, wanted.sections),
            components=_changed(current.components, shown.components, wanted.components),
            categories=_toggled(current.categories, shown.categories, wanted.categories),
            minimum_severity=severity,
            moments=_toggled(current.moments, shown.moments, wanted.moments),
            events=_changed(current.events, shown.events, wanted.events),
        ),
        is_kept,
    )


def keep_newer(current: Value, shown: Value, wanted: Value) -> tuple[Value, bool]:
    """Return what holds after the form, and whether a newer choice was kept against it."""
    if wanted in (shown, current):
        return current, False
    if current == shown:
        return wanted, False
    return current, True


def restrict(mine: Choice, other: Choice) -> Choice:
    """Return what both choices let through: where two meet, the less permissive one wins.

    Sections are not resolved into components: what one follows by section and the other by
    component is in neither.
    """
    narrow = [each for each in (mine, other) if not each.everything]
    return Choice(
        everything=not narrow,
        sections=_in_all([each.sections for each in narrow]),
        components=_in_all([each.components for each in narrow]),
        categories=mine.categories & other.categories,
        minimum_severity=max(mine.minimum_severity, other.minimum_severity),
        moments=mine.moments & other.moments,
        events=_in_all([each.events for each in narrow]),
    )


def _in_all(sets: Sequence[frozenset[Value]]) -> frozenset[Value]:
    return frozenset.intersection(*sets) if sets else frozenset()


def _toggled(current: int, shown: int, wanted: int) -> int:
    return current & ~(shown & ~wanted) | (wanted & ~shown)


def _changed(
    current: frozenset[Value], shown: frozenset[Value], wanted: frozenset[Value]
) -> frozenset[Value]:
    return (current - (shown - wanted)) | (wanted - shown)
