"""How a component was over time: from the log's words to stretches of one state. Pure functions."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import chain
from typing import NamedTuple

from service.pages.models import State
from service.pages.states import effective


class Word(NamedTuple):
    """What *source* said from *at* on; None ends what it said."""

    source: str
    state: State | None
    at: datetime


class Stretch(NamedTuple):
    """[start, end) in one *state*; None: nothing is known."""

    start: datetime
    end: datetime
    state: State | None


def stretches(
    words: Iterable[Word],
    corrections: Iterable[Stretch],
    known_since: datetime,
    start: datetime,
    end: datetime,
) -> list[Stretch]:
    """Return [start, end) cut where the state changed, each neighbour in another state.

    *words* come in the order they were written, *corrections* too: the later one holds.
    """
    found = list(_raw(words, start, end))
    for right in corrections:
        found = list(_overlaid(found, right))
    if known_since > start:
        found = list(_overlaid(found, Stretch(start, min(known_since, end), None)))
    return merged(found)


def at(stretched: Sequence[Stretch], instant: datetime) -> Stretch | None:
    """Return the stretch that holds *instant*."""
    return next((each for each in stretched if each.start <= instant < each.end), None)


def merged(found: Iterable[Stretch]) -> list[Stretch]:
    """Return *found*, in order, with equal neighbours joined and empty ones left out."""
    kept: list[Stretch] = []
    for each in found:
        if each.start >= each.end:
            continue
        if kept and kept[-1].state is each.state and kept[-1].end == each.start:
            kept[-1] = Stretch(kept[-1].start, each.end, each.state)
        else:
            kept.append(each)
    return kept


def _raw(words: Iterable[Word], start: datetime, end: datetime) -> Iterator[Stretch]:
    said: dict[str, State] = {}
    begun = start
    for word in sorted(chain.from_iterable(_by_source(words)), key=lambda each: each.at):
        if word.at >= end:
            break
        if word.at > begun:
            yield Stretch(begun, word.at, effective(said))
            begun = word.at
        if word.state is None:
            said.pop(word.source, None)
        else:
            said[word.source] = word.state
    yield Stretch(begun, end, effective(said))


def _by_source(words: Iterable[Word]) -> Iterable[list[Word]]:
    lines: defaultdict[str, list[Word]] = defaultdict(list)
    for word in words:
        line = lines[word.source]
        while line and line[-1].at >= word.at:
            line.pop()
        line.append(word)
    return lines.values()


def _overlaid(found: Iterable[Stretch], over: Stretch) -> Iterator[Stretch]:
    for each in found:
        begins, ends = max(each.start, over.start), min(each.end, over.end)
        if begins >= ends:
            yield each
            continue
        yield Stretch(each.start, begins, each.state)
        yield Stretch(begins, ends, over.state)
        yield Stretch(ends, each.end, each.state)
