"""Writes a rollout's deliveries: one INSERT … SELECT a channel, whatever its size."""

from collections.abc import Mapping, Sequence

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    Subquery,
    and_,
    case,
    cast,
    exists,
    func,
    insert,
    literal,
    select,
)
from sqlalchemy.orm import Session

from scheduling.ramp import Cohort
from service.db.large import allow_memory, join_whole, know_sizes
from service.deliveries.models import Delivery
from service.rollouts.models import Rollout, Segment
from service.rollouts.permutation import UNRAMPED, Permutation
from service.subscribers.audience import Audience
from service.subscribers.models import (
    SHUFFLE_PRIME,
    Address,
    SubscribedComponent,
    SubscribedSection,
    Subscriber,
    Subscription,
)
from service.subscribers.queries_audience import selection

FEW = 1_000  # deliveries that may be looked at once for each person
READ_WHOLE = (Address, SubscribedComponent, SubscribedSection, Subscriber, Subscription)


def locked(session: Session, rollout_id: int) -> Rollout:
    """A rollout, locked until the unit of work ends."""
    return session.scalars(select(Rollout).where(Rollout.id == rollout_id).with_for_update()).one()


def know_audience(session: Session) -> None:
    """Have the database know how many people there are, where most of them are new to it."""
    know_sizes(session, [each.__tablename__ for each in READ_WHOLE])


def segments(session: Session, rollout_id: int) -> Sequence[Segment]:
    """A rollout's segments, in order."""
    return session.scalars(
        select(Segment).where(Segment.rollout_id == rollout_id).order_by(Segment.no)
    ).all()


def missing(
    session: Session, rollout_id: int, audience: Audience
) -> Sequence[tuple[str, str, int]]:
    """(channel, zone, count) of those selected who have no delivery yet."""
    chosen = selection(audience).subquery()
    has_one = exists().where(
        Delivery.rollout_id == rollout_id, Delivery.address_id == chosen.c.address_id
    )
    _prepare(session, last_number(session, rollout_id))
    statement = (
        select(chosen.c.channel, chosen.c.timezone, func.count())
        .where(~has_one)
        .group_by(chosen.c.channel, chosen.c.timezone)
        .order_by(chosen.c.channel, chosen.c.timezone)
    )
    return [(channel, zone, count) for channel, zone, count in session.execute(statement)]


def last_number(session: Session, rollout_id: int) -> int:
    """The highest number given so far; 0 if none is."""
    return (
        session.scalar(select(func.max(Delivery.n)).where(Delivery.rollout_id == rollout_id)) or 0
    )


def write_segments(
    session: Session,
    rollout: Rollout,
    segments: Sequence[Segment],
    audience: Audience,
    big_lanes: Sequence[str],
    cohorts: Sequence[Cohort] = (),
) -> Mapping[int, int]:
    """Write the deliveries of *segments*, all of one channel and kind, numbered on from the last.

    Returns how many each has, by its number.
    """
    before = last_number(session, rollout.id)
    _prepare(session, before)
    ranked = _ranked(rollout, segments, audience, big_lanes, cohorts, has_some=before > 0)
    order = (ranked.c.segment, ranked.c.bucket, ranked.c.rank, ranked.c.address_id)
    source = select(
        literal(rollout.id, BigInteger()),
        literal(before, BigInteger()) + func.row_number().over(order_by=order),
        ranked.c.address_id,
        ranked.c.segment,
        ranked.c.bucket,
        ranked.c.rank,
        ranked.c.matched,
    ).order_by(*order)
    names = ["rollout_id", "n", "address_id", "segment", "bucket", "rank", "matched"]
    session.execute(insert(Delivery).from_select(names, source))
    written = (
        select(Delivery.segment, func.count())
        .where(Delivery.rollout_id == rollout.id, Delivery.n > before)
        .group_by(Delivery.segment)
    )
    return {number: count for number, count in session.execute(written)}  # noqa: C416 - rows are no pairs to dict()


def _prepare(session: Session, written: int) -> None:
    """Ready the database for a large audience, of whom so many have been *written* already."""
    allow_memory(session)
    if written > FEW:
        join_whole(session)


