"""Which errors are somebody's mistake rather than ours, and what to say about them."""

from sqlalchemy.exc import OperationalError

from channels.registry import ShadowedChannel, UnknownChannel
from service.config import SettingsError
from service.errors import Invalid, ServiceError


def explain(error: Exception) -> str | None:
    """Return what to tell whoever gave the command; None where the program is at fault."""
    lines: str | None = None
    match error:
        case Invalid():
            lines = "\n".join(f"{fault.pointer}: {fault.detail}" for fault in error.faults)
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
