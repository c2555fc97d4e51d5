"""Reads the people of a batch as they are now, in the transaction that marks them, and decides."""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta

from service.db.unit_of_work import UnitOfWork
from service.deliveries.brief import Brief
from service.deliveries.deciding import Decision, Leave, decide
from service.deliveries.models import Skip, Slice
from service.deliveries.parcels import parcel_id
from service.deliveries.queries import people, received
from service.deliveries.queries.people import Person
from service.deliveries.queries.received import Capped

Decided = Sequence[tuple[Person, Decision]]


def decide_all(
    uow: UnitOfWork,
    brief: Brief,
    row: Slice,
    persons: Sequence[Person],
    *,
    tried: Collection[int] = (),
) -> Decided:
    """Say of each of *persons* whether they are written to now; *tried* are those tried before."""
    told = frozenset[int]()
    if any(person.is_late for person in persons):
        addresses = [person.address_id for person in persons]
        told = people.superseded(uow.session, brief.publication, addresses)
    decided = [
        (
            person,
            decide(
                person,
                brief,
                uow.now,
                is_superseded=person.address_id in told,
                any_hour=row.any_hour,
            ),
        )
        for person in persons
    ]
    return _within_caps(uow, brief, row.rollout_id, decided, tried)


def _within_caps(
    uow: UnitOfWork, brief: Brief, rollout_id: int, decided: Decided, tried: Collection[int]
) -> Decided:
    """Leave out whoever has had as many messages as they want; an attempt anew is none more."""
    if not brief.manners.caps:
        return decided
    capped = [
        Capped(
            person.n,
            person.address_id,
            person.cap_most,
            uow.now - timedelta(hours=person.cap_hours),
        )
        for person, decision in decided
        if isinstance(decision, Leave)
        and person.is_ramped
        and person.cap_most is not None
        and person.cap_hours is not None
        and person.n not in tried
    ]
    granted = received.take_places(uow.session, rollout_id, capped, uow.now)
    over = {each.n for each in capped} - granted
    return [(person, Skip.CAPPED if person.n in over else what) for person, what in decided]


def threads_of(uow: UnitOfWork, brief: Brief, addresses: Sequence[int]) -> Mapping[int, str]:
    """The parcel each address's thread began with; of a correction, the message it corrects."""
    if brief.corrects:
        wrong = people.messages_of(uow.session, brief.corrects, addresses)
        return {address: parcel_id(public, n) for address, (public, n) in wrong.items()}
    if brief.publication.sequence == 1 or not addresses:
        return {}
    first = people.first_messages(uow.session, brief.publication, addresses)
    return {address: parcel_id(public, n) for address, (public, n) in first.items()}
