"""What an approval would set going: who gets it, where, in which language, who does not and why."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from sqlalchemy.orm import Session

from channels.base import Message, Traits
from channels.registry import Registry
from scheduling import ramp, zones
from scheduling.resting import Resting
from scheduling.rules import QuietHours
from scheduling.waves import next_wave
from service.deliveries.brief import sending_rule
from service.deliveries.manners import manners
from service.deliveries.queries.people import source_names
from service.deliveries.queries.received import over_cap
from service.publications.freezing import thaw
from service.publications.models import Publication
from service.publications.plans import Plan
from service.rollouts.bounds import Bounds, bounds
from service.rollouts.depending import Unmet, foreseen
from service.rollouts.queries.planning import cohort_zones
from service.rollouts.reach import is_ramped, known_zone
from service.subscribers.audience import Audience
from service.subscribers.queries_audience import by_target, sizes
from service.subscribers.queries_preview import (
    Standing,
    Wishes,
    by_locale,
    quiet_hours,
    skipped_zones,
    standings,
)

#: Zones named one by one where there is little room; the others are counted together.
MOST_ZONES = 8
#: Why somebody concerned gets nothing as things are.
SKIPPED = (
    Standing.ERASED,
    Standing.SUPPRESSED,
    Standing.PAUSED,
    Standing.DIGESTED,
    Standing.CAPPED,
)
#: Quiet hours that are told apart: who keeps rarer ones is taken to keep these.
MOST_QUIET = 200


@dataclass(frozen=True, slots=True)
class Target:
    """A page or list, and how many of its subscribers are concerned."""

    kind: str
    name: dict[str, str]
    count: int


@dataclass(frozen=True, slots=True)
class ZoneShare:
    """The people of one time zone and when the first of them may get it; None: never."""

    zone: str
    count: int
    first: datetime | None
    clock: str  # the zone whose clock counts: the plan's where nobody knows theirs
    page: str  # the zone of the page or list it speaks for

    @property
    def local(self) -> datetime | None:
        """That instant on their own clock, naive."""
        return zones.wall_clock(self.clock, self.first) if self.first else None

    @property
    def here(self) -> datetime | None:
        """The same on the page's clock, naive."""
        return zones.wall_clock(self.page, self.first) if self.first else None


@dataclass(frozen=True, slots=True)
class Reading:
    """People who chose one language, and the one they will read."""

    chosen: str
    read: str
    count: int


@dataclass(frozen=True, slots=True)
class Outlook:
    """An audience as it is now, and the plan laid over it."""

    size: int
    people: int  # who are written to along the ramp; the others are told at the start
    targets: tuple[Target, ...]
    channels: tuple[tuple[str, int], ...]
    readings: tuple[Reading, ...]
    every_zone: tuple[ZoneShare, ...]  # the largest first
    left_out: Mapping[Standing, int]  # known to a target and not written to, by reason
    cohorts: tuple[Mapping[str, int], ...]  # people by clock; everybody else is the last
    stages: tuple[int, ...]  # people in each, the cohorts' first
    held_out: int  # people who are kept out, to compare with
    bounds: Bounds
    quiet: tuple[Resting, ...]  # the people who keep quiet hours that it respects
    skipped: Mapping[str, int]  # people by clock who would get nothing as things are
    unmet: tuple[Unmet, ...]  # what it would wait for first
    reveals: float  # share of faulty messages that the first stage shows with a chance of 90 %
    page: str  # the zone of the page or list it speaks for

    @property
    def zones(self) -> tuple[ZoneShare, ...]:
        """The zones that are named where there is little room."""
        return self.every_zone[:MOST_ZONES]

    @property
    def other_zones(self) -> int:
        """How many more there are."""
        return max(0, len(self.every_zone) - MOST_ZONES)

    @property
    def never(self) -> int:
        """People whose clock has no allowed hour before the expiry."""
        return sum(share.count for share in self.every_zone if share.first is None)

    @property
    def written(self) -> int:
        """Of the audience, who would be written to as things are now."""
        missing = sum(self.left_out.get(each, 0) for each in SKIPPED)
        return self.size - missing - self.never - self.held_out

    @property
    def softs(self) -> tuple[Mapping[str, int], ...]:
        """People by clock of the stages that are a cohort's."""
        return tuple(people for people in self.cohorts[:-1] if people)

    def by_clock(self) -> dict[str, int]:
        """People by the zone whose clock counts for them."""
        return dict(_summed((share.clock, share.count) for share in self.every_zone))


