"""Holds a channel to its word: one outcome for each parcel, whatever it does."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from traceback import extract_tb

from channels.base import Outcome, Parcel, Reason, Result, Scope

log = logging.getLogger(__name__)

LINGER = 0.02  # seconds an outcome waits for company


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


def as_known(outcomes: Iterable[Outcome]) -> Iterator[list[Outcome]]:
    """Yield *outcomes*, which never raise, in groups: what is known is not kept for what hangs.

    They are read in a thread of their own; a group is what came while the one before was settled,
    and a moment's more.
    """
    came = SimpleQueue[Outcome | None]()

    def read() -> None:
        try:
            for outcome in outcomes:
                came.put(outcome)
        finally:
            came.put(None)

    reader = Thread(target=read, name="outcomes", daemon=True)
    reader.start()
    is_open = True
    while is_open:
        group = [came.get()]
        with suppress(Empty):
            while group[-1] is not None:
                group.append(came.get(timeout=LINGER))
        is_open = group[-1] is not None
        if known := [each for each in group if each is not None]:
            yield known
    reader.join()


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
