"""Stores mail as it came, and announces that there is something to understand."""

from collections.abc import Sequence

from service.db.unit_of_work import UnitOfWork
from service.errors import NotFound
from service.inbound.knocking import knock
from service.inbound.models import Letter
from service.queue import Actor


def take(
    uow: UnitOfWork, host: str, mail_from: str, recipients: Sequence[str], raw: bytes
) -> list[Letter]:
    """Store *raw* once for each of *recipients* that still exists."""
    taken = []
    for recipient in recipients:
        try:
            entrance = knock(uow.session, recipient, host).entrance
        except NotFound:  # a list that was retired since RCPT
            continue
        letter = Letter(
            received_at=uow.now,
            entrance=entrance,
            recipient=recipient,
            mail_from=mail_from,
            raw=raw,
        )
        uow.session.add(letter)
        taken.append(letter)
    uow.session.flush()
    for letter in taken:
        uow.enqueue(Actor.TAKE_IN, letter.id)
    return taken
