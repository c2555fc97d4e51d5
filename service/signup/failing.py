"""Whether mail to an address fails, as its owner is told on their page."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from service.bounces import queries as bounces
from service.bounces.policy import failing_since
from service.signup import queries
from service.signup.actions.requests import CHANNEL
from service.signup.deciding import MEMORY
from service.signup.models import SignupDecision
from service.subscribers.models import Address, Suppression


class Trouble(StrEnum):
    """What is wrong, by the name of its words."""

    LATELY = "failing_lately"  # messages came back; we go on
    STOPPED = "failing"  # so many that we have stopped
    BARRED = "stopped"  # staff stopped it: no test helps


@dataclass(frozen=True, slots=True)
class Failing:
    """Mail that does not arrive, and the test that its owner asked for meanwhile."""

    trouble: Trouble
    since: datetime
    tested_at: datetime | None = None
    is_test_back: bool = False  # what was sent since came back as well

    @property
    def can_test(self) -> bool:
        """Whether a test mail may show that it works again."""
        return self.trouble is not Trouble.BARRED


def failing(session: Session, address: Address, now: datetime) -> Failing | None:
    """Return how mail to *address* fails; None where it arrives, as far as we know."""
    if address.channel != CHANNEL:
        return None
    if address.suppressed_at and address.suppressed_reason != Suppression.BOUNCE:
        return Failing(Trouble.BARRED, address.suppressed_at)
    history = bounces.history(session, address.id)
    since = failing_since(history, now)
    trouble = Trouble.STOPPED if address.suppressed_at else Trouble.LATELY
    first = min(filter(None, (since, address.suppressed_at)), default=None)
    if first is None:
        return None
    tested = _tested_at(session, address, max(first, now - MEMORY))
    is_back = tested is not None and any(each.weight and each.at >= tested for each in history)
    return Failing(trouble, first, tested, is_back)


def _tested_at(session: Session, address: Address, since: datetime) -> datetime | None:
    mailed = queries.mailed(session, address.channel, address.key, since)
    return max((it.at for it in mailed if it.decision is SignupDecision.TEST), default=None)
