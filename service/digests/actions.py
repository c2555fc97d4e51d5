"""Makes one mail of what somebody did not get one by one: nothing lost, nothing twice."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from channels.base import Message, Sender
from scheduling import zones
from scheduling.recurrence import following
from service.config import Settings
from service.db.unit_of_work import UnitOfWork
from service.digests import queries, wording
from service.digests.queries import Reader, Waiting
from service.publications.actions import Draft
from service.publications.freezing import thaw
from service.publications.models import Purpose, Urgency
from service.publications.plans import URGENT
from service.rollouts.actions import send_single
from service.subscribers.audience import Audience
from service.subscribers.models import Frequency

#: When a digest comes, on its reader's own clock.
RULES = {
    Frequency.IMMEDIATE: "FREQ=DAILY",  # what was over their cap
    Frequency.DAILY: "FREQ=DAILY",
    Frequency.WEEKLY: "FREQ=WEEKLY;BYDAY=MO",
}
FIRST = datetime.fromisoformat("2024-01-01T09:00")  # a wall clock; a Monday
LASTS = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Part:
    """A message of a digest, and the targets that still let it through."""

    waiting: Waiting
    message: Message
    targets: tuple[tuple[str, int], ...]


def gather(uow: UnitOfWork) -> None:
    """Note what was left for digests since the last look, and when each one leaves."""
    queries.collect(uow.session)
    queries.drop_orphans(uow.session, uow.now)
    for group in queries.undated(uow.session):
        zone = group.timezone if zones.is_zone(group.timezone) else "UTC"
        due_at = following(RULES[group.frequency], FIRST, zone, group.since)
        queries.date(uow.session, group, due_at or uow.now)


def send_digest(uow: UnitOfWork, settings: Settings, address_id: int) -> None:
    """Send one address all that waits for it; what it no longer consents to is dropped.

    Doing it twice sends nothing twice: what was carried waits no more.
    """
    reader = queries.reader(uow.session, address_id)
    if reader is None or (reader.paused_until and reader.paused_until > uow.now):
        return
    waiting = queries.waiting(uow.session, address_id)
    parts = [] if reader.is_gone else list(_wanted(uow, address_id, waiting))
    rollout = send_single(uow, _draft(uow, settings, reader, parts), address_id) if parts else None
    carried = {id(part.waiting.item) for part in parts}
    for each in waiting:
        if rollout is not None and id(each.item) in carried:
            each.item.digest_id = rollout.id
        else:
            each.item.dropped_at = uow.now


def _wanted(uow: UnitOfWork, address_id: int, waiting: Sequence[Waiting]) -> Iterator[Part]:
    """What somebody still gets: who left a page or list gets nothing of it any more."""
    consents = queries.consents(uow.session, address_id)
    for each in waiting:
        targets = Audience.from_json(each.publication.audience).targets
        still = tuple(
            target
            for bit, target in enumerate(targets)
            if each.item.matched >> bit & 1 and target in consents
        )
        if still and each.publication.retracted_at is None:
            yield Part(each, thaw(each.publication.content), still)


def _draft(uow: UnitOfWork, settings: Settings, reader: Reader, parts: Sequence[Part]) -> Draft:
    targets = sorted({target for part in parts for target in part.targets})
    first = parts[0].message
    zone = reader.timezone if zones.is_zone(reader.timezone) else "UTC"
    return Draft(
        purpose=Purpose.BULK,
        message=Message(
            id="",
            type="digest.published",
            category="message",
            stage="",
            severity="none",
            texts=wording.digest(
                reader.frequency, [(part.message, part.waiting.item.at) for part in parts], zone
            ),
            sender=_sender(settings, first, is_only=len(targets) == 1),
            source=first.source,
            url="",
            subject=f"digest:{reader.address_id}:{parts[-1].waiting.publication.public_id}",
            sequence=0,
            published_at=uow.now,
        ),
        audience=Audience(
            pages=tuple(key for kind, key in targets if kind == "page"),
            lists=tuple(key for kind, key in targets if kind == "list"),
            category="message",
            addresses=(reader.address_id,),
        ),
        plan=URGENT.model_copy(update={"fallback_zone": zone}),
        urgency=Urgency.IMPORTANT,  # a digest is never put off into another one
        expires_at=uow.now + LASTS,
    )


def _sender(settings: Settings, first: Message, *, is_only: bool) -> Sender:
    """The page or list it speaks for; of several, the name of the first and no list's headers."""
    if is_only:
        return first.sender
    return replace(first.sender, address=settings.mail_from, list_id=None, archive_url=None)
