"""Forgets a person: their addresses become keyed hashes, and what they refused stays refused."""

from dataclasses import replace

from service.audit.actions import record
from service.db.unit_of_work import UnitOfWork
from service.subscribers import queries
from service.subscribers.actions import Evidence, end, note
from service.subscribers.hashing import erased_key
from service.subscribers.models import Address, Consent, EndReason, Step, Subscriber


def erase(uow: UnitOfWork, subscriber_id: int, evidence: Evidence) -> list[tuple[Address, str]]:
    """Erase a subscriber with every address; return each with the key it had, for other tables.

    Evidence, refusals and suppressions survive under the hash; nothing is sent any more.
    """
    person = queries.subscriber(uow.session, subscriber_id)
    erased = []
    for address in queries.addresses_of(uow.session, subscriber_id):
        former = address.key
        _end_all(uow, address, evidence)
        _hide(uow, address)
        erased.append((address, former))
    for each in {person, *(uow.session.get_one(Subscriber, a.subscriber_id) for a, _ in erased)}:
        _forget(uow, each)
    return erased


def erase_address(uow: UnitOfWork, address: Address, evidence: Evidence) -> str:
    """Erase one address of somebody who goes on with others; return the key it had."""
    former = address.key
    _end_all(uow, address, evidence)
    _hide(uow, address)
    record(uow, "address.erased", f"address:{address.id}")
    return former


def _end_all(uow: UnitOfWork, address: Address, evidence: Evidence) -> None:
    for subscription in queries.subscriptions(uow.session, address.id):
        if subscription.state is not Consent.ENDED:
            end(uow, subscription, EndReason.ERASED)
            # The evidence of a step taken to be forgotten needs no browser.
            note(uow, subscription, Step.ERASED, replace(evidence, agent=""))


def _hide(uow: UnitOfWork, address: Address) -> None:
    key = erased_key(address.channel, address.key)
    earlier = queries.address_by_key(uow.session, address.channel, key)
    if earlier is not None and earlier.id != address.id:  # erased, came back, erased again
        earlier.key = f"{key}:{earlier.id}"
        uow.session.flush()
    address.key = key
    address.value = address.shown = address.lane = address.secrets = ""
    address.verified_at = None
    uow.session.flush()


def _forget(uow: UnitOfWork, person: Subscriber) -> None:
    person.erased_at = uow.now
    person.region = person.group_name = person.client = person.party = person.external_ref = ""
    person.quiet_from = person.quiet_to = person.paused_until = None
    person.cap_most = person.cap_hours = None
    record(uow, "subscriber.erased", f"subscriber:{person.id}")
