"""What happens to events without anybody asking: the ticker's part."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from service.events import queries, queries_keeping
from service.events import queries_handbook as handbook
from service.events.actions import follow_approvals
from service.events.chasing import chase, name_holders
from service.events.keeping import BEFORE, BEFORE_DEADLINE, keep
from service.events.recurring import carry_on
from service.events.withdrawing import follow_retractions
from service.queue import Actor
from service.runtime import Runtime


def jobs(_rt: Runtime) -> Mapping[Actor, Callable[[str], None]]:
    """Nothing here is announced."""
    return {}


def sweeps(rt: Runtime) -> Sequence[Callable[[], object]]:
    """What the ticker runs for this noun."""
    return (partial(follow, rt), partial(keep_going, rt), partial(mail_staff, rt))


def follow(rt: Runtime) -> int:
    """Let components' states follow what was approved or retracted; return how many words."""
    with rt.read() as session:
        if not queries.is_behind(session):
            return 0  # most ticks: nobody's turn at writing is taken
    with rt.work() as uow:
        return follow_approvals(uow) + follow_retractions(uow)


def keep_going(rt: Runtime) -> int:
    """Let maintenances begin, end and remind by themselves; return how many words were said."""
    with rt.read() as session:
        now = rt.clock()
        if not (
            queries_keeping.is_due(session, now, BEFORE)
            or queries_keeping.is_recurring(session, now)
            or queries_keeping.undone(session, now, BEFORE_DEADLINE)
        ):
            return 0
    with rt.work() as uow:
        return keep(uow, rt.settings) + carry_on(uow, rt.settings)


def mail_staff(rt: Runtime) -> int:
    """Tell staff what was promised and is late, and who has which role; return how many."""
    with rt.read() as session:
        if not (queries_keeping.promised(session, rt.clock()) or handbook.untold(session)):
            return 0
    with rt.work() as uow:
        return chase(rt, uow) + name_holders(rt, uow)
