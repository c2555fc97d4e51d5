"""What one address gets goes to another one of the same person, who proved to read both."""

from service.audit.actions import record
from service.db.unit_of_work import UnitOfWork
from service.errors import NotFound
from service.subscribers import queries
from service.subscribers.actions import Evidence, apply, end, lift, note
from service.subscribers.filters import missing
from service.subscribers.merging import restrict
from service.subscribers.models import Address, Consent, EndReason, Step, Subscription
from service.subscribers.preferences import choices
from service.subscribers.targets import key_of


def move(uow: UnitOfWork, old_id: int, new_id: int, evidence: Evidence) -> int:
    """Move the active subscriptions of one address to another; return how many it was.

    Where both are subscribed, the less permissive filter wins; what ended at the new address is
    never revived. Raises `NotFound`.
    """
    old, new = (queries.locked_address(uow.session, each) for each in sorted((old_id, new_id)))
    if old is None or new is None:
        raise NotFound("there is no such address")
    old, new = (old, new) if old.id == old_id else (new, old)
    lift(uow, new.id)
    join(uow, old.subscriber_id, new)
    moving = [
        each for each in queries.subscriptions(uow.session, old.id) if each.state is Consent.ACTIVE
    ]
    for each in moving:
        _move(uow, each, new, evidence)
    record(uow, "address.moved", f"address:{old.id}", to=f"address:{new.id}", count=len(moving))
    return len(moving)


def join(uow: UnitOfWork, subscriber_id: int, address: Address) -> None:
    """The address belongs to that person, unless somebody lives there already."""
    if not queries.has_live(uow.session, address.subscriber_id):
        address.subscriber_id = subscriber_id
        uow.session.flush()


def _move(uow: UnitOfWork, subscription: Subscription, new: Address, evidence: Evidence) -> None:
    there = queries.subscription_to(uow.session, new.id, key_of(subscription))
    if there is None:
        subscription.address_id = new.id
        note(uow, subscription, Step.MOVED, evidence)
        uow.session.flush()
        return
    if there.state is not Consent.ENDED:
        _merge(uow, subscription, there, evidence)
    end(uow, subscription, EndReason.MOVED)
    note(uow, subscription, Step.MOVED, evidence)


def _merge(
    uow: UnitOfWork, subscription: Subscription, there: Subscription, evidence: Evidence
) -> None:
    held = choices(uow.session, [subscription, there])
    mine, other = held[subscription.id], held[there.id]
    if there.state is Consent.PENDING:  # its filters are a stranger's until it is accepted
        there.state, there.active_at = Consent.ACTIVE, uow.now
        apply(uow, there, mine)
        note(uow, there, Step.MOVED, evidence)
        return
    both = restrict(mine, other)
    if not missing(both):  # else they have nothing in common, and the new address stays as it is
        apply(uow, there, both)
        note(uow, there, Step.MOVED, evidence)
