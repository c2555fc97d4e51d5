"""Lets a channel or a provider that fails as a whole rest, instead of failing everybody."""

from collections.abc import Sequence

from channels.base import Outcome, Result, Scope
from service.db.unit_of_work import UnitOfWork
from service.deliveries.queries import limits


def apply_holds(uow: UnitOfWork, channel: str, outcomes: Sequence[Outcome]) -> bool:
    """Hold what *outcomes* condemn, lift what they clear; True if the sender had better stop."""
    condemned = {
        (each.scope, "" if each.scope is Scope.INSTANCE else each.parcel.address.lane): each
        for each in outcomes
        if each.scope in (Scope.INSTANCE, Scope.LANE) and each.result is not Result.SENT
    }
    for (scope, lane), outcome in condemned.items():
        if scope is Scope.INSTANCE:
            limits.hold(uow.session, "channel", channel, outcome.retry_after)
        else:
            limits.hold(uow.session, "lane", f"{channel}:{lane}", outcome.retry_after)
    if not condemned and any(each.result is Result.SENT for each in outcomes):
        limits.lift(uow.session, "channel", channel)
    return any(scope is Scope.INSTANCE for scope, _ in condemned)
