"""Who says that they have done what an event asks of them."""

from service.audit.actions import record
from service.db.unit_of_work import UnitOfWork
from service.subscribers.models import Done


def mark_done(uow: UnitOfWork, subscriber_id: int, subject: str) -> None:
    """Keep that a subscriber has done what *subject* (`event:k2j3…`) asks; again is harmless."""
    if uow.session.get(Done, (subscriber_id, subject)) is None:
        uow.session.add(Done(subscriber_id=subscriber_id, subject=subject, at=uow.now))
        record(uow, "action.done", subject, subscriber=subscriber_id)


def take_back(uow: UnitOfWork, subscriber_id: int, subject: str) -> None:
    """Forget that they had said so."""
    if (known := uow.session.get(Done, (subscriber_id, subject))) is not None:
        uow.session.delete(known)
        record(uow, "action.undone", subject, subscriber=subscriber_id)
