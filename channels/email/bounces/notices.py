"""What one returned mail says about one recipient, before it is judged."""

from dataclasses import dataclass
from enum import StrEnum


class Stage(StrEnum):
    """How far the SMTP dialogue had come when the refusal fell."""

    BEFORE = "before"  # connection, greeting, EHLO: no recipient was named yet
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"  # the recipient had been taken, the content was being judged
    UNSAID = "unsaid"


@dataclass(frozen=True, slots=True)
class Notice:
    """One recipient and the far side's words, as found."""

    address: str
    words: str = ""  # the diagnostic text
    status: str = ""  # the report's own field, which a status inside the words overrules
    action: str = ""  # failed, delayed, delivered, relayed, expanded
    stage: Stage = Stage.UNSAID
    quoted: bool = False  # a report field quotes the answer of a remote server
    program: bool = False  # said by a program that delivers, not by a server (`x-unix`)
