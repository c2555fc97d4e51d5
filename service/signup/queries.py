"""Every SQL statement about requests to join."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, exists, func, or_, select, update
from sqlalchemy.orm import Session

from service.audit.models import AuditEntry
from service.deliveries.models import Delivery, DeliveryEvent, Outcome
from service.deliveries.queries.accounts import DELIVERY_STATE
from service.events.models import Event, EventUpdate
from service.publications.models import Publication, Purpose
from service.rollouts.models import Rollout
from service.signup.deciding import MAILED, Mailed
from service.signup.models import AddressChange, ChangeState, SignupDecision, SignupRequest
from service.subscribers.models import Address

MOST_RECEIVED = 300  # rollouts that are looked at
MOST_EVENTS = 20  # offered to follow on their own


def undecided(session: Session, request_id: int) -> SignupRequest | None:
    """The request with this id, locked, unless it was decided or another worker has it."""
    return session.scalar(
        select(SignupRequest)
        .where(SignupRequest.id == request_id, SignupRequest.decision.is_(None))
        .with_for_update(skip_locked=True)
    )


def seen(session: Session, request_id: int) -> SignupRequest | None:
    """The same, for reading."""
    return session.scalar(
        select(SignupRequest).where(
            SignupRequest.id == request_id, SignupRequest.decision.is_(None)
        )
    )


def due(session: Session, now: datetime, limit: int = 100) -> Sequence[SignupRequest]:
    """Undecided requests whose time has come, locked, oldest first."""
    return session.scalars(
        select(SignupRequest)
        .where(SignupRequest.decision.is_(None), SignupRequest.due_at <= now)
        .order_by(SignupRequest.due_at, SignupRequest.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()


def has_due(session: Session, now: datetime) -> bool:
    """Whether there are undecided requests whose time has come."""
    found = session.scalar(
        select(SignupRequest.id)
        .where(SignupRequest.decision.is_(None), SignupRequest.due_at <= now)
        .limit(1)
    )
    return found is not None


def submissions(session: Session, network: str, since: datetime) -> Sequence[datetime]:
    """When forms came from a network after an instant, oldest first."""
    at = func.min(SignupRequest.at)
    return session.scalars(
        select(at)
        .where(SignupRequest.network == network, SignupRequest.at > since)
        .group_by(SignupRequest.submission)
        .order_by(at)
    ).all()


def mailed(session: Session, channel: str, key: str, since: datetime) -> tuple[Mailed, ...]:
    """The requests after an instant that led to a mail to one address."""
    rows = session.scalars(
        select(SignupRequest).where(
            SignupRequest.channel == channel,
            SignupRequest.address_key == key,
            SignupRequest.at > since,
            SignupRequest.decision.in_(MAILED),
        )
    )
    return tuple(
        Mailed(row.at, row.target, row.decision) for row in rows if row.decision is not None
    )


def newest(session: Session, channel: str, key: str, target: str) -> SignupRequest | None:
    """The last request of one address for one target."""
    return session.scalar(
        select(SignupRequest)
        .where(
            SignupRequest.channel == channel,
            SignupRequest.address_key == key,
            SignupRequest.target == target,
        )
        .order_by(SignupRequest.id.desc())
        .limit(1)
    )


def note_answer(session: Session, address: Address, target: str, now: datetime) -> None:
    """Note that the owner of an address answered what was asked about *target*."""
    session.execute(
        update(SignupRequest)
        .where(
            SignupRequest.channel == address.channel,
            SignupRequest.address_key == address.key,
            SignupRequest.target == target,
            SignupRequest.decision == SignupDecision.CONFIRM,
            SignupRequest.answered_at.is_(None),
        )
        .values(answered_at=now)
    )


def answered(session: Session, before: datetime, most: int) -> tuple[int, int]:
    """Of the last confirmations that forms led to before an instant: how many, how many answered.

    At most *most* are looked at; programs with a key come from no network.
    """
    last = (
        select(SignupRequest.answered_at)
        .where(
            SignupRequest.decision == SignupDecision.CONFIRM,
            SignupRequest.network != "",
            SignupRequest.at < before,
        )
        .order_by(SignupRequest.id.desc())
        .limit(most)
        .subquery()
    )
    row = session.execute(select(func.count(), func.count(last.c.answered_at)).select_from(last))
    asked, said = row.one()
    return asked, said


def public_events(session: Session, page_id: int, since: datetime) -> Sequence[Event]:
    """The events of a page that the public knows and of which something was said lately."""
    return session.scalars(
        _public(page_id)
        .where(exists().where(EventUpdate.event_id == Event.id, EventUpdate.created_at > since))
        .order_by(Event.id.desc())
        .limit(MOST_EVENTS)
    ).all()


def public_event(session: Session, page_id: int, public_id: str) -> Event | None:
    """The event of a page with this public id, if the public knows it."""
    return session.scalar(_public(page_id).where(Event.public_id == public_id))


def events_called(session: Session, subjects: Iterable[str]) -> Sequence[Event]:
    """The events that publications call so: `event:k2j3…`."""
    public_ids = [each.removeprefix("event:") for each in subjects]
    return session.scalars(
        select(Event).where(Event.public_id.in_(public_ids)).order_by(Event.id.desc())
    ).all()


def _public(page_id: int) -> Select[Event]:
    told = exists().where(
        EventUpdate.event_id == Event.id,
        Publication.id == EventUpdate.publication_id,
        Publication.started_at.is_not(None),
    )
    return select(Event).where(Event.page_id == page_id, told)


def asked_change(session: Session, change_id: int) -> AddressChange | None:
    """A change of address nobody was told of, locked, unless another worker has it."""
    return session.scalar(
        select(AddressChange)
        .where(AddressChange.id == change_id, AddressChange.state == ChangeState.ASKED)
        .with_for_update(skip_locked=True)
    )


def locked_change(session: Session, change_id: int) -> AddressChange | None:
    """A change of address, locked until the unit of work ends."""
    return session.get(AddressChange, change_id, with_for_update=True, populate_existing=True)


def due_changes(session: Session, now: datetime) -> Sequence[AddressChange]:
    """Changes nobody was told of though their time has come."""
    return session.scalars(
        select(AddressChange)
        .where(AddressChange.state == ChangeState.ASKED, AddressChange.due_at <= now)
        .limit(100)
        .with_for_update(skip_locked=True)
    ).all()


def has_due_change(session: Session, now: datetime) -> bool:
    """Whether there are such changes."""
    found = session.scalar(
        select(AddressChange.id)
        .where(AddressChange.state == ChangeState.ASKED, AddressChange.due_at <= now)
        .limit(1)
    )
    return found is not None


def changes_since(session: Session, since: datetime, **of: int) -> int:
    """How many changes there were of an address (`address_id`), or to one (`new_address_id`)."""
    return (
        session.scalar(
            select(func.count())
            .select_from(AddressChange)
            .filter_by(**of)
            .where(AddressChange.at > since)
        )
        or 0
    )


def waiting_change(session: Session, address_id: int, now: datetime) -> AddressChange | None:
    """The change of an address that waits for the new one."""
    return session.scalar(
        select(AddressChange)
        .where(
            AddressChange.address_id == address_id,
            AddressChange.state.in_((ChangeState.ASKED, ChangeState.WAITING)),
            AddressChange.expires_at > now,
        )
        .order_by(AddressChange.id.desc())
        .limit(1)
    )


def hide_requests(session: Session, channel: str, key: str, hidden: str) -> None:
    """Replace an address by *hidden* in every request to join."""
    session.execute(
        update(SignupRequest)
        .where(SignupRequest.channel == channel, SignupRequest.address_key == key)
        .values(address_key=hidden, wish={})
    )
    undecided = (
        update(SignupRequest)
        .where(SignupRequest.address_key == hidden, SignupRequest.decision.is_(None))
        .values(decision=SignupDecision.UNUSABLE)
    )
    session.execute(undecided)


def hide_changes(session: Session, address_id: int) -> None:
    """Forget where an address was to move, and end what waits."""
    concerned = or_(
        AddressChange.address_id == address_id, AddressChange.new_address_id == address_id
    )
    session.execute(update(AddressChange).where(concerned).values(wish={}, ip="", agent=""))
    waiting = (ChangeState.ASKED, ChangeState.WAITING)
    session.execute(
        update(AddressChange)
        .where(concerned, AddressChange.state.in_(waiting))
        .values(state=ChangeState.CANCELLED)
    )


def hide_answers(session: Session, address_id: int) -> None:
    """Forget the words in which servers answered, which may name the address."""
    theirs = (
        select(Delivery.n)
        .where(
            Delivery.rollout_id == Outcome.rollout_id,
            Delivery.n == Outcome.n,
            Delivery.address_id == address_id,
        )
        .exists()
    )
    rollouts = select(Delivery.rollout_id).where(Delivery.address_id == address_id)
    session.execute(
        update(Outcome)
        .where(Outcome.rollout_id.in_(rollouts), theirs)
        .values(detail="", reference="")
        .execution_options(synchronize_session=False)
    )
    session.execute(
        update(DeliveryEvent).where(DeliveryEvent.address_id == address_id).values(detail="")
    )


class Received(NamedTuple):
    """One message that was meant for an address, and what became of it."""

    at: datetime
    content: dict[str, Any]  # a `channels.base.Message`
    audience: dict[str, Any]
    matched: int  # bits: which targets of the audience selected it
    state: str
    reason: str


def received(session: Session, address_id: int, since: datetime) -> Sequence[Received]:
    """What was meant for an address since an instant, newest first.

    Looked up rollout by rollout: deliveries have no index by address.
    """
    lately = session.execute(
        select(Rollout.id, Publication)
        .join(Publication, Publication.id == Rollout.publication_id)
        .where(Publication.purpose == Purpose.BULK, Rollout.started_at > since)
        .order_by(Rollout.id.desc())
        .limit(MOST_RECEIVED)
    ).all()
    told = {row[0]: row[1] for row in lately}
    view = DELIVERY_STATE.c
    rows = session.execute(
        select(view.rollout_id, view.matched, view.state, view.reason).where(
            view.rollout_id.in_(told), view.address_id == address_id
        )
    ).all()
    found = (
        Received(
            told[row.rollout_id].started_at or told[row.rollout_id].created_at,
            told[row.rollout_id].content,
            told[row.rollout_id].audience,
            row.matched,
            row.state,
            row.reason or "",
        )
        for row in rows
    )
    return sorted(found, key=lambda each: each.at, reverse=True)


def requests_of(session: Session, channel: str, key: str) -> Sequence[SignupRequest]:
    """Every request to join for one address, oldest first."""
    return session.scalars(
        select(SignupRequest)
        .where(SignupRequest.channel == channel, SignupRequest.address_key == key)
        .order_by(SignupRequest.id)
    ).all()


def history(session: Session, subscriber_id: int) -> Sequence[AuditEntry]:
    """What was done about a subscriber, newest first."""
    return session.scalars(
        select(AuditEntry)
        .where(AuditEntry.subject == f"subscriber:{subscriber_id}")
        .order_by(AuditEntry.id.desc())
        .limit(100)
    ).all()
