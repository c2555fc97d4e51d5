"""What staff can do about mail that nobody understood."""

from service.audit.actions import record
from service.db.unit_of_work import UnitOfWork
from service.errors import NotFound
from service.inbound import queries
from service.inbound.models import Letter, LetterState
from service.queue import Actor


def look_again(uow: UnitOfWork, letter_id: int) -> None:
    """Let a mail be understood once more, by what is known now; raises `NotFound`."""
    letter = _found(uow, letter_id)
    letter.state, letter.attempts, letter.settled_at = LetterState.WAITING, 0, None
    letter.outcome = letter.detail = ""
    uow.enqueue(Actor.TAKE_IN, letter.id)
    record(uow, "letter.again", f"letter:{letter.id}")


def dismiss(uow: UnitOfWork, letter_id: int) -> None:
    """Take a mail off the queue: somebody has seen to it. Raises `NotFound`."""
    letter = _found(uow, letter_id)
    letter.state, letter.settled_at = LetterState.DONE, uow.now
    record(uow, "letter.dismissed", f"letter:{letter.id}")


def _found(uow: UnitOfWork, letter_id: int) -> Letter:
    letter = queries.letter(uow.session, letter_id)
    if letter is None:
        raise NotFound("there is no such mail")
    return letter
