"""Holds a channel to its word: one outcome for each parcel, whatever it does."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from traceback import extract_tb

from channels.base import Outcome, Parcel, Reason, Result, Scope

log = logging.getLogger(__name__)


def complete(parcels: Sequence[Parcel], outcomes: Iterable[Outcome]) -> Iterator[Outcome]:
    """Yield exactly one outcome for each of *parcels*, as known; never raises.

    What a plugin leaves out, by omission or by an exception, is UNKNOWN and SILENT. Of two
    outcomes for one parcel the first holds; one for a parcel it was not given counts for nothing.
    """
    waiting = {parcel.id: parcel for parcel in parcels}
    why = "the channel reported nothing"
    odd = 0
    try:
        for outcome in outcomes:
            if _sound(outcome) and (parcel := waiting.pop(outcome.parcel.id, None)):
                yield outcome if outcome.parcel is parcel else replace(outcome, parcel=parcel)
            else:
                odd += 1
    except Exception as error:  # noqa: BLE001 - the border with other people's code
        why = f"the channel failed: {place(error)}"
    if odd or waiting:
        log.warning("channel outcomes: %d silent, %d odd; %s", len(waiting), odd, why)
    for parcel in waiting.values():
        yield Outcome(parcel, Result.UNKNOWN, Scope.ADDRESS, Reason.SILENT, detail=why)


def place(error: BaseException) -> str:
    """Return the kind of *error* and where it arose: its words might hold a secret."""
    frames = extract_tb(error.__traceback__)
    where = f" in {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{where}"


def _sound(outcome: object) -> bool:
    if not isinstance(outcome, Outcome):
        return False
    claims: tuple[tuple[object, type], ...] = (
        (outcome.parcel, Parcel),
        (outcome.result, Result),
        (outcome.scope, Scope),
        (outcome.reason, Reason),
    )
    return all(isinstance(value, kind) for value, kind in claims)
