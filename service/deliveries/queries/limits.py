"""The one table of limits: rates, and what rests because it failed or was asked to."""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import NamedTuple

from sqlalchemy import Delete, String, Update, case, delete, exists, literal, select, tuple_
from sqlalchemy import update as update_of
from sqlalchemy.orm import Session

from scheduling.rates import MINUTE, Rate, Warming, recovered, slowed
from service.db.arrays import Given
from service.db.clock import database_seconds
from service.db.statements import once_per_dialect, table
from service.db.upsert import upsert
from service.deliveries.models import BEHIND, Limit, LimitScope

FIRST_SECONDS = 5.0
LONGEST_SECONDS = 300.0
EVERYTHING = "all"  # the key of the only global limit

_SCOPES = Given({"scope": String(), "key": String()})

Place = tuple[str, str]
"""(scope, key) of a limit."""


class Metered(NamedTuple):
    """A rate, and where it is kept."""

    scope: str
    key: str
    rate: Rate


def hold(session: Session, scope: str, key: str, asked: float | None) -> None:
    """Hold (*scope*, *key*) back, twice as long with each failure in a row, or as *asked*."""
    failures = session.scalar(
        select(Limit.failures).where(Limit.scope == scope, Limit.key == key).with_for_update()
    )
    seconds = min(asked or FIRST_SECONDS * 2 ** min(failures or 0, 10), LONGEST_SECONDS)
    insert = upsert(session, Limit).values(
        scope=scope,
        key=key,
        hold_until=database_seconds() + literal(seconds),
        failures=(failures or 0) + 1,
    )
    session.execute(
        insert.on_conflict_do_update(
            index_elements=["scope", "key"],
            set_={
                "hold_until": insert.excluded.hold_until,
                "failures": insert.excluded.failures,
            },
        )
    )


def rest(session: Session, scope: str, key: str, seconds: float) -> None:
    """Let nobody ask for (*scope*, *key*) for some *seconds*: it has no token before."""
    insert = upsert(session, Limit).values(
        scope=scope, key=key, hold_until=database_seconds() + literal(seconds), failures=0
    )
    session.execute(
        insert.on_conflict_do_update(
            index_elements=["scope", "key"], set_={"hold_until": insert.excluded.hold_until}
        )
    )


def lift(session: Session, places: Collection[Place]) -> None:
    """Forget the failures of some (scope, key): they work again. A rate that one has stays."""
    if places:
        given = _SCOPES.parameters(session, list(zip(*places, strict=True)))
        session.execute(_lifting(session), given)
        session.execute(_forgiving(session), given)


def any_failing(session: Session) -> bool:
    """Does anything rest, or start again, that `lift` would forget."""
    return bool(session.scalar(_FAILING))


_LIMIT = table(Limit).c
_FAILING = select(exists().where(_LIMIT.failures > 0))


@once_per_dialect
def _lifting(session: Session) -> Delete:
    limit, given = table(Limit), _SCOPES.table(session)
    lifted = select(given.c.scope, given.c.key)
    return delete(limit).where(
        tuple_(limit.c.scope, limit.c.key).in_(lifted),
        limit.c.most.is_(None),
        limit.c.warm_from.is_(None),
    )


@once_per_dialect
def _forgiving(session: Session) -> Update:
    limit, given = table(Limit), _SCOPES.table(session)
    lifted = select(given.c.scope, given.c.key)
    return (
        update_of(limit)
        .where(tuple_(limit.c.scope, limit.c.key).in_(lifted), limit.c.failures > 0)
        .values(failures=0)
    )


def slow_down(session: Session, lane: str) -> None:
    """Send half as fast to *lane*, which was just held back because it throttles."""
    where = (Limit.scope == LimitScope.LANE, Limit.key == lane)
    most = session.scalar(select(Limit.most).where(*where).with_for_update())
    set_by_staff = rates(session, [(LimitScope.PROVIDER, lane)])
    borne = [each.rate.most * MINUTE / each.rate.period for each in set_by_staff]
    slower = slowed(min(filter(None, (most, *borne)), default=None))
    session.execute(_changed(*where).values(most=slower, period=MINUTE))


def speed_up(session: Session, lanes: Collection[str]) -> None:
    """Send a little faster to *lanes* that were slowed down and take messages again."""
    where = (Limit.scope == LimitScope.LANE, Limit.key.in_(lanes), Limit.most.is_not(None))
    rows = session.execute(
        select(Limit.key, Limit.most).where(*where).order_by(Limit.key).with_for_update()
    ).all()
    for key, most in rows:
        faster = recovered(most or 0.0)
        session.execute(
            _changed(Limit.scope == LimitScope.LANE, Limit.key == key).values(
                most=faster, period=MINUTE if faster else None, failures=0
            )
        )


def held(session: Session) -> dict[Place, float]:
    """What is held back now, and for how many seconds more."""
    until = case((Limit.free_at > Limit.hold_until, Limit.free_at), else_=Limit.hold_until)
    left = until - database_seconds()
    rows = session.execute(select(Limit.scope, Limit.key, left).where(left > 0))
    return {(scope, key): seconds for scope, key, seconds in rows}


