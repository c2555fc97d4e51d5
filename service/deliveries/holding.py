"""Lets a channel or a provider that fails as a whole rest, instead of failing everybody.

A provider that throttles is sent to half as fast afterwards, and then a little faster with each
batch that it takes.
"""

from collections.abc import Collection, Sequence

from channels.base import Outcome, Reason, Result, Scope
from service.db.unit_of_work import UnitOfWork
from service.deliveries.models import LimitScope
from service.deliveries.queries import limits
from service.deliveries.queries.limits import Place


def apply_holds(
    uow: UnitOfWork,
    channel: str,
    outcomes: Sequence[Outcome],
    slowed: Collection[str] = (),
    *,
    is_lifting: bool = True,
) -> bool:
    """Hold what *outcomes* condemn, lift what they clear; True if the sender had better stop.

    *slowed* are the lanes known to be sent to slowly; only they are looked at for a recovery. Where
    nothing is known to have failed there is nothing to lift.
    """
    condemned = {
        _place(channel, each): each.retry_after
        for each in outcomes
        if each.scope in (Scope.INSTANCE, Scope.LANE) and each.result is not Result.SENT
    }
    cleared = {
        place
        for each in outcomes
        if each.result is Result.SENT
        for place in ((LimitScope.CHANNEL, channel), (LimitScope.LANE, _lane(channel, each)))
    }.difference(condemned)
    throttling = {
        _lane(channel, each)
        for each in outcomes
        if each.scope is Scope.LANE
        and each.reason is Reason.THROTTLED
        and each.result is not Result.SENT
    }
    for place in sorted(condemned):
        limits.hold(uow.session, *place, condemned[place])
    for lane in sorted(throttling):
        limits.slow_down(uow.session, lane)
    if is_lifting:
        limits.lift(uow.session, cleared)
    if recovering := {key for _, key in cleared}.intersection(slowed):
        limits.speed_up(uow.session, recovering)
    return (LimitScope.CHANNEL, channel) in condemned


def _place(channel: str, outcome: Outcome) -> Place:
    if outcome.scope is Scope.INSTANCE:
        return LimitScope.CHANNEL, channel
    return LimitScope.LANE, _lane(channel, outcome)


def _lane(channel: str, outcome: Outcome) -> str:
    return f"{channel}:{outcome.parcel.address.lane}"
