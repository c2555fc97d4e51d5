"""What was found, and what to do about it."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How bad it is."""

    FINE = "fine"
    WARNING = "warning"  # it works, less well than it could
    FAULT = "fault"  # something does not work


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    part: str
    level: Level
    said: str
    remedy: str = ""


def fine(part: str, said: str) -> Finding:
    """Nothing to do."""
    return Finding(part, Level.FINE, said)


def warning(part: str, said: str, remedy: str) -> Finding:
    """Something that could be better."""
    return Finding(part, Level.WARNING, said, remedy)


def fault(part: str, said: str, remedy: str) -> Finding:
    """Something that does not work."""
    return Finding(part, Level.FAULT, said, remedy)
