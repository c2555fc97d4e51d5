"""Reads the people of a batch as they are now, in the transaction that marks them, and decides."""

from collections.abc import Mapping, Sequence

from service.db.unit_of_work import UnitOfWork
from service.deliveries.brief import Brief
from service.deliveries.deciding import Decision, decide
from service.deliveries.models import Slice
from service.deliveries.parcels import parcel_id
from service.deliveries.queries import people
from service.deliveries.queries.people import Person


def decide_all(
    uow: UnitOfWork, brief: Brief, row: Slice, persons: Sequence[Person]
) -> Sequence[tuple[Person, Decision]]:
    """Say of each of *persons* whether they are written to now."""
    addresses = [person.address_id for person in persons]
    told = people.superseded(uow.session, brief.publication, addresses)
    return [
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


def threads_of(uow: UnitOfWork, brief: Brief, addresses: Sequence[int]) -> Mapping[int, str]:
    """The parcel each address's thread began with; of a correction, the message it corrects."""
    if brief.corrects:
        wrong = people.messages_of(uow.session, brief.corrects, addresses)
        return {address: parcel_id(public, n) for address, (public, n) in wrong.items()}
    if brief.publication.sequence == 1 or not addresses:
        return {}
    first = people.first_messages(uow.session, brief.publication, addresses)
    return {address: parcel_id(public, n) for address, (public, n) in first.items()}
