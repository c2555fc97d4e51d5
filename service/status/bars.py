"""Ninety days of each component as bars, and what happened on which day. Pure but for its queries.

A calm day is part of a run and drawn with it; a day with a story is drawn by the share of its
seconds in each state and can be pointed at.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby

from sqlalchemy.orm import Session

from scheduling import zones
from service.pages import queries_log as log
from service.pages.days import Day, days_of, edges, uptime
from service.pages.history import stretches
from service.pages.models import RANK, Component, Page
from service.status.queries_history import Happening, happenings
from service.web.dates import day as in_words
from service.web.i18n import translate

SPAN = 90  # days on a wide screen
SHORT = 30  # days on a narrow one
WIDE, HIGH = 10, 34  # of a day, in the drawing's units
_LEAST = 4  # units high that the smallest share is drawn


@dataclass(frozen=True, slots=True)
class Run:
    """Neighbouring days that look alike: all calm, or all unknown."""

    x: int
    width: int
    state: str
    is_old: bool  # left out on a narrow screen


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a day's column."""

    y: int
    height: int
    state: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A day that can be pointed at."""

    x: int
    day: Day
    stories: tuple[Happening, ...]
    shares: tuple[Share, ...]
    is_old: bool


@dataclass(frozen=True, slots=True)
class Bar:
    """A component's last days."""

    days: Sequence[Day]
    stories: Mapping[date, Sequence[Happening]]

    @property
    def uptime(self) -> int | None:
        """Over all its days, in hundredths of a per cent."""
        return uptime(day.seconds for day in self.days)

    @property
    def recent_uptime(self) -> int | None:
        """Over the days that a narrow screen shows."""
        return uptime(day.seconds for day in self.days[-SHORT:])

    def runs(self) -> list[Run]:
        """Return the days that nothing has to be said of, in as few pieces as possible."""
        kinds = [
            (place, _plain(day, self.stories), place < len(self.days) - SHORT)
            for place, day in enumerate(self.days)
        ]
        found = []
        for (state, is_old), run in groupby(kinds, key=lambda kind: kind[1:]):
            places = [place for place, *_ in run]
            if state:
                found.append(Run(places[0] * WIDE, len(places) * WIDE, state, is_old))
        return found

    def marks(self, *, every: bool = False) -> list[Mark]:
        """Return the days that something has to be said of; *every*: all of them."""
        return [
            Mark(
                place * WIDE,
                day,
                tuple(self.stories.get(day.day, ())),
                _shares(day),
                place < len(self.days) - SHORT,
            )
            for place, day in enumerate(self.days)
            if every or not _plain(day, self.stories)
        ]


def bars(
    session: Session,
    page: Page,
    components: Iterable[Component],
    now: datetime,
) -> dict[int, Bar]:
    """Return the last days of each of *components*, by its id; four statements."""
    today = zones.wall_clock(page.timezone, now).date()
    wanted = edges(page.timezone, today, SPAN)
    start = datetime.fromtimestamp(wanted[0].start, now.tzinfo)
    words = log.words_since(session, page.id, start)
    corrections = log.corrections_since(session, page.id, start)
    told = by_day(happenings(session, page.id, now, start), page.timezone, now)
    return {
        each.id: Bar(
            days_of(
                stretches(
                    words[each.id],
                    corrections[each.id],
                    each.known_since or each.created_at,
                    start,
                    now,
                ),
                wanted,
            ),
            told.get(each.id, {}),
        )
        for each in components
    }


def by_day(
    told: Iterable[Happening], zone: str, now: datetime
) -> Mapping[int, Mapping[date, list[Happening]]]:
    """Return what happened to each component on each day of *zone*."""
    found: defaultdict[int, defaultdict[date, list[Happening]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for each in told:
        first = zones.wall_clock(zone, each.begins).date()
        last = zones.wall_clock(zone, min(each.ended or now, now)).date()
        for back in range(min((last - first).days, SPAN) + 1):
            for component_id in each.components:
                found[component_id][last - timedelta(days=back)].append(each)
    return found


def _plain(day: Day, stories: Mapping[date, Sequence[Happening]]) -> str:
    """The state a day without a story is drawn in; "" where there is one."""
    if stories.get(day.day):
        return ""
    if not day.seconds:
        return "unknown"
    return "operational" if day.is_calm else ""


def _shares(day: Day) -> tuple[Share, ...]:
    """A day's column from the foot up: the worst state first, nothing too thin to be seen."""
    if not day.seconds:
        return (Share(0, HIGH, "unknown"),)
    known = sum(day.seconds.values())
    shares, foot = [], HIGH
    ranked = sorted(day.seconds.items(), key=lambda item: -RANK[item[0]])
    for place, (state, much) in enumerate(ranked):
        rest = place == len(ranked) - 1
        height = foot if rest else min(max(HIGH * much // known, _LEAST), foot - _LEAST)
        foot -= height
        shares.append(Share(foot, height, state.value))
    return tuple(shares)


def day_words(mark: Mark, language: str) -> str:
    """Return what a day's column says: when, how much of it was up, what happened."""
    colon = " :" if language == "fr" else ":"
    said = [translate(language, "state.unknown")]
    if mark.day.uptime is not None:
        worst = translate(language, f"state.{mark.day.worst}")
        said = [percent(mark.day.uptime, language), worst]
    if mark.stories:
        said.append(translate(language, "status.bars.events", count=len(mark.stories)))
    return f"{in_words(mark.day.day, language=language)}{colon} {', '.join(said)}"


def percent(hundredths: int | None, language: str) -> str:
    """Return an uptime in words: `99.98 %`, `100 %`, `—` where nothing is known."""
    if hundredths is None:
        return "—"
    whole, rest = divmod(hundredths, 100)
    point = "," if language == "fr" else "."
    digits = f"{point}{rest:02}".rstrip("0") if rest else ""
    gap = "\u202f" if language == "fr" else ""
    return f"{whole}{digits}{gap}%"
