"""Drives many transfers at once in one thread and keeps slow ones from holding up the others."""

import selectors
import time
from collections.abc import Callable, Iterator
from typing import Protocol

from channels.exchange import Failure, Job, Kind, Phase, Reply, Request, Turns

BUNDLES = 4


class Bundle(Protocol):
    """A few transfers with what they share: kept connections, a resolver."""

    hosts: set[str]  # that it may have a connection to
    clogged: bool  # begins nothing more
    due: float  # when to tick, on `time.monotonic`

    def busy(self) -> bool:
        """Tell whether a transfer is under way."""
        ...

    def full(self) -> bool:
        """Tell whether another transfer would be one too many."""
        ...

    def begin(self, job: Job, left: float) -> None:
        """Begin *job*, which ends in *left* seconds at the latest."""
        ...

    def act(self, fd: int, events: int) -> None:
        """Read and write what the selector says can be."""
        ...

    def tick(self) -> None:
        """Do what is due."""
        ...

    def ended(self) -> list[tuple[Job, Reply | Failure]]:
        """Return the jobs that ended since."""
        ...

    def drop_all(self) -> None:
        """Break off every transfer."""
        ...

    def unwatch(self) -> None:
        """Leave the selector."""
        ...

    def close(self) -> None:
        """Close every connection."""
        ...


class Wires:
    """A few bundles and the loop that drives them; used by one call at a time."""

    def __init__(self, bundle: Callable[[selectors.BaseSelector], Bundle]) -> None:
        self.broken = False
        self._bundle = bundle
        # Not libcurl's own `select`: it stops at file descriptor 1024.
        self._selector = selectors.DefaultSelector()
        self._bundles: list[Bundle] = []
        self._leaving: list[Bundle] = []  # clogged: their last transfers end, none begins

    def run(self, turns: Turns, deadline: float) -> Iterator[tuple[Request, Reply | Failure]]:
        """Yield what becomes of every job of *turns*."""
        try:
            while True:
                yield from self._begin(turns, deadline)
                if not any(bundle.busy() for bundle in self._all()):
                    return
                self._step()
                for bundle in self._all():
                    for job, result in bundle.ended():
                        turns.end(job)
                        yield job.request, result
        except Exception:
            self.broken = True
            raise
        finally:
            for bundle in self._all():
                bundle.drop_all()

    def clogged(self) -> list[Bundle]:
        """Give up, between two calls, the bundles that need rest."""
        self._renew()
        for bundle in self._leaving:
            bundle.unwatch()
        left, self._leaving = self._leaving, []
        return left

    def close(self) -> None:
        """Close every connection."""
        for bundle in self._all():
            bundle.close()
        self._selector.close()

    def _all(self) -> list[Bundle]:
        return [*self._bundles, *self._leaving]

    def _renew(self) -> None:
        self._leaving += [bundle for bundle in self._bundles if bundle.clogged]
        self._bundles = [bundle for bundle in self._bundles if not bundle.clogged]

    def _begin(self, turns: Turns, deadline: float) -> Iterator[tuple[Request, Failure]]:
        left = deadline - time.monotonic()
        if left <= 0:
            for job in turns.rest():
                yield job.request, Failure(Kind.TIMEOUT, "its turn never came", Phase.NOT_BEGUN)
        self._renew()
        while (roomy := self._roomy()) and (following := turns.take()):
            host = following.target.host
            next((each for each in roomy if host in each.hosts), roomy[0]).begin(following, left)

    def _roomy(self) -> list[Bundle]:
        if len(self._bundles) < BUNDLES and all(bundle.full() for bundle in self._bundles):
            self._bundles.append(self._bundle(self._selector))
        return [bundle for bundle in self._bundles if not bundle.full()]

    def _step(self) -> None:
        busy = [bundle for bundle in self._all() if bundle.busy()]
        due = min(bundle.due for bundle in busy)
        for key, events in self._selector.select(max(0.0, due - time.monotonic())):
            key.data.act(key.fd, events)
        for bundle in busy:
            bundle.tick()
