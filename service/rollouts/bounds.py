"""What bounds a rollout from outside its plan: rates it shares with others, and known freezes."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter

from sqlalchemy.orm import Session

from channels.base import Traits
from scheduling.lanes import Lane
from scheduling.rates import MINUTE, Rate, Warming
from scheduling.windows import Interval, merged
from service.deliveries.models import BEHIND, LimitScope
from service.deliveries.queries import limits
from service.deliveries.queries.limits import EVERYTHING, Place
from service.publications.freezing import thaw
from service.publications.models import Publication
from service.publications.plans import Plan
from service.rollouts.depending import asks_calendar
from service.rollouts.queries import needs
from service.subscribers.audience import Audience
from service.subscribers.queries_preview import by_lane


@dataclass(frozen=True, slots=True)
class Bounds:
    """The slowest rate of all (None: none), a new sender's as it grows, and the freezes to come."""

    per_minute: float | None = None
    warming: Warming | None = None
    freezes: tuple[Interval, ...] = ()
    lanes: tuple[Lane, ...] = ()  # providers with a rate, and who is behind them


def bounds(
    session: Session,
    publication: Publication,
    plan: Plan,
    channels: Mapping[str, Traits],
    now: datetime,
) -> Bounds:
    """What bounds *publication* from *now* on, sent on *channels*."""
    courses = shared_rates(session, publication, channels).values()
    rates = [each.most * MINUTE / each.period for each in courses if isinstance(each, Rate)]
    warming = next((each for each in courses if isinstance(each, Warming)), None)
    found = needs.freezes(session, now) if asks_calendar(plan, publication.urgency) else ()
    periods = sorted(
        (Interval(each.starts_at, each.ends_at) for each in found), key=attrgetter("start")
    )
    lanes = tuple(_lanes(session, publication, channels))
    return Bounds(min(rates, default=None), warming, tuple(merged(periods)), lanes)


def _lanes(
    session: Session, publication: Publication, channels: Mapping[str, Traits]
) -> Iterator[Lane]:
    """The providers among *channels* that may be sent no more than so much, and who is there."""
    known = [(name, lane) for name, traits in channels.items() for lane in traits.big_lanes]
    places = [(scope, ":".join(lane)) for scope in BEHIND for lane in known]
    found = {each.key: each.rate for each in reversed(limits.rates(session, places))}
    limited = [lane for lane in known if ":".join(lane) in found]
    counted = by_lane(session, Audience.from_json(publication.audience), limited)
    for lane, people in sorted(counted.items()):
        rate = found[":".join(lane)]  # the slowest of those it has
        yield Lane(":".join(lane), people, rate.most * MINUTE / rate.period)


def shared_rates(
    session: Session, publication: Publication, channels: Collection[str]
) -> Mapping[Place, Rate | Warming]:
    """The rates that all messages of *publication* on *channels* keep to, beside its plan's own.

    That of a channel counts where there is no other; those of single providers bound only a part.
    """
    sender = thaw(publication.content).sender.address
    places: list[Place] = [(LimitScope.GLOBAL, EVERYTHING), (LimitScope.SENDER, sender)]
    if len(channels) == 1:
        places.append((LimitScope.CHANNEL, next(iter(channels))))
    return limits.courses(session, places)
