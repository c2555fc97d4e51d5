"""Instants in words, on the clock of a page's zone."""

from datetime import date, datetime, timedelta
from functools import lru_cache

from babel.dates import format_date, format_datetime
from flask import Flask
from markupsafe import Markup

from scheduling import zones
from service.web.i18n import language as spoken
from service.web.i18n import translate

_DAY = {"fr": "EEEE d MMMM y", "en": "EEEE, d MMMM y"}
_SHORT_DAY = {"fr": "d MMM y", "en": "d MMM y"}
_CLOCK = {"fr": "HH'\u00a0h\u00a0'mm", "en": "HH:mm"}
_LONG = {"fr": f"{_DAY['fr']} 'à' {_CLOCK['fr']}", "en": f"{_DAY['en']} 'at' {_CLOCK['en']}"}
_SHORT = {"fr": f"{_SHORT_DAY['fr']}, {_CLOCK['fr']}", "en": f"{_SHORT_DAY['en']}, {_CLOCK['en']}"}
_PATTERNS = {"long": _LONG, "short": _SHORT, "clock": _CLOCK, "day": _DAY, "short_day": _SHORT_DAY}

_MINUTE, _HOUR, _DAYS = 60, 3600, 86400


def moment(instant: datetime, zone: str, style: str = "long", language: str = "") -> str:
    """Return *instant* on the clock of *zone*; *style*: long, short, clock, day, short_day."""
    language = language or spoken()
    shown = zones.wall_clock(zone, instant)
    return str(format_datetime(shown, _PATTERNS[style][language], locale=language))


def day(date: date, style: str = "day", language: str = "") -> str:
    """Return a calendar *date* in words; *style*: day or short_day."""
    return _day(date, style, language or spoken())


@lru_cache(maxsize=2048)
def _day(date: date, style: str, language: str) -> str:
    """The same, once: a page of bars names each of its ninety days many times."""
    return str(format_date(date, _PATTERNS[style][language], locale=language))


def month_name(date: date, language: str = "") -> str:
    """Return a month in words: `November 2026`."""
    return str(format_date(date, "LLLL y", locale=language or spoken()))


def when(instant: datetime | None, zone: str, style: str = "long") -> Markup:
    """Return a `<time>` element that programs read in UTC and people on the clock of *zone*."""
    if instant is None:
        return Markup("—")
    machine = zones.wall_clock("UTC", instant).isoformat(timespec="seconds") + "Z"
    title = f"{moment(instant, zone, 'long')} ({offset(zone, instant)})"
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        machine, title, moment(instant, zone, style)
    )


def span(start: datetime, end: datetime | None, zone: str, language: str = "") -> str:
    """Return from when to when, naming the day once where both are on it."""
    language = language or spoken()
    begins = moment(start, zone, "short", language)
    if end is None:
        return translate(language, "time.since", start=begins)
    same = zones.wall_clock(zone, start).date() == zones.wall_clock(zone, end).date()
    ends = moment(end, zone, "clock" if same else "short", language)
    return f"{begins} – {ends}"


def duration(length: timedelta, language: str = "") -> str:
    """Return how long in its two largest units: `1 h 20 min`, `3 d 2 h`."""
    language = language or spoken()
    seconds = max(0, int(length.total_seconds()))
    for unit, smaller, size, part in (("d", "h", _DAYS, _HOUR), ("h", "min", _HOUR, _MINUTE)):
        if seconds >= size:
            first = translate(language, f"time.{unit}", n=seconds // size)
            rest = seconds % size // part
            return f"{first} {translate(language, f'time.{smaller}', n=rest)}" if rest else first
    return translate(language, "time.min", n=seconds // _MINUTE)


def offset(zone: str, instant: datetime) -> str:
    """Return how far *zone* is from UTC at *instant*: `UTC+1`, `UTC−3:30`."""
    minutes = int(zones.offset(zone, instant).total_seconds()) // 60
    hours, rest = divmod(abs(minutes), 60)
    sign = "+" if minutes >= 0 else "−"
    return f"UTC{sign}{hours}" + (f":{rest:02}" if rest else "") if minutes else "UTC"


def zone_label(zone: str, instant: datetime) -> str:
    """Return a zone for people: `Paris (UTC+1)`."""
    return f"{zone.rpartition('/')[2].replace('_', ' ')} ({offset(zone, instant)})"


def install(app: Flask) -> None:
    """Give the templates of *app* their dates."""
    app.jinja_env.globals.update(
        when=when,
        moment=moment,
        day=day,
        month_name=month_name,
        span=span,
        duration=duration,
        zone_label=zone_label,
    )
