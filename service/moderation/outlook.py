"""What an approval would set going: who gets it, where, and from which hour of their clock."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from sqlalchemy.orm import Session

from channels.registry import Registry, Unavailable
from scheduling import ramp, zones
from scheduling.waves import next_wave
from service.deliveries.brief import sending_rule
from service.moderation import queries
from service.publications.models import Publication
from service.publications.plans import Plan
from service.subscribers.audience import Audience
from service.subscribers.queries_audience import by_target, sizes

#: Zones named one by one; the others are counted together.
MOST_ZONES = 8


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

    @property
    def local(self) -> datetime | None:
        """That instant on their own clock, naive."""
        return zones.wall_clock(self.zone, self.first) if self.first else None


@dataclass(frozen=True, slots=True)
class Outlook:
    """An audience as it is now, and the plan laid over it."""

    size: int
    people: int  # who are written to along the ramp; the others are told at the start
    targets: tuple[Target, ...]
    channels: tuple[tuple[str, int], ...]
    zones: tuple[ZoneShare, ...]  # the largest first
    other_zones: int  # how many more there are
    never: int  # people whose clock has no allowed hour before the expiry
    stages: tuple[int, ...]  # people in each
    reveals: float  # share of faulty messages that the first stage shows with a chance of 90 %


def outlook(
    session: Session, channels: Registry, publication: Publication, now: datetime
) -> Outlook:
    """Return what approving *publication* at *now* would set going."""
    audience, plan = Audience.from_json(publication.audience), Plan.model_validate(publication.plan)
    counted = sizes(session, audience)
    by_channel = _summed((channel, count) for channel, _, count in counted)
    ramped = {name for name in by_channel if _is_ramped(channels, name)}
    by_zone = _summed((zone, count) for channel, zone, count in counted if channel in ramped)
    people = sum(by_zone.values())
    shares = tuple(
        ZoneShare(zone, count, first_sending(zone, publication, now))
        for zone, count in by_zone.most_common()
    )
    stages = _stages(plan, people)
    return Outlook(
        size=sum(by_channel.values()),
        people=people,
        targets=_targets(session, audience),
        channels=tuple(by_channel.most_common()),
        zones=shares[:MOST_ZONES],
        other_zones=max(0, len(shares) - MOST_ZONES),
        never=sum(share.count for share in shares if share.first is None),
        stages=stages,
        reveals=ramp.reveals(stages[0]) if stages else 1.0,
    )


def first_sending(zone: str, publication: Publication, now: datetime) -> datetime | None:
    """Return when *publication* may first reach somebody in *zone*; None for never."""
    plan = Plan.model_validate(publication.plan)
    known = zone if zones.is_zone(zone) else plan.fallback_zone
    rule = sending_rule(publication, plan)
    wave = next_wave(known, now, rule, plan.late) if publication.expires_at > now else None
    return wave.due_at if wave else None


def _summed(pairs: Iterable[tuple[str, int]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for key, count in pairs:
        total[key] += count
    return total


def _is_ramped(channels: Registry, name: str) -> bool:
    try:
        return channels.push(name).traits.bulk
    except Unavailable:
        return False


def _stages(plan: Plan, people: int) -> tuple[int, ...]:
    ends = plan.growing(people)
    return tuple(after - before for before, after in pairwise((0, *ends)))


def _targets(session: Session, audience: Audience) -> tuple[Target, ...]:
    counts = by_target(session, audience)
    names = queries.target_names(session, audience.pages, audience.lists)
    return tuple(
        Target(kind, names.get((kind, key), {}), count) for (kind, key), count in counts.items()
    )
