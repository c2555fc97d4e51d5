"""What workers do about mail that came in: understand it once, find what was lost, forget it."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import partial

import structlog

from service.errors import ServiceError
from service.inbound import queries
from service.inbound.models import LetterState
from service.inbound.understanding import understand
from service.queue import Actor
from service.runtime import Runtime

log = structlog.get_logger(__name__)

PATIENCE = timedelta(minutes=1)  # that a job has before it counts as lost
MOST_ATTEMPTS = 5
LONGEST = 300


def jobs(rt: Runtime) -> Mapping[Actor, Callable[[str], None]]:
    """What workers run for this noun."""
    return {Actor.TAKE_IN: partial(take_in, rt)}


def sweeps(rt: Runtime) -> Sequence[Callable[[], object]]:
    """What the ticker runs for this noun."""
    return (partial(forget, rt),)


def searches(rt: Runtime) -> Sequence[Callable[[], object]]:
    """What workers run for this noun."""
    return (partial(search, rt),)


def take_in(rt: Runtime, subject: str) -> None:
    """Understand one mail; again is harmless, and a failure is tried a few times."""
    letter_id = int(subject)
    try:
        with rt.work("inbound") as uow:
            letter = queries.waiting(uow.session, letter_id)
            if letter is None:
                return
            found = understand(rt, uow, letter)
            letter.state, letter.outcome = found.state, found.outcome
            letter.detail, letter.settled_at = found.detail[:LONGEST], uow.now
        log.info("letter", id=letter_id, entrance=letter.entrance, outcome=found.outcome)
    except ServiceError as refusal:
        _settle(rt, letter_id, LetterState.IGNORED, "refused", str(refusal))
    except Exception as error:
        log.exception("letter_failed", id=letter_id)
        _settle(rt, letter_id, LetterState.FAILED, "failed", type(error).__name__)


def search(rt: Runtime) -> None:
    """Announce the mails whose job was lost."""
    with rt.read() as session:
        if not queries.lost(session, rt.clock() - PATIENCE):
            return
    with rt.work() as uow:
        for letter_id in queries.lost(uow.session, uow.now - PATIENCE):
            uow.enqueue(Actor.TAKE_IN, letter_id)


def forget(rt: Runtime) -> None:
    """Delete mail that is old."""
    before = rt.clock() - timedelta(days=rt.settings.inbound_keep_days)
    with rt.read() as session:
        if not queries.has_old(session, before):
            return
    with rt.work() as uow:
        queries.forget(uow.session, before)


def _settle(rt: Runtime, letter_id: int, state: LetterState, outcome: str, detail: str) -> None:
    with rt.work("inbound") as uow:
        letter = queries.waiting(uow.session, letter_id)
        if letter is None:
            return
        letter.attempts += 1
        if state is LetterState.FAILED and letter.attempts < MOST_ATTEMPTS:
            return  # it stays, and is found again
        letter.state, letter.outcome, letter.detail = state, outcome, detail[:LONGEST]
        letter.settled_at = uow.now
