"""Lets a channel or a provider that fails as a whole rest, instead of failing everybody."""

from collections.abc import Sequence

from channels.base import Outcome, Result, Scope
from service.db.unit_of_work import UnitOfWork
from service.deliveries.queries import limits


def apply_holds(uow: UnitOfWork, channel: str, outcomes: Sequence[Outcome]) -> bool:
    """Hold what *outcomes* condemn, lift what they clear; True if the sender had better stop."""
    condemned = {
        _scope(channel, each): each.retry_after
        for each in outcomes
        if each.scope in (Scope.INSTANCE, Scope.LANE) and each.result is not Result.SENT
    }
    cleared = {
        scope
        for each in outcomes
        if each.result is Result.SENT
        for scope in (("channel", channel), ("lane", _lane(channel, each)))
    }
    for scope in sorted(condemned):
        limits.hold(uow.session, *scope, condemned[scope])
    limits.lift(uow.session, cleared.difference(condemned))
    return ("channel", channel) in condemned


def _scope(channel: str, outcome: Outcome) -> tuple[str, str]:
    if outcome.scope is Scope.INSTANCE:
        return "channel", channel
    return "lane", _lane(channel, outcome)


def _lane(channel: str, outcome: Outcome) -> str:
    return f"{channel}:{outcome.parcel.address.lane}"
