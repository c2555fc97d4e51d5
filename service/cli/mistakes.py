"""Which errors are somebody's mistake rather than ours, and what to say about them."""

from sqlalchemy.exc import OperationalError

from channels.registry import ShadowedChannel, UnknownChannel
from service.config import SettingsError
from service.errors import Fault, Invalid, ServiceError


def explain(error: Exception) -> str | None:
    """Return what to tell whoever gave the command; None where the program is at fault."""
    lines: str | None = None
    match error:
        case Invalid():
            lines = "\n".join(map(_fault, error.faults))
        case UnknownChannel() | ShadowedChannel():
            lines = f"TOCSIN_CHANNELS: {error}"
        case SettingsError() | ServiceError():
            lines = str(error)
        case OperationalError():
            reason = str(error.orig).strip().splitlines()[0]
            lines = f"TOCSIN_DATABASE_URL: the database does not answer: {reason}"
        case OSError(filename=str() as name):
            lines = f"{name}: {error.strerror}"
    return lines


def _fault(fault: Fault) -> str:
    """A fault as a command line says it: `email: …`, or `pages[0].slug: …` as it came."""
    place = fault.pointer.lstrip("/")
    return f"{place}: {fault.detail}" if place else fault.detail
