"""When an address is suppressed, and when too many at once are somebody else's fault. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from channels.base import Reason
from channels.email.bounces.causes import SOFT, Cause
from channels.email.bounces.classify import Finding
from service.deliveries.models import Echo

APART = timedelta(hours=24)  # between two messages that prove a death together
SILENCE = timedelta(hours=24)  # after which a message that nobody returned has arrived
PROVEN = timedelta(days=7)  # how long after its confirmation an address counts as fresh
LAST, SOFT_MOST, SOFT_DAYS = 5, 3, 3
WINDOW = timedelta(minutes=15)
USUAL = timedelta(days=7)  # over which a provider's mean is taken
FEWEST = 10  # bounces that can be a storm
STORMY = (Echo.HARD_BOUNCE, Echo.SOFT_BOUNCE)  # what is held against an address
SHARE, JUMP = 0.05, 10


@dataclass(frozen=True, slots=True)
class Sent:
    """One message to an address, and what came back of it."""

    at: datetime
    weight: Echo | None = None
    returned_at: datetime | None = None

    def arrived(self, now: datetime) -> bool:
        """Whether nothing came back for so long that it must have been taken."""
        return self.weight is None and now - self.at >= SILENCE


def verdict(history: Sequence[Sent], verified_at: datetime | None, now: datetime) -> str:
    """Why the address of *history*, oldest first, is to be suppressed; "" if it is not.

    A fresh address at its first hard bounce; an old one after hard bounces of two messages a day
    apart, with nothing taken in between; either when its mailbox refused three of the last five
    messages on three days.
    """
    hard: list[datetime] = []
    has_worked = verified_at is not None and now - verified_at > PROVEN
    for each in history:
        if each.weight is Echo.HARD_BOUNCE:
            hard.append(each.returned_at or each.at)
        elif each.arrived(now):
            hard, has_worked = [], True
    if hard and (not has_worked or max(hard) - min(hard) >= APART):
        return "hard"
    return "soft" if _is_worn_out(history, now) else ""


def failing_since(history: Sequence[Sent], now: datetime) -> datetime | None:
    """Since when every message of *history*, oldest first, came back; None if the last arrived."""
    since: datetime | None = None
    for each in history:
        if each.weight is not None:
            since = since or each.returned_at or each.at
        elif each.arrived(now):
            since = None
    return since


def _is_worn_out(history: Sequence[Sent], now: datetime) -> bool:
    settled = [each for each in history if each.weight or each.arrived(now)][-LAST:]
    if not settled or settled[-1].weight is None:  # the last one was taken: it works again
        return False
    soft = [each for each in settled if each.weight is Echo.SOFT_BOUNCE]
    days = [(each.returned_at or each.at).date() for each in soft]
    return len(days) >= SOFT_MOST and len(set(days)) >= SOFT_DAYS


def is_storm(came: int, sent: int, before: int) -> bool:
    """Whether *came* bounces of one weight and provider are too many for a quarter of an hour.

    *sent* is what it was given meanwhile, *before* how many came back in the week before.
    """
    usual = before / (USUAL / WINDOW)
    return came >= FEWEST and came > SHARE * sent and came > JUMP * usual


def weight_of(finding: Finding) -> Echo | None:
    """How much a finding in a returned mail weighs; None for what is still under way."""
    if finding.delayed or finding.cause in _NOTHING:
        return None
    if finding.hard:
        return Echo.HARD_BOUNCE
    return Echo.SOFT_BOUNCE if finding.cause in SOFT | {Cause.FILTERED} else Echo.BLAME


#: What a refusal in our own SMTP session weighs, by the reason the channel gave.
REFUSALS: dict[str, tuple[Echo, Cause]] = {
    Reason.UNKNOWN_RECIPIENT: (Echo.HARD_BOUNCE, Cause.USER_UNKNOWN),
    Reason.BAD_DOMAIN: (Echo.HARD_BOUNCE, Cause.HOST_UNKNOWN),
    Reason.MAILBOX_FULL: (Echo.SOFT_BOUNCE, Cause.MAILBOX_FULL),
    Reason.MAILBOX_DISABLED: (Echo.SOFT_BOUNCE, Cause.SUSPEND),
    Reason.POLICY: (Echo.BLAME, Cause.POLICY_VIOLATION),
    Reason.CONTENT: (Echo.BLAME, Cause.CONTENT_ERROR),
    Reason.TOO_LARGE: (Echo.BLAME, Cause.MESSAGE_TOO_BIG),
}
_NOTHING = frozenset({Cause.DELIVERED, Cause.VACATION, Cause.FEEDBACK, Cause.UNDEFINED})
