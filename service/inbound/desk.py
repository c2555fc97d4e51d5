"""What whoever understands a mail has before them, and says of it."""

from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message

from service.db.unit_of_work import UnitOfWork
from service.inbound.knocking import Knock
from service.inbound.models import Letter, LetterState
from service.runtime import Runtime


@dataclass(frozen=True, slots=True)
class Understood:
    """What became of a mail."""

    state: LetterState
    outcome: str  # a key of the console's words
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Desk:
    """What every handler needs."""

    rt: Runtime
    uow: UnitOfWork
    letter: Letter
    to: Knock

    @property
    def message(self) -> Message:
        """The mail, opened."""
        return message_from_bytes(self.letter.raw)

    @property
    def host(self) -> str:
        """The domain of our addresses."""
        return self.rt.settings.mail_host
