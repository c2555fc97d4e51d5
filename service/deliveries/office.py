"""What one process needs to send: channels, briefs and renditions kept, who it is."""

import os
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count

import structlog

from channels.base import PushChannel
from channels.registry import Unavailable
from service.db.unit_of_work import UnitOfWork
from service.deliveries.brief import Brief, read_brief
from service.deliveries.parcels import Composer
from service.deliveries.settling import Terms
from service.publications.plans import OnUnknown
from service.runtime import Runtime

log = structlog.get_logger(__name__)

AT_ONCE = 2  # slices, or batches of single messages, held per channel: one commits, one sends
BRIEFS = 512
SEND_SECONDS = 45.0  # a batch's deadline, well within a lease


@dataclass(slots=True)
class Office:
    """One process's means to send."""

    rt: Runtime
    composer: Composer
    name: str = field(default_factory=lambda: f"{os.getpid()}-{secrets.token_hex(4)}")
    _claims: Iterator[int] = field(default_factory=count)
    _briefs: dict[int, Brief] = field(default_factory=dict)
    _places: dict[tuple[str, str], threading.Semaphore] = field(default_factory=dict)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def owner(self) -> str:
        """A name for one claim, never used again."""
        return f"{self.name}-{next(self._claims)}"

    def brief(self, uow: UnitOfWork, publication_id: int) -> Brief:
        """The brief of a publication, read once."""
        if publication_id not in self._briefs:
            if len(self._briefs) >= BRIEFS:
                self._briefs.clear()
            self._briefs[publication_id] = read_brief(uow.session, publication_id, uow.now)
        return self._briefs[publication_id]

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
            expires_at=brief.publication.expires_at,
            now=uow.now,
        )

    @contextmanager
    def place(self, lane: str, channel: str) -> Iterator[bool]:
        """Take one of this process's places for (*lane*, *channel*); False if all are taken."""
        with self._guard:
            places = self._places.setdefault((lane, channel), threading.Semaphore(AT_ONCE))
        taken = places.acquire(blocking=False)
        try:
            yield taken
        finally:
            if taken:
                places.release()