def held_lanes(session: Session, channel: str) -> frozenset[str] | None:
    """The lanes of *channel* that are held back now; None if the whole channel is."""
    found = held(session)
    if (LimitScope.CHANNEL, channel) in found:
        return None
    prefix = f"{channel}:"
    lanes = (key for scope, key in found if scope in BEHIND and key.startswith(prefix))
    return frozenset(key.removeprefix(prefix) for key in lanes)


def slowed_lanes(session: Session, lanes: Collection[str]) -> frozenset[str]:
    """Those of some lanes (`email:google`) that have a rate, by staff or since they throttled."""
    where = (Limit.scope.in_(BEHIND), Limit.key.in_(lanes), Limit.most.is_not(None))
    return frozenset(session.scalars(select(Limit.key).where(*where)))


def rates(session: Session, places: Collection[Place]) -> Sequence[Metered]:
    """The rates of those of *places* that have one, the slowest first."""
    found = [
        Metered(scope, key, course if isinstance(course, Rate) else course.rate(timedelta()))
        for (scope, key), course in courses(session, places).items()
    ]
    return sorted(found, key=lambda each: each.rate.most / each.rate.period)


def courses(session: Session, places: Collection[Place]) -> Mapping[Place, Rate | Warming]:
    """The rates of those of *places* that have one, as they go on from now."""
    age = database_seconds() - Limit.warm_from
    rows = session.execute(
        select(Limit.scope, Limit.key, Limit.most, Limit.period, age).where(
            tuple_(Limit.scope, Limit.key).in_(list(places)),
            Limit.most.is_not(None) | Limit.warm_from.is_not(None),
        )
    )
    return {
        (scope, key): _course(most, period, seconds) for scope, key, most, period, seconds in rows
    }


def lease(session: Session, metered: Metered, wanted: int) -> tuple[int, float]:
    """Take up to *wanted* tokens, a second's worth at most: (tokens, seconds until there are some).

    One conditional update decides between all processes; tokens not spent within a second are
    void.
    """
    tokens = min(wanted, metered.rate.lot)
    limit = table(Limit).c
    insert = upsert(session, Limit).values(
        scope=metered.scope,
        key=metered.key,
        hold_until=0.0,
        failures=0,
        free_at=database_seconds() + literal(tokens * metered.rate.pause),
    )
    taken = session.scalar(
        insert.on_conflict_do_update(
            index_elements=["scope", "key"],
            set_={"free_at": insert.excluded.free_at},
            where=limit.free_at <= database_seconds(),
        ).returning(limit.key)
    )
    if taken is not None:
        return tokens, 0.0
    return 0, _seconds_left(session, metered)


def _seconds_left(session: Session, metered: Metered) -> float:
    left = select(Limit.free_at - database_seconds()).where(
        Limit.scope == metered.scope, Limit.key == metered.key
    )
    return max(session.scalar(left) or 0.0, 0.01)


def set_rate(session: Session, scope: str, key: str, rate: Rate | None) -> None:
    """Let at most *rate* pass at (*scope*, *key*); None takes the limit away."""
    if rate is None:
        session.execute(delete(Limit).where(Limit.scope == scope, Limit.key == key))
    else:
        values = {"most": rate.most, "period": rate.period, "warm_from": None}
        _keep(session, scope, key, values)


def warm_up(session: Session, sender: str, target: float | None) -> None:
    """Let *sender*, which is new, begin slowly and grow up to *target* messages an hour."""
    values = {"most": target, "period": None, "warm_from": database_seconds()}
    _keep(session, LimitScope.SENDER, sender, values)


def every(session: Session) -> Sequence[Limit]:
    """All limits that staff set or that a far side caused, in order."""
    return session.scalars(select(Limit).order_by(Limit.scope, Limit.key)).all()


def forget_idle(session: Session, rollouts: Collection[int]) -> None:
    """Remove the limits of *rollouts* that are over."""
    keys = [str(rollout_id) for rollout_id in rollouts]
    session.execute(
        delete(Limit)
        .where(Limit.scope == LimitScope.ROLLOUT, Limit.key.in_(keys))
        .execution_options(synchronize_session=False)
    )


def rate_of(row: Limit, now: float) -> Rate | None:
    """The rate a limit stands for at *now*, on the database's clock."""
    if row.most is None and row.warm_from is None:
        return None
    age = None if row.warm_from is None else now - row.warm_from
    course = _course(row.most, row.period, age)
    return course if isinstance(course, Rate) else course.rate(timedelta())


def now_at_database(session: Session) -> float:
    """The time on the database's clock."""
    return float(session.scalar(select(database_seconds())) or 0.0)


def _course(most: float | None, period: int | None, age: float | None) -> Rate | Warming:
    if age is not None:
        return Warming(most, timedelta(seconds=age))
    return Rate(most or 1.0, period or MINUTE)


def _keep(session: Session, scope: str, key: str, values: Mapping[str, object]) -> None:
    insert = upsert(session, Limit).values(
        scope=scope, key=key, hold_until=0.0, failures=0, **values
    )
    session.execute(
        insert.on_conflict_do_update(
            index_elements=["scope", "key"],
            set_={name: insert.excluded[name] for name in values},
        )
    )


def _changed(*where: object) -> Update:
    return update_of(Limit).where(*where).execution_options(synchronize_session=False)  # type: ignore[arg-type]
