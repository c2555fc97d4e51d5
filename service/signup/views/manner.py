"""How somebody is written to: reads that part of the preference page, beside what it showed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, time
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError
from werkzeug.datastructures import MultiDict

from scheduling import zones
from service.errors import Fault, Invalid, invalid
from service.subscribers.models import Frequency
from service.subscribers.preferences import Settings
from service.web.parsing import LANGUAGES

FREQUENCIES = tuple(Frequency)
#: The caps that the page offers: at most so many in so many hours.
CAPS = ((1, 24), (3, 24), (10, 24), (3, 168), (10, 168))
MOST, LONGEST = 1000, 24 * 31

_SETTINGS = TypeAdapter(Settings)
Value = TypeVar("Value")


def document(settings: Settings) -> str:
    """Return *settings* as the page hides them, to know later what it showed."""
    return _SETTINGS.dump_json(settings).decode()


def cap_name(cap: tuple[int, int] | None) -> str:
    """Return a cap as the page's list names it: `3/24`, or ""."""
    return f"{cap[0]}/{cap[1]}" if cap else ""


def pause_day(settings: Settings) -> str:
    """Return the day that a pause ends, on their own clock; "" where there is none."""
    if settings.paused_until is None:
        return ""
    return zones.wall_clock(settings.timezone, settings.paused_until).date().isoformat()


def read(form: MultiDict[str, str], now: datetime) -> tuple[Settings, Settings] | None:
    """Return what the page showed and what came back; None if it showed none of this.

    A field that did not come back stays as it was shown. Raises `Invalid` with all that is wrong.
    """
    if "shown.you" not in form:
        return None
    shown = _shown(form["shown.you"])
    faults: list[Fault] = []
    zone = _try(faults, lambda: _zone(form, shown)) or shown.timezone
    wanted = Settings(
        locale=_try(faults, lambda: _language(form, shown)) or shown.locale,
        timezone=zone,
        frequency=_try(faults, lambda: _frequency(form, shown)) or shown.frequency,
        quiet=_try(faults, lambda: _quiet(form, shown)),
        cap=_try(faults, lambda: _cap(form, shown)),
        paused_until=_try(faults, lambda: _pause(form, shown, zone, now)),
    )
    if faults:
        raise Invalid(faults)
    return shown, wanted


def _shown(text: str) -> Settings:
    try:
        return _SETTINGS.validate_json(text)
    except ValidationError:
        raise invalid("/shown", "this form was changed on its way", "unknown") from None


def _try(faults: list[Fault], look: Callable[[], Value]) -> Value | None:
    try:
        return look()
    except Invalid as error:
        faults += error.faults
        return None


def _language(form: MultiDict[str, str], shown: Settings) -> str:
    language = form.get("language", shown.locale)
    if language not in (shown.locale, *LANGUAGES):
        raise invalid("/language", "use fr or en", "unknown_language")
    return language


def _zone(form: MultiDict[str, str], shown: Settings) -> str:
    zone = form.get("timezone", shown.timezone)
    if zone != shown.timezone and not zones.is_zone(zone):
        raise invalid("/timezone", "use a time zone, such as Europe/Paris", "unknown_zone")
    return zone


def _frequency(form: MultiDict[str, str], shown: Settings) -> Frequency:
    with _known("/frequency", "use immediate, daily or weekly"):
        return Frequency(form.get("frequency", shown.frequency))


def _quiet(form: MultiDict[str, str], shown: Settings) -> tuple[time, time] | None:
    if "quiet_from" not in form or "quiet_to" not in form:
        return shown.quiet
    begins, ends = form["quiet_from"], form["quiet_to"]
    if not begins and not ends:
        return None
    with _known("/quiet_from", "write both times, such as 22:00 and 07:00", "quiet"):
        first, last = time.fromisoformat(begins), time.fromisoformat(ends)
        if first == last or first.tzinfo or last.tzinfo:
            raise ValueError(begins)
    return first, last


def _cap(form: MultiDict[str, str], shown: Settings) -> tuple[int, int] | None:
    if "cap" not in form:
        return shown.cap
    if not form["cap"]:
        return None
    with _known("/cap", "use one of the choices"):
        most, hours = (int(part) for part in form["cap"][:20].split("/"))
        if not (0 < most <= MOST and 0 < hours <= LONGEST):
            raise ValueError(form["cap"])
    return most, hours


def _pause(form: MultiDict[str, str], shown: Settings, zone: str, now: datetime) -> datetime | None:
    if "pause" not in form or form["pause"] == pause_day(shown):
        return shown.paused_until
    if not form["pause"]:
        return None
    with _known("/pause", "use a day to come, such as 2027-01-31", "pause"):
        ends, _ = zones.day_edges(zone, date.fromisoformat(form["pause"]))
        if ends <= now:
            raise ValueError(form["pause"])
    return ends


@contextmanager
def _known(pointer: str, detail: str, code: str = "unknown_choice") -> Iterator[None]:
    """Turn what cannot be read into a fault of its field."""
    try:
        yield
    except (ValueError, OverflowError, zones.BeyondZoneData):
        raise invalid(pointer, detail, code) from None
