"""What happens to the queue without anybody asking: the ticker's part."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from service.moderation import queries_desk as desk
from service.moderation import queries_duties as duties
from service.moderation.actions import expire
from service.moderation.noting import due_now, note_decided, note_waiting
from service.moderation.telling import tell
from service.moderation.waiting import EXPIRY
from service.queue import Actor
from service.runtime import Runtime


def jobs(_rt: Runtime) -> Mapping[Actor, Callable[[str], None]]:
    """Nothing here is announced."""
    return {}


def sweeps(rt: Runtime) -> Sequence[Callable[[], object]]:
    """What the ticker runs for this noun."""
    return (partial(expire_held, rt), partial(note, rt), partial(mail, rt))


def expire_held(rt: Runtime) -> int:
    """End what was held too long; return how many publications that were."""
    with rt.read() as session:
        if not desk.overdue(session, rt.clock(), rt.clock() - EXPIRY):
            return 0  # most ticks: nobody's turn at writing is taken
    with rt.work() as uow:
        return expire(uow)


def note(rt: Runtime) -> int:
    """Note who is to learn of what waits and of what was decided; return of how many."""
    with rt.read() as session:
        if not due_now(rt.clock(), desk.held(session)) and not desk.unsettled(session, 1):
            return 0
    with rt.work() as uow:
        return note_waiting(uow) + note_decided(uow)


def mail(rt: Runtime) -> int:
    """Mail what was noted; return how many mails that were."""
    with rt.read() as session:
        if not duties.unsent(session, 1):
            return 0
    with rt.work() as uow:
        return tell(uow, rt.channels, rt.settings)
