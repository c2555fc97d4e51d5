"""What a message says, gathered in one language and one zone, before it becomes text or HTML."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from channels.base import Message
from channels.email.cleaning import cut, lines, one_line
from channels.email.headers import safe_url
from channels.email.wording import Words, words_for

Local = Callable[[str, datetime], datetime]


class Tone(StrEnum):
    """The look of a mail: a colour and a shape, never the colour alone."""

    GOOD = "good"
    NEUTRAL = "neutral"
    WORK = "work"
    MINOR = "minor"
    MAJOR = "major"
    DOWN = "down"


SHAPES = {
    Tone.GOOD: "✔",
    Tone.NEUTRAL: "●",
    Tone.WORK: "◆",
    Tone.MINOR: "▲",
    Tone.MAJOR: "■",
    Tone.DOWN: "✖",
}
STATE_TONES = {
    "operational": Tone.GOOD,
    "maintenance": Tone.WORK,
    "minor_disruption": Tone.MINOR,
    "major_disruption": Tone.MAJOR,
    "down": Tone.DOWN,
}
_SEVERITY_TONES = {"minor": Tone.MINOR, "major": Tone.MAJOR, "critical": Tone.DOWN}
_STAGE_TONES = {
    **dict.fromkeys(("resolved", "completed", "closed", "ended"), Tone.GOOD),
    **dict.fromkeys(("retracted", "cancelled", "postmortem"), Tone.NEUTRAL),
}


@dataclass(frozen=True, slots=True)
class Affected:
    """A component as a line of the mail."""

    name: str
    state: str
    impact: str
    tone: Tone


@dataclass(frozen=True, slots=True)
class Facts:
    """One message, ready to be laid out."""

    language: str
    words: Words
    source: str
    headline: str  # category and stage
    tone: Tone
    title: str
    body: str  # Markdown
    moments: tuple[tuple[str, str], ...]  # label, day
    affected: tuple[Affected, ...]
    links: tuple[tuple[str, str], ...]  # label, URL
    test: bool


def gather(message: Message, locale: str, zone: str, local: Local) -> Facts:
    """Return what *message* says to people of *locale* and *zone*."""
    text = message.text(locale)
    language = locale if locale in message.texts else next(iter(message.texts))
    words = words_for(locale, language)
    source = one_line(_in(message.source, locale))
    category = words.categories.get(message.category, cut(one_line(message.category), 60))
    stage = words.stage(message.category, message.stage)
    if stage is None:
        stage = cut(one_line(message.stage.replace("_", " ")), 60)
    return Facts(
        language=language,
        words=words,
        source=cut(source, 100),
        headline=f"{category} · {stage}" if stage else category,
        tone=_tone(message),
        title=cut(one_line(text.title)) or source or category,
        body=lines(text.body),
        moments=_moments(message, words, zone, local),
        affected=_affected(message, locale, words),
        links=_links(message, locale, words),
        test=message.test,
    )


def _in(texts: Mapping[str, str], locale: str) -> str:
    return texts.get(locale) or next(iter(texts.values()), "")


def _tone(message: Message) -> Tone:
    if message.stage in _STAGE_TONES:
        return _STAGE_TONES[message.stage]
    if message.category == "maintenance":
        return Tone.WORK
    return _SEVERITY_TONES.get(message.severity, Tone.NEUTRAL)


def _moments(
    message: Message, words: Words, zone: str, local: Local
) -> tuple[tuple[str, str], ...]:
    known = (
        (words.starts, message.starts_at),
        (words.ends, message.ends_at),
        # A confirmation answers what somebody did a moment ago: its date is the mail's.
        (words.published, message.published_at if message.bulk else None),
    )
    return tuple((label, _moment(at, words, zone, local)) for label, at in known if at is not None)


def _moment(at: datetime, words: Words, zone: str, local: Local) -> str:
    utc = at.astimezone(UTC)
    if zone in {"", "UTC", "Etc/UTC"}:
        return f"{words.day(utc)} UTC"
    wall = local(zone, at)
    same_day = wall.date() == utc.date()
    in_utc = f"{utc:%H:%M}" if same_day else words.day(utc)
    return f"{words.day(wall)} ({one_line(zone)}) · {in_utc} UTC"


def _affected(message: Message, locale: str, words: Words) -> tuple[Affected, ...]:
    return tuple(
        Affected(
            name=cut(one_line(_in(touched.name, locale)), 120),
            state=words.states.get(touched.state, one_line(touched.state)),
            impact=one_line(_in(touched.impact, locale)),
            tone=STATE_TONES.get(touched.state, Tone.NEUTRAL),
        )
        for touched in message.touched
    )


def _links(message: Message, locale: str, words: Words) -> tuple[tuple[str, str], ...]:
    links = [(cut(one_line(_in(link.label, locale)), 80), link.url) for link in message.links]
    if message.url and all(url != message.url for _, url in links):
        links.append((words.details, message.url))
    return tuple((label or url, url) for label, url in links if safe_url(url))
