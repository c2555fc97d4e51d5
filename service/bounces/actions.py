"""What follows from what came back: evidence, suppression, storms, ended consents."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from channels.email.bounces.causes import Cause
from channels.email.bounces.classify import Finding
from service.audit.actions import record
from service.bounces import policy, queries
from service.bounces.models import Followed, Storm
from service.bounces.queries import Place, Refused
from service.db.unit_of_work import UnitOfWork
from service.deliveries.late import disprove
from service.deliveries.models import Echo
from service.deliveries.queries import returned
from service.errors import Conflict, NotFound
from service.subscribers import actions as subscribers
from service.subscribers import queries as people
from service.subscribers.actions import Evidence
from service.subscribers.audience import Audience
from service.subscribers.models import Consent, Method, Suppression
from service.subscribers.suppressing import release, suppress

log = structlog.get_logger(__name__)

FOLLOWED = "refusals"
OVERLAP = 120.0  # seconds: outcomes become visible a little out of order
BATCH = 500
LONGEST = 500  # characters kept of the far side's words


@dataclass(frozen=True, slots=True)
class Word:
    """What somebody says of one delivery; *source* is `smtp`, `mail` or a provider."""

    weight: Echo
    cause: Cause
    words: str
    source: str


def note(uow: UnitOfWork, place: Place, word: Word) -> bool:
    """Keep what came back of a delivery, and draw the consequences; False where it was known."""
    is_new = returned.note(
        uow.session,
        rollout_id=place.rollout_id,
        n=place.n,
        kind=word.weight,
        address_id=place.address_id,
        lane=place.lane,
        at=uow.now,
        source=word.source,
        cause=word.cause,
        detail=word.words[:LONGEST],
    )
    if not is_new:
        return False
    log.info("returned", rollout=place.rollout_id, n=place.n, weight=word.weight, cause=word.cause)
    if word.weight is Echo.COMPLAINT:
        _end_consents(uow, place, word)
    elif word.weight in policy.STORMY:
        if word.weight is Echo.HARD_BOUNCE:
            disprove(uow, place.rollout_id, place.n, place.channel, word.words[:LONGEST])
        watch(uow, place.lane, word.weight)
        weigh(uow, place.address_id)
    return True


def accuse(uow: UnitOfWork, place: Place, findings: Sequence[Finding], source: str) -> bool:
    """Keep the heaviest of what a returned mail says of one delivery; False if it says nothing."""
    weighed = [(policy.weight_of(each), each) for each in findings]
    told = [(weight, each) for weight, each in weighed if weight is not None]
    if not told:
        return False
    weight, finding = min(told, key=lambda pair: _ORDER.index(pair[0]))
    note(uow, place, Word(weight, finding.cause, finding.words, source))
    return True


def weigh(uow: UnitOfWork, address_id: int) -> str:
    """Suppress an address whose history asks for it; return why, "" where it goes on."""
    address = people.locked_address(uow.session, address_id)
    if address is None or address.suppressed_at is not None:
        return ""
    uow.session.flush()
    history = queries.history(uow.session, address_id)
    why = policy.verdict(history, address.verified_at, uow.now)
    if why and queries.storm_over(uow.session, address.lane) is None:
        suppress(uow, address, Suppression.BOUNCE, why)
        return why
    return ""


def watch(uow: UnitOfWork, lane: str, weight: Echo) -> Storm | None:
    """Freeze suppression at a provider that returns too much at once; return the new storm.

    Hard and soft bounces are compared with their own usual: full mailboxes by the hundred are as
    much a fault of the provider as unknown ones.
    """
    if queries.storm_over(uow.session, lane) is not None:
        return None
    since = uow.now - policy.WINDOW
    came = queries.came_since(uow.session, lane, weight, since, uow.now)
    if came < policy.FEWEST:
        return None
    before = queries.came_since(uow.session, lane, weight, since - policy.USUAL, since)
    sent = queries.sent_since(uow.session, lane, since)
    if not policy.is_storm(came, sent, before):
        return None
    storm = Storm(lane=lane, began_at=uow.now, hard=came, sent=sent)
    uow.session.add(storm)
    uow.session.flush()
    record(uow, "storm.began", f"storm:{storm.id}", lane=lane, hard=came, sent=sent)
    log.warning("storm_began", lane=lane, hard=came, sent=sent)
    return storm


def end_storm(uow: UnitOfWork, storm_id: int, *, believed: bool) -> int:
    """End a storm; *believed*, its bounces count as any others, else they are void.

    What was suppressed before anybody could see the storm is let go again where it is not
    believed. Returns how many addresses were suppressed, or bounces made void. Raises `NotFound`,
    `Conflict`.
    """
    storm = queries.storm_by_id(uow.session, storm_id)
    if storm is None:
        raise NotFound("there is no such storm")
    if storm.ended_at is not None:
        raise Conflict("it has ended already", code="ended")
    storm.ended_at, storm.ended_by = uow.now, uow.by
    since = storm.began_at - policy.WINDOW
    uow.session.flush()
    struck = queries.struck(uow.session, storm, since)
    if believed:
        count = sum(bool(weigh(uow, address_id)) for address_id in struck)
    else:
        count = queries.void(uow.session, storm, since)
        _release(uow, struck, since)
    record(uow, "storm.ended", f"storm:{storm.id}", believed=believed, count=count)
    return count


def _release(uow: UnitOfWork, struck: Sequence[int], since: datetime) -> None:
    for address_id in struck:
        address = people.locked_address(uow.session, address_id)
        by_storm = address is not None and address.suppressed_reason == Suppression.BOUNCE
        if address and by_storm and address.suppressed_at and address.suppressed_at >= since:
            release(uow, address)


def follow(uow: UnitOfWork) -> int:
    """Take up the refusals of our own sessions since the last time; return how many were new."""
    cursor = queries.followed(uow.session, FOLLOWED)
    if cursor is None:
        cursor = Followed(name=FOLLOWED, upto=0.0)
        uow.session.add(cursor)
    found, last = queries.refusals(uow.session, cursor.upto, BATCH)
    taken = sum(_follow_one(uow, each) for each in found)
    # What was written lately may still hide behind a transaction under way: it is read again.
    is_full = len(found) == BATCH
    settled = last if is_full else min(last, queries.database_now(uow.session) - OVERLAP)
    cursor.upto = max(cursor.upto, settled)
    return taken


def _follow_one(uow: UnitOfWork, refused: Refused) -> bool:
    known = policy.REFUSALS.get(refused.reason)
    if known is None:
        return False
    place = Place(
        refused.rollout_id, refused.n, refused.address_id, 0, refused.lane, channel="email"
    )
    return note(uow, place, Word(*known, refused.detail, "smtp"))


def _end_consents(uow: UnitOfWork, place: Place, word: Word) -> None:
    evidence = Evidence(Method.REPORT, text=word.words[:LONGEST])
    for subscription_id in _consents(uow, place):
        subscribers.complain(uow, subscription_id, evidence)


def _consents(uow: UnitOfWork, place: Place) -> list[int]:
    """The subscriptions that let the message through."""
    publication = queries.publication_of(uow.session, place.rollout_id)
    kind, _, number = publication.subject.partition(":")
    if kind == "subscription":
        return [int(number)]
    targets = Audience.from_json(publication.audience).targets
    named = [f"{kind}:{key}" for bit, (kind, key) in enumerate(targets) if place.matched >> bit & 1]
    held = (people.subscription_to(uow.session, place.address_id, each) for each in named)
    return [each.id for each in held if each is not None and each.state is not Consent.ENDED]


_ORDER = (Echo.HARD_BOUNCE, Echo.SOFT_BOUNCE, Echo.BLAME, Echo.COMPLAINT)