def outlook(
    session: Session, channels: Registry, publication: Publication, now: datetime
) -> Outlook:
    """Return what approving *publication* at *now* would set going."""
    audience, plan = Audience.from_json(publication.audience), Plan.model_validate(publication.plan)
    counted = sizes(session, audience)
    by_channel = _summed((channel, count) for channel, _, count in counted)
    ramped = {name for name in by_channel if is_ramped(channels, name)}
    by_zone = _summed((zone, count) for channel, zone, count in counted if channel in ramped)
    people = sum(by_zone.values())
    cohorts = _cohorts(session, audience, plan, sorted(ramped))
    soft = tuple(sum(each.values()) for each in cohorts[:-1] if each)
    held_out = min(plan.held_out(people), sum(cohorts[-1].values()))
    ends = plan.growing(sum(cohorts[-1].values()) - held_out)
    stages = (*soft, *(after - before for before, after in pairwise((0, *ends))))
    wishes = _wishes(session, publication, plan, ramped, now)
    known = standings(session, audience, now, wishes)
    return Outlook(
        size=sum(by_channel.values()),
        people=people,
        targets=_targets(session, audience),
        channels=tuple(by_channel.most_common()),
        readings=tuple(_readings(session, audience, thaw(publication.content))),
        every_zone=tuple(
            _share(zone, count, publication, plan, now) for zone, count in by_zone.most_common()
        ),
        left_out={
            each: known[each] for each in Standing if known.get(each) and each != "concerned"
        },
        cohorts=cohorts,
        stages=stages,
        held_out=held_out,
        bounds=bounds(session, publication, plan, _traits(channels, ramped), now),
        quiet=_quiet(session, publication, plan, audience, ramped),
        skipped=_by_clock(skipped_zones(session, audience, now, wishes), plan),
        unmet=tuple(foreseen(session, publication)),
        reveals=ramp.reveals(stages[0]) if stages else 1.0,
        page=plan.fallback_zone,
    )


def _cohorts(
    session: Session, audience: Audience, plan: Plan, channels: Sequence[str]
) -> tuple[Mapping[str, int], ...]:
    """People by the zone whose clock counts, cohort by cohort; everybody else comes last."""
    found: list[Counter[str]] = [Counter() for _ in range(len(plan.cohorts) + 1)]
    for place, zone, count in cohort_zones(session, audience, plan.cohorts, channels):
        found[place][known_zone(zone, plan.fallback_zone)] += count
    return tuple(found)


def _wishes(
    session: Session, publication: Publication, plan: Plan, persons: set[str], now: datetime
) -> Wishes:
    """What it respects of people's wishes, when it may leave for the first time."""
    respected = manners(publication)
    first = max(now, plan.not_before or now)
    return Wishes(
        tuple(sorted(persons)),
        respected.digests,
        over_cap(session, first) if respected.caps else None,
    )


def _traits(channels: Registry, names: set[str]) -> Mapping[str, Traits]:
    return {name: channels.push(name).traits for name in sorted(names)}


def _by_clock(zones: Mapping[str, int], plan: Plan) -> Mapping[str, int]:
    clocks = ((known_zone(zone, plan.fallback_zone), count) for zone, count in zones.items())
    return dict(_summed(clocks))


def _quiet(
    session: Session, publication: Publication, plan: Plan, audience: Audience, channels: set[str]
) -> tuple[Resting, ...]:
    if not manners(publication).quiet:
        return ()
    found = quiet_hours(session, audience, channels)
    everybody = sum(count for *_, count in found)
    known = sum(count for *_, count in found[:MOST_QUIET])
    return tuple(
        Resting(
            known_zone(zone, plan.fallback_zone), QuietHours(start, end), count * everybody // known
        )
        for zone, start, end, count in found[:MOST_QUIET]
        if start != end
    )


def _share(zone: str, count: int, publication: Publication, plan: Plan, now: datetime) -> ZoneShare:
    clock = known_zone(zone, plan.fallback_zone)
    rule = sending_rule(publication, plan)
    wave = next_wave(clock, now, rule, plan.late) if publication.expires_at > now else None
    return ZoneShare(zone, count, wave.due_at if wave else None, clock, plan.fallback_zone)


def _readings(session: Session, audience: Audience, message: Message) -> Iterable[Reading]:
    written = tuple(message.texts)
    chosen = _summed((locale, count) for _, locale, count in by_locale(session, audience))
    for locale, count in chosen.most_common():
        read = next(code for code in written if message.texts[code] is message.text(locale))
        yield Reading(locale, read, count)


def _summed(pairs: Iterable[tuple[str, int]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for key, count in pairs:
        total[key] += count
    return total


def _targets(session: Session, audience: Audience) -> tuple[Target, ...]:
    counts = by_target(session, audience)
    names = source_names(session, audience.pages, audience.lists)
    return tuple(
        Target(kind, names.get((kind, key), {}), count) for (kind, key), count in counts.items()
    )
