"""An address is changed: the new one confirms, the old one is told and may say no meanwhile."""

from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum

from sqlalchemy.orm import Session

from channels.base import Address as Parsed
from channels.base import Link
from channels.registry import Registry
from service.access import links
from service.access import queries as access
from service.access.keys import digest
from service.access.models import Purpose as LinkPurpose
from service.audit.actions import record
from service.config import Settings
from service.db.unit_of_work import UnitOfWork
from service.errors import Expired, NotFound, TooMany, invalid
from service.publications.models import Purpose
from service.queue import Actor
from service.signup import queries, wording
from service.signup.actions.letters import Letter, send
from service.signup.actions.letters import Origin as Sent
from service.signup.actions.requests import CHANNEL, HEAD_START, Origin, check_network
from service.signup.models import AddressChange, ChangeState
from service.subscribers import queries as subscribers
from service.subscribers.actions import LONGEST_AGENT, Evidence, Person, find_or_create, parse
from service.subscribers.models import Address, Suppression
from service.subscribers.moving import move

VALID = timedelta(days=7)
MOST, PER = 3, timedelta(days=1)  # changes asked of one address, and letters to a new one


class Side(StrEnum):
    """Who was written to."""

    MOVE = "move"  # the new address: yes
    STAY = "stay"  # the old one: no


@dataclass(frozen=True, slots=True)
class Change:
    """What a link about a change is about, and how that stands."""

    side: Side
    change: AddressChange
    old: Address
    new: Address
    is_over: bool  # too late to answer


def ask(
    uow: UnitOfWork, channels: Registry, address: Address, raw: str, origin: Origin
) -> AddressChange:
    """Keep the wish for a worker, whatever is known of the new address.

    Raises `TooMany`, and `Invalid` for what is no address, or the same.
    """
    check_network(uow.session, origin.network, uow.now)
    if queries.changes_since(uow.session, uow.now - PER, address_id=address.id) >= MOST:
        raise TooMany("changed often enough for a day", retry_after=int(PER.total_seconds()))
    parsed = parse(channels, CHANNEL, raw, "/new_address")
    if address.channel != CHANNEL or parsed.key == address.key:
        raise invalid("/new_address", "this is the address you have", "same")
    change = AddressChange(
        at=uow.now,
        due_at=uow.now + HEAD_START,
        address_id=address.id,
        wish={
            "key": parsed.key, "value": parsed.value, "shown": parsed.shown, "lane": parsed.lane,
        },
        state=ChangeState.ASKED,
        expires_at=uow.now + VALID,
        ip=origin.ip,
        agent=origin.agent[:LONGEST_AGENT],
    )  # fmt: skip
    uow.session.add(change)
    uow.session.flush()
    record(uow, "address.change_asked", f"address:{address.id}", change=change.id)
    uow.enqueue(Actor.SIGN_UP, f"change:{change.id}")
    return change


def announce(uow: UnitOfWork, change_id: int, settings: Settings) -> ChangeState | None:
    """Write to both addresses, once; None if there is nothing to do."""
    change = queries.asked_change(uow.session, change_id)
    if change is None:
        return None
    old = uow.session.get_one(Address, change.address_id)
    person = subscribers.subscriber(uow.session, old.subscriber_id)
    like = Person(person.locale, person.timezone, person.timezone_origin)
    new = find_or_create(uow, CHANNEL, Parsed(**change.wish), like)
    written = queries.changes_since(uow.session, uow.now - PER, new_address_id=new.id)
    change.wish, change.new_address_id = {}, new.id
    if written >= MOST or new.suppressed_reason == Suppression.STAFF:
        change.state = ChangeState.DROPPED
        return change.state
    change.state = ChangeState.WAITING
    uow.session.flush()
    _write(uow, change, Side.MOVE, new, settings, person.timezone)
    _write(uow, change, Side.STAY, old, settings, person.timezone)
    return change.state


def change_of(session: Session, token: str) -> Change:
    """Return what *token* is about, expired or not; raises `NotFound`. Changes nothing."""
    link = access.link_with(session, digest(token))
    if link is None or link.purpose not in (LinkPurpose.MOVE, LinkPurpose.STAY):
        raise NotFound("this link leads nowhere", code="unknown_link")
    change = session.get_one(AddressChange, int(link.target.partition(":")[2]))
    if change.new_address_id is None:
        raise NotFound("this link leads nowhere", code="unknown_link")
    old = session.get_one(Address, change.address_id)
    new = session.get_one(Address, change.new_address_id)
    return Change(Side(link.purpose.value), change, old, new, is_over=False)


def confirm(uow: UnitOfWork, token: str, evidence: Evidence) -> ChangeState:
    """The new address says yes: everything moves. Again is harmless.

    Raises `NotFound`, and `Expired` after seven days.
    """
    change = _redeemed(uow, LinkPurpose.MOVE, token)
    if change.state is not ChangeState.WAITING:
        return change.state
    if change.new_address_id is None:  # it is written to once it is known
        raise NotFound("this link leads nowhere", code="unknown_link")
    move(uow, change.address_id, change.new_address_id, replace(evidence, by=f"change:{change.id}"))
    change.state = ChangeState.DONE
    return change.state


def cancel(uow: UnitOfWork, token: str) -> ChangeState:
    """The old address says no: nothing moves. Again is harmless.

    Raises `NotFound`, and `Expired` after seven days.
    """
    change = _redeemed(uow, LinkPurpose.STAY, token)
    if change.state is ChangeState.WAITING:
        change.state = ChangeState.CANCELLED
        record(uow, "address.change_cancelled", f"address:{change.address_id}", change=change.id)
    return change.state


def _redeemed(uow: UnitOfWork, purpose: LinkPurpose, token: str) -> AddressChange:
    target = links.redeem(uow, purpose, token)
    change = queries.locked_change(uow.session, int(target.partition(":")[2]))
    if change is None:
        raise NotFound("this link leads nowhere", code="unknown_link")
    if change.state is ChangeState.WAITING and change.expires_at <= uow.now:
        raise Expired("this link has expired", code="expired_link")
    return change


def _write(
    uow: UnitOfWork, change: AddressChange, side: Side, to: Address, settings: Settings, zone: str
) -> None:
    purpose, slot = {
        Side.MOVE: (LinkPurpose.MOVE, links.MOVE_SLOT),
        Side.STAY: (LinkPurpose.STAY, links.STAY_SLOT),
    }[side]
    subject = f"change:{change.id}"
    links.issue(uow, purpose, subject, change.expires_at - uow.now)
    letter = Letter(
        type=f"signup.{side}",
        purpose=Purpose.OWN,
        subject=subject,
        texts=wording.own(side, until=change.expires_at, zone=zone),
        links=(Link(wording.labels(side), f"{settings.public_url}/a/{slot}"),),
        origin=Sent.of_service(settings),
    )
    send(uow, letter, to.id, settings)
