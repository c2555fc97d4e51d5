"""Forgets a person everywhere: the address becomes its keyed hash in every table."""

from service.access.queries import drop_links
from service.db.unit_of_work import UnitOfWork
from service.errors import NotFound
from service.signup import queries
from service.subscribers import queries as subscribers
from service.subscribers.actions import Evidence
from service.subscribers.erasing import erase


def forget(uow: UnitOfWork, address_id: int, evidence: Evidence) -> int:
    """Erase whoever an address belongs to; return how many addresses that were.

    Raises `NotFound`.
    """
    address = subscribers.locked_address(uow.session, address_id)
    if address is None:
        raise NotFound("there is no such address")
    erased = erase(uow, address.subscriber_id, evidence)
    for each, former in erased:
        queries.hide_requests(uow.session, each.channel, former, each.key)
        queries.hide_changes(uow.session, each.id)
        queries.hide_answers(uow.session, each.id)
        held = subscribers.subscriptions(uow.session, each.id)
        targets = [f"address:{each.id}", *(f"subscription:{one.id}" for one in held)]
        drop_links(uow.session, targets)
    return len(erased)
