"""What runs in the background for endpoints: their outbox, their health, what operators watch."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import structlog

from channels.registry import Unavailable
from service.deliveries.queries import circuits
from service.queue import Actor
from service.runtime import Runtime
from service.webhooks import queries
from service.webhooks.actions import caring, following, outbox, settings, states

log = structlog.get_logger(__name__)

ATTEMPTS = 5_000  # forgotten in one transaction


def jobs(rt: Runtime) -> Mapping[Actor, Callable[[str], None]]:
    """What workers run for this noun."""
    return {Actor.NOTIFY: partial(notify, rt)}


def sweeps(rt: Runtime) -> Sequence[Callable[[], object]]:
    """What the ticker runs for this noun."""
    return (partial(watch, rt), partial(care, rt), partial(clean, rt))


def searches(rt: Runtime) -> Sequence[Callable[[], object]]:
    """What finds work nobody announced."""
    return (partial(search, rt),)


def notify(rt: Runtime, channel: str) -> None:
    """Send what waits in the outbox of *channel*; again is harmless."""
    try:
        sender = rt.channels.push(channel)
    except Unavailable as unavailable:
        log.warning("notices_wait", why=unavailable.why)
        return
    if left := outbox.send_due(rt, sender):
        log.info("notices_sent", count=left)


def search(rt: Runtime) -> None:
    """Announce notices that are due again, or whose job was lost."""
    with rt.read() as session:
        waits = queries.has_due_notices(session, rt.clock())
    if waits:
        with rt.work() as uow:
            uow.enqueue(Actor.NOTIFY, queries.CHANNEL)


def watch(rt: Runtime) -> None:
    """Tell operators' endpoints what happened meanwhile, and all endpoints of changed states."""
    with rt.work() as uow:
        following.follow(uow)
        states.tell_states(uow, rt.settings)


def care(rt: Runtime) -> None:
    """Warn of endpoints that fail, suspend them, let old secrets go."""
    with rt.read() as session:
        fails = circuits.failing(session, rt.clock() - caring.WARNED_AFTER, 1)
        retires = queries.has_old_secrets(session, rt.clock())
        is_new = bool(queries.without_row(session))
    if fails or retires or is_new:
        with rt.work() as uow:
            settings.adopt(uow)
            settings.retire_secrets(uow)
            caring.look_after(uow, rt.settings)


def clean(rt: Runtime) -> None:
    """Forget a portion of the attempts that nobody will ask for any more."""
    with rt.read() as session:
        is_due = queries.has_old_attempts(session, rt.clock() - queries.KEPT)
    if is_due:
        with rt.work() as uow:
            queries.forget_attempts(uow.session, uow.now - queries.KEPT, ATTEMPTS)
