"""Which rates a batch must keep to, and what happens when there are no tokens left."""

from collections.abc import Sequence

from channels.registry import Registry
from scheduling.rates import MINUTE, Rate
from service.db.unit_of_work import UnitOfWork
from service.deliveries.brief import Brief
from service.deliveries.models import BEHIND, LimitScope, Slice
from service.deliveries.queries import limits
from service.deliveries.queries.limits import EVERYTHING, Metered
from service.errors import invalid
from service.publications.models import Purpose


def must_be_limitable(channels: Registry, scope: str, key: str) -> None:
    """Refuse a rate that nothing would ever keep to. Raises `Invalid`."""
    known: tuple[str, ...] = (EVERYTHING,)
    if scope == LimitScope.CHANNEL:
        known = channels.push_names()
    elif scope == LimitScope.PROVIDER:
        known = tuple(
            f"{name}:{lane}"
            for name in channels.push_names()
            for lane in sorted(channels.push(name).traits.big_lanes)
        )
    if scope != LimitScope.SENDER and key not in known:
        raise invalid("/key", f"nothing is limited as {key}; use one of: {', '.join(known)}")


def rates_of(uow: UnitOfWork, brief: Brief, row: Slice, bucket: str) -> Sequence[Metered]:
    """The rates that *row*'s messages behind *bucket* keep to, the slowest first.

    None for single mail: somebody waits for a confirmation: a rate is for what is sent to many.
    """
    if brief.purpose is not Purpose.BULK:
        return ()
    places = [
        (LimitScope.GLOBAL, EVERYTHING),
        (LimitScope.SENDER, brief.message.sender.address),
        (LimitScope.CHANNEL, row.channel),
        *((scope, f"{row.channel}:{bucket}") for scope in BEHIND if bucket),
    ]
    own = brief.plan.per_minute
    planned = [Metered(LimitScope.ROLLOUT, str(row.rollout_id), Rate(own, MINUTE))] if own else []
    return [*planned, *limits.rates(uow.session, places)]


def spend(uow: UnitOfWork, brief: Brief, row: Slice, lane: str, wanted: int) -> int:
    """How many of *wanted* single messages behind *lane* may leave now."""
    for metered in rates_of(uow, brief, row, lane):
        tokens, seconds = limits.lease(uow.session, metered, wanted)
        if not tokens:
            leave_alone(uow, row, metered, seconds)
            return 0
        wanted = tokens
    return wanted


def leave_alone(uow: UnitOfWork, row: Slice, lacking: Metered, seconds: float) -> None:
    """Let nobody claim *row*'s like before there may be tokens again."""
    if lacking.scope in BEHIND:
        return  # its own row says so already
    limits.rest(uow.session, LimitScope.ROLLOUT, str(row.rollout_id), seconds)
