"""The owner of an address answers: accept, refuse, or ask for a fresh link."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from channels.base import Address as Parsed
from service.access import links
from service.access import queries as access
from service.access.keys import digest
from service.access.models import Purpose
from service.db.unit_of_work import UnitOfWork
from service.errors import Conflict, NotFound
from service.signup import queries as signup
from service.signup.actions.requests import Origin, check_network, keep
from service.signup.wording import consent_text
from service.subscribers import actions, queries
from service.subscribers.actions import Evidence
from service.subscribers.models import Address, Consent, Subscription, ZoneOrigin
from service.subscribers.preferences import choices
from service.subscribers.targets import Target, key_of, target_of


class Standing(StrEnum):
    """What there is to say about a link; the values are keys of the words."""

    OPEN = "open"  # waiting for an answer
    ACCEPTED = "accepted"  # just now
    REFUSED = "refused"  # just now
    ALREADY = "already"
    ENDED = "ended"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Question:
    """What a confirmation link asks, and how that stands."""

    standing: Standing
    subscription: Subscription
    address: Address
    target: Target
    until: datetime


def question(session: Session, token: str, now: datetime) -> Question:
    """Return what *token* asks, expired or not; raises `NotFound`. Changes nothing."""
    link = access.link_with(session, digest(token))
    if link is None or link.purpose is not Purpose.SIGNUP or link.expires_at is None:
        raise NotFound("this link leads nowhere", code="unknown_link")
    subscription = queries.subscription(session, int(link.target.partition(":")[2]))
    address = queries.address(session, subscription.address_id) if subscription else None
    if subscription is None or address is None:
        raise NotFound("this link leads nowhere", code="unknown_link")
    return Question(
        standing=_standing(subscription, address, is_over=link.expires_at <= now),
        subscription=subscription,
        address=address,
        target=target_of(session, subscription),
        until=link.expires_at,
    )


def accept(uow: UnitOfWork, token: str, evidence: Evidence) -> Standing:
    """Do what the owner wants; again is harmless. Raises `NotFound` and `Expired`."""
    return _answer(uow, token, evidence, actions.accept, Standing.ACCEPTED)


def refuse(uow: UnitOfWork, token: str, evidence: Evidence) -> Standing:
    """Do what the owner wants; again is harmless. Raises `NotFound` and `Expired`."""
    return _answer(uow, token, evidence, actions.refuse, Standing.REFUSED)


def _answer(
    uow: UnitOfWork,
    token: str,
    evidence: Evidence,
    act: Callable[[UnitOfWork, int, Evidence], Subscription],
    done: Standing,
) -> Standing:
    subscription_id = _redeem(uow, token)
    asked = queries.question_id(uow.session, subscription_id)
    try:
        subscription = act(uow, subscription_id, replace(evidence, message_id=asked))
    except Conflict as conflict:
        return _ANSWERED[conflict.code]
    address = uow.session.get_one(Address, subscription.address_id)
    signup.note_answer(uow.session, address, key_of(subscription), uow.now)
    return done


def renew(uow: UnitOfWork, token: str, origin: Origin) -> Target:
    """Ask again for what an expired link asked, under the same limits as any other request.

    A link that is not expired, or was answered, leads to the same: no mail, or one that says so.
    Raises `TooMany` and `NotFound`.
    """
    check_network(uow.session, origin.network, uow.now)
    return ask_again(uow, question(uow.session, token, uow.now).subscription, origin)


def ask_again(uow: UnitOfWork, subscription: Subscription, origin: Origin) -> Target:
    """Request once more what *subscription* is for, with what was chosen; the limits decide."""
    address = uow.session.get_one(Address, subscription.address_id)
    target = target_of(uow.session, subscription)
    person = queries.subscriber(uow.session, address.subscriber_id)
    chosen = person.timezone_origin is not ZoneOrigin.FALLBACK
    wish = {
        "locale": person.locale,
        "timezone": person.timezone if chosen else "",
        "choice": choices(uow.session, [subscription])[subscription.id].to_json(),
        "text": consent_text(target, person.locale),
        "version": target.version,
    }
    parsed = Parsed(address.key, address.value, address.shown, address.lane)
    keep(uow, target.key, parsed, wish, origin)
    return target


def evidence_shown(target: Target, locale: str) -> tuple[str, int]:
    """What the page beside the two buttons says one accepts, and its version."""
    return consent_text(target, locale), target.version


def _redeem(uow: UnitOfWork, token: str) -> int:
    return int(links.redeem(uow, Purpose.SIGNUP, token).partition(":")[2])


def _standing(subscription: Subscription, address: Address, *, is_over: bool) -> Standing:
    if subscription.state is Consent.ENDED:
        return Standing.ENDED
    if subscription.state is Consent.ACTIVE and not address.suppressed_at:
        return Standing.ALREADY
    return Standing.EXPIRED if is_over else Standing.OPEN


_ANSWERED = {"already_active": Standing.ALREADY, "ended": Standing.ENDED}
