"""Forgets what sign-up has kept long enough: who never answered, and who asked from where."""

from datetime import timedelta

import structlog

from service.runtime import Runtime
from service.signup import queries_retention
from service.signup.actions.forgetting import forget_silent
from service.subscribers.actions import Evidence
from service.subscribers.models import Method

log = structlog.get_logger(__name__)

PERSONS = 50  # forgotten in one transaction
REQUESTS = 2_000  # dropped in one transaction


def forget_unanswered(rt: Runtime) -> None:
    """Erase a portion of the addresses that never said yes or no, then drop old requests.

    What is left waits for the next round: no transaction is long, however much there is.
    """
    before = rt.clock() - timedelta(days=rt.settings.signup_keep_days)
    with rt.read() as session:
        found = queries_retention.unanswered(session, before, PERSONS)
        is_due = queries_retention.has_old_requests(session, before)
    if not found and not is_due:
        return
    with rt.work() as uow:
        # Looked for again: somebody may have answered since.
        silent = queries_retention.unanswered(uow.session, before, PERSONS)
        for address_id in silent:
            forget_silent(uow, address_id, Evidence(Method.AGE))
        queries_retention.forget_requests(uow.session, before, REQUESTS)
    log.info("signup_forgotten", addresses=len(silent))
