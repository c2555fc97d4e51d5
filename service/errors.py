"""What the service refuses to do, in words for the caller. None of it knows HTTP."""

from collections.abc import Sequence
from typing import NamedTuple


class ServiceError(Exception):
    """Base of every refusal; *code* is stable, for programs and for translated messages."""

    def __init__(self, detail: str, *, code: str = "") -> None:
        super().__init__(detail)
        self.detail, self.code = detail, code


class Fault(NamedTuple):
    """One field that cannot be used: where it stands, what is wrong, what to do."""

    pointer: str  # JSON pointer into the wish: `/components/0`
    detail: str
    code: str = ""


class Invalid(ServiceError):
    """Some fields of the wish cannot be used."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("; ".join(map(_line, faults)))
        self.faults = tuple(faults)


class NotFound(ServiceError):
    """There is no such thing, or not for this caller."""


class Conflict(ServiceError):
    """The thing is not in a state that allows this."""


class Expired(ServiceError):
    """The time for this has passed."""


class Unauthenticated(ServiceError):
    """The caller did not say who it is."""


class Forbidden(ServiceError):
    """This caller may not do this."""


class TooMany(ServiceError):
    """A limit is reached; *retry_after* in seconds."""

    def __init__(self, detail: str, *, retry_after: int) -> None:
        super().__init__(detail, code="too_many")
        self.retry_after = retry_after


def _line(fault: Fault) -> str:
    return f"{fault.pointer}: {fault.detail}" if fault.pointer else fault.detail


def invalid(pointer: str, detail: str, code: str = "") -> Invalid:
    """Return the refusal of one field."""
    return Invalid([Fault(pointer, detail, code)])
