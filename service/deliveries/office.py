"""What one process needs to send: channels, briefs and renditions kept, who it is."""

import os
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count

import structlog
from sqlalchemy.exc import DBAPIError

from channels.base import PushChannel, Traits
from channels.registry import Unavailable
from service.db.unit_of_work import UnitOfWork
from service.deliveries.brief import Brief, read_brief
from service.deliveries.parcels import Composer
from service.deliveries.purse import Purse
from service.deliveries.settling import Terms
from service.deliveries.slowness import Slowness
from service.publications.models import Purpose
from service.publications.plans import OnUnknown
from service.runtime import Runtime

log = structlog.get_logger(__name__)

AT_ONCE = 2  # slices, or batches of single messages, held per channel: one commits, one sends
BRIEFS = 64  # kept per process
SEND_SHARE = 0.75  # of a lease that a batch may take, so that its outcomes are written in time
# Seconds; ten minutes in all. Short: an answer that comes late is sent again meanwhile.
PAUSES = (0.5, 1.0, *[2.0] * 300)


@dataclass(slots=True)
class Office:
    """One process's means to send."""

    rt: Runtime
    composer: Composer
    name: str = field(default_factory=lambda: f"{os.getpid()}-{secrets.token_hex(4)}")
    sizes: dict[str, int] = field(default_factory=dict)  # of a micro-batch, by channel
    served: dict[str, int] = field(default_factory=dict)  # the rollout claimed last, by channel
    looked: dict[str, int] = field(default_factory=dict)  # the lane claimed last, by channel
    slowness: Slowness = field(default_factory=Slowness)
    purse: Purse = field(default_factory=Purse)
    _claims: Iterator[int] = field(default_factory=count)
    _briefs: dict[int, Brief] = field(default_factory=dict)
    _places: dict[tuple[str, str], threading.Semaphore] = field(default_factory=dict)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def owner(self) -> str:
        """A name for one claim, never used again."""
        return f"{self.name}-{next(self._claims)}"

    def brief(self, uow: UnitOfWork, publication_id: int) -> Brief:
        """The brief of a publication; what goes to many is read once."""
        if kept := self._briefs.get(publication_id):
            return kept
        brief = read_brief(uow.session, publication_id, uow.now)
        if brief.purpose is Purpose.BULK:
            if len(self._briefs) >= BRIEFS:
                self._briefs.clear()
            self._briefs[publication_id] = brief
        return brief

    def channel(self, name: str) -> PushChannel | None:
        """The channel *name*, None while it is unavailable: its deliveries wait."""
        try:
            return self.rt.channels.push(name)
        except Unavailable as why:
            log.warning("channel_unavailable", channel=name, why=why.why)
            return None

    def terms(self, uow: UnitOfWork, name: str, channel: PushChannel, brief: Brief) -> Terms:
        """What settling *brief*'s outcomes depends on."""
        return Terms(
            channel=name,
            repeatable=channel.traits.repeatable,
            on_unknown=OnUnknown(brief.plan.on_unknown),
            unknown_after=self.rt.settings.unknown_after,
            expires_at=brief.expires_at,
            now=uow.now,
        )

    @property
    def most(self) -> int:
        """How many may be marked at once."""
        return self.rt.settings.mark_at_once

    def traits(self, channel: PushChannel) -> Traits:
        """What *channel* likes, within what may be in doubt."""
        traits = channel.traits
        return replace(traits, batch=min(traits.batch, self.most)) if traits.bulk else traits

    def size(self, channel: str) -> int:
        """How many to mark at once on *channel*, as fast as it is."""
        return self.sizes.get(channel, self.most)

    @property
    def lease(self) -> float:
        """Seconds that what is marked is ours without another word."""
        return self.rt.settings.lease_seconds

    def deadline(self) -> float:
        """When a batch that leaves now must have ended, on `time.monotonic`."""
        return time.monotonic() + self.lease * SEND_SHARE

    def insist(self, act: Callable[[], object]) -> None:
        """Run *act* until the database takes it: what the far side said, it says once."""
        for seconds in PAUSES:
            try:
                act()
            except DBAPIError as error:
                log.warning("settling_again", why=type(error.orig).__name__, seconds=seconds)
                self.rt.stopping.wait(seconds)
            else:
                return
        act()

    @contextmanager
    def place(self, lane: str, channel: str, most: int = AT_ONCE) -> Iterator[bool]:
        """Take one of this process's *most* for (*lane*, *channel*); False if all are taken."""
        with self._guard:
            places = self._places.setdefault((lane, channel), threading.Semaphore(most))
        taken = places.acquire(blocking=False)
        try:
            yield taken
        finally:
            if taken:
                places.release()
