"""What happens to the queue without anybody asking: the ticker's part."""

from service.moderation.actions import expire
from service.publications import queries
from service.runtime import Runtime


def expire_held(rt: Runtime) -> int:
    """End what was held past its expiry; return how many publications that were."""
    with rt.read() as session:
        if not queries.held_past(session, rt.clock()):
            return 0  # most ticks: nobody's turn at writing is taken
    with rt.work() as uow:
        return expire(uow)