def _ranked(
    rollout: Rollout,
    segments: Sequence[Segment],
    audience: Audience,
    big_lanes: Sequence[str],
    cohorts: Sequence[Cohort],
    *,
    has_some: bool,
) -> Subquery:
    """Those selected for *segments* who have no delivery, with all that orders them."""
    chosen = selection(audience).subquery()
    permutation = Permutation(rollout.permutation_a, rollout.permutation_b)
    cohort = _cohort(cohorts) if cohorts and segments[0].is_ramped else None
    rank = (
        _first_rank(cohort) + permutation.rank(cast(chosen.c.shuffle_key, BigInteger()))
        if segments[0].is_ramped
        else literal(UNRAMPED)
    )
    segment = case(*((chosen.c.timezone.in_(each.zones), each.no) for each in segments))
    bucket = case((chosen.c.lane.in_(big_lanes), chosen.c.lane), else_="")
    has_one = exists().where(
        Delivery.rollout_id == rollout.id, Delivery.address_id == chosen.c.address_id
    )
    people: FromClause = chosen
    if cohort is not None:
        owned = chosen.join(Address, Address.id == chosen.c.address_id)
        people = owned.join(Subscriber, Subscriber.id == Address.subscriber_id)
    return (
        select(
            chosen.c.address_id,
            chosen.c.matched,
            segment.label("segment"),
            rank.label("rank"),
            bucket.label("bucket"),
        )
        .select_from(people)
        .where(
            chosen.c.channel == segments[0].channel,
            chosen.c.timezone.in_([zone for each in segments for zone in each.zones]),
            *([~has_one] if has_some else []),
        )
        .subquery()
    )


def _first_rank(cohort: ColumnElement[int] | None) -> ColumnElement[int]:
    if cohort is None:
        return literal(0, BigInteger())
    return cast(cohort, BigInteger()) * literal(SHUFFLE_PRIME, BigInteger())


def _cohort(cohorts: Sequence[Cohort]) -> ColumnElement[int]:
    """The first cohort that somebody belongs to; everybody else comes after the last."""
    belongs = ((_belongs(cohort), place) for place, cohort in enumerate(cohorts))
    return case(*belongs, else_=len(cohorts))


def _belongs(cohort: Cohort) -> ColumnElement[bool]:
    filters = (
        (Subscriber.client, cohort.clients),
        (Subscriber.region, cohort.regions),
        (Subscriber.group_name, cohort.groups),
    )
    return and_(*(column.in_(names) for column, names in filters if names))


def cohort_zones(
    session: Session, audience: Audience, cohorts: Sequence[Cohort], channels: Sequence[str]
) -> Sequence[tuple[int, str, int]]:
    """(cohort, zone, how many) of an audience on *channels*; everybody else is the last cohort."""
    chosen = selection(audience).subquery()
    number = _cohort(cohorts) if cohorts else literal(0)
    statement = (
        select(number.label("number"), chosen.c.timezone, func.count())
        .join(Address, Address.id == chosen.c.address_id)
        .join(Subscriber, Subscriber.id == Address.subscriber_id)
        .where(chosen.c.channel.in_(channels))
        .group_by("number", chosen.c.timezone)
    )
    return [(place, zone, count) for place, zone, count in session.execute(statement)]


def cohort_sizes(session: Session, rollout_id: int) -> Mapping[int, int]:
    """How many ramped deliveries each cohort has, by its number."""
    cohort = Delivery.rank // literal(SHUFFLE_PRIME, BigInteger())
    counted = (
        select(cohort.label("number"))
        .where(Delivery.rollout_id == rollout_id, Delivery.rank > UNRAMPED)
        .subquery()
    )
    statement = select(counted.c.number, func.count()).group_by(counted.c.number)
    return {number: count for number, count in session.execute(statement)}  # noqa: C416 - rows are no pairs to dict()


def ranks_at(
    session: Session, rollout_id: int, counts: Sequence[int], least: int = 0
) -> Sequence[tuple[int, int]]:
    """(rank, how many have it or a lower one) of the *counts*-th people from rank *least* on.

    Addresses of one subscriber share a rank and are never parted: fewer ranks may come back than
    were asked for, and more people.
    """
    placed = (
        select(
            Delivery.rank,
            func.row_number().over(order_by=Delivery.rank).label("place"),
            func.count().over(order_by=Delivery.rank).label("upto"),  # peers included
        )
        .where(Delivery.rollout_id == rollout_id, Delivery.rank >= least)
        .subquery()
    )
    statement = (
        select(placed.c.rank, placed.c.upto)
        .where(placed.c.place.in_(counts))
        .distinct()
        .order_by(placed.c.rank)
    )
    return [(rank, upto) for rank, upto in session.execute(statement)]


def shares(
    session: Session, rollout_id: int, rank_lo: int, rank_hi: int
) -> Sequence[tuple[int, str, int, int, int]]:
    """(segment, bucket, first n, last n, count) of the people between two ranks, both included.

    Deliveries are numbered by rank inside a bucket of a segment, so each share is one interval.
    """
    statement = (
        select(
            Delivery.segment,
            Delivery.bucket,
            func.min(Delivery.n),
            func.max(Delivery.n),
            func.count(),
        )
        .where(
            Delivery.rollout_id == rollout_id,
            Delivery.rank >= rank_lo,
            Delivery.rank <= rank_hi,
        )
        .group_by(Delivery.segment, Delivery.bucket)
        .order_by(Delivery.segment, Delivery.bucket)
    )
    return list(session.execute(statement))
