"""Instants that people write in forms, on the clock of a zone."""

from datetime import datetime

from scheduling import zones
from service.errors import invalid


def on_clock(zone: str, field: str, text: str) -> datetime:
    """Return the instant at which the clock of *zone* shows *text*; raises `Invalid`.

    *text* is what `<input type="datetime-local">` writes.
    """
    try:
        naive = datetime.fromisoformat(text)
        return naive if naive.tzinfo else zones.to_utc(zone, naive)
    except (ValueError, OverflowError):  # `BeyondZoneData` is one
        raise invalid(f"/{field}", "write date and time: 2026-11-22T09:30", "instant") from None
