"""Forgets a person everywhere: the address becomes its keyed hash in every table."""

from service.access.queries import drop_links
from service.db.unit_of_work import UnitOfWork
from service.errors import NotFound
from service.signup import queries
from service.subscribers import queries as subscribers
from service.subscribers.actions import Evidence
from service.subscribers.erasing import erase, erase_address
from service.subscribers.models import Address


def forget(uow: UnitOfWork, address_id: int, evidence: Evidence) -> int:
    """Erase whoever an address belongs to; return how many addresses that were.

    Raises `NotFound`.
    """
    address = subscribers.locked_address(uow.session, address_id)
    if address is None:
        raise NotFound("there is no such address")
    erased = erase(uow, address.subscriber_id, evidence)
    for each, former in erased:
        _hide(uow, each, former)
    return len(erased)


def forget_silent(uow: UnitOfWork, address_id: int, evidence: Evidence) -> None:
    """Erase an address that never answered, with its person unless they live here by another.

    Raises `NotFound`.
    """
    address = subscribers.locked_address(uow.session, address_id)
    if address is None:
        raise NotFound("there is no such address")
    if not subscribers.is_known(uow.session, address.subscriber_id):
        forget(uow, address_id, evidence)
        return
    _hide(uow, address, erase_address(uow, address, evidence))


def _hide(uow: UnitOfWork, address: Address, former: str) -> None:
    queries.hide_requests(uow.session, address.channel, former, address.key)
    queries.hide_changes(uow.session, address.id)
    queries.hide_answers(uow.session, address.id)
    held = subscribers.subscriptions(uow.session, address.id)
    targets = [f"address:{address.id}", *(f"subscription:{one.id}" for one in held)]
    drop_links(uow.session, targets)
