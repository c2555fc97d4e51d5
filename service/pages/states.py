"""Which state holds when several sources speak: pure functions."""

from collections.abc import Iterable, Mapping

from service.pages.models import RANK, State

#: The source that staff and monitoring speak through when they name no event.
BASELINE = "baseline"


def worst(states: Iterable[State]) -> State:
    """Return the worst of *states*; nothing said means operational."""
    return max(states, key=RANK.__getitem__, default=State.OPERATIONAL)


def effective(words: Mapping[str, State]) -> State:
    """Return what holds when each source's newest word is *words*.

    A maintenance somebody announced replaces the baseline, which is expected to fail then; it
    never hides what another source says.
    """
    planned = any(
        source != BASELINE and state is State.MAINTENANCE for source, state in words.items()
    )
    return worst(state for source, state in words.items() if not (planned and source == BASELINE))
