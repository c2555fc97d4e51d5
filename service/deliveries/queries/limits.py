"""What holds a channel or a lane back for a while."""

from collections.abc import Collection

from sqlalchemy import Delete, String, delete, literal, select, tuple_
from sqlalchemy.orm import Session

from service.db.arrays import Given
from service.db.clock import database_seconds
from service.db.statements import once_per_dialect, table
from service.db.upsert import upsert
from service.deliveries.models import Limit

FIRST_SECONDS = 5.0
LONGEST_SECONDS = 300.0

_SCOPES = Given({"scope": String(), "key": String()})


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


def lift(session: Session, scopes: Collection[tuple[str, str]]) -> None:
    """Forget the failures of some (scope, key): they work again."""
    if scopes:
        session.execute(
            _lifting(session), _SCOPES.parameters(session, list(zip(*scopes, strict=True)))
        )


@once_per_dialect
def _lifting(session: Session) -> Delete:
    limit, given = table(Limit), _SCOPES.table(session)
    lifted = select(given.c.scope, given.c.key)
    return delete(limit).where(tuple_(limit.c.scope, limit.c.key).in_(lifted))


def held(session: Session) -> dict[tuple[str, str], float]:
    """What is held back now, and for how many seconds more."""
    left = Limit.hold_until - database_seconds()
    rows = session.execute(select(Limit.scope, Limit.key, left).where(left > 0))
    return {(scope, key): seconds for scope, key, seconds in rows}


def held_lanes(session: Session, channel: str) -> frozenset[str] | None:
    """The lanes of *channel* that are held back now; None if the whole channel is."""
    found = held(session)
    if ("channel", channel) in found:
        return None
    prefix = f"{channel}:"
    lanes = (key for scope, key in found if scope == "lane" and key.startswith(prefix))
    return frozenset(key.removeprefix(prefix) for key in lanes)
