"""What workers do about requests to join: decide, mail, challenge, and find what was lost."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import structlog

from channels.base import Verifies
from channels.registry import Unavailable
from service.queue import Actor
from service.runtime import Runtime
from service.signup import queries
from service.signup.actions import changing, endpoints, mailing
from service.signup.actions.retention import forget_unanswered
from service.signup.actions.sweeping import announce

log = structlog.get_logger(__name__)


def jobs(rt: Runtime) -> Mapping[Actor, Callable[[str], None]]:
    """What workers run for this noun."""
    return {Actor.SIGN_UP: partial(sign_up, rt)}


def sweeps(rt: Runtime) -> Sequence[Callable[[], object]]:
    """What the ticker runs for this noun."""
    return (partial(forget_unanswered, rt),)


def searches(rt: Runtime) -> Sequence[Callable[[], object]]:
    """What workers run for this noun."""
    return (partial(search, rt),)


def sign_up(rt: Runtime, subject: str) -> None:
    """Do what `request:ID`, `endpoint:ID` or `change:ID` asks for; again is harmless."""
    kind, _, number = subject.partition(":")
    {"request": _decide, "endpoint": _prove, "change": _change}[kind](rt, int(number))


def search(rt: Runtime) -> None:
    """Announce the requests whose job was lost, and the endpoints to challenge again."""
    with rt.read() as session:
        now = rt.clock()
        if not queries.has_due(session, now) and not queries.has_due_change(session, now):
            return
    with rt.work() as uow:
        announce(uow)


def _decide(rt: Runtime, request_id: int) -> None:
    with rt.work() as uow:
        decision = mailing.settle(uow, request_id, rt.settings)
    log.info("signup_decided", request=request_id, decision=decision)


def _change(rt: Runtime, change_id: int) -> None:
    with rt.work() as uow:
        state = changing.announce(uow, change_id, rt.settings)
    log.info("address_change", change=change_id, state=state)


def _prove(rt: Runtime, request_id: int) -> None:
    """No transaction is open while the endpoint is asked."""
    with rt.read() as session:
        wanted = endpoints.challenge(session, request_id)
    if wanted is None:
        return
    try:
        channel = rt.channels.push(wanted.channel)
    except Unavailable as unavailable:  # the next search asks again
        log.warning("endpoint_waits", request=request_id, why=unavailable.why)
        return
    if not isinstance(channel, Verifies):
        raise TypeError(f"{wanted.channel} has no challenge")
    outcome = channel.challenge(wanted.address, wanted.secrets, secrets.token_urlsafe(24))
    with rt.work() as uow:
        decision = endpoints.settle(uow, request_id, outcome)
    log.info("endpoint_challenged", request=request_id, result=outcome.result, decision=decision)
