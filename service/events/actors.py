"""What happens to events without anybody asking: the ticker's part."""

from service.events import queries
from service.events.actions import follow_approvals
from service.runtime import Runtime


def follow(rt: Runtime) -> int:
    """Let components' states follow what was approved; return how many updates were new."""
    with rt.read() as session:
        if not queries.is_behind(session):
            return 0  # most ticks: nobody's turn at writing is taken
    with rt.work() as uow:
        return follow_approvals(uow)
