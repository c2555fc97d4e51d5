"""Finds the requests that nobody is working on."""

from service.db.unit_of_work import UnitOfWork
from service.queue import Actor
from service.signup import queries
from service.signup.actions.requests import CHANNEL, PATIENCE


def announce(uow: UnitOfWork) -> None:
    """Announce what is due, and give each job its time before it is announced once more."""
    for request in queries.due(uow.session, uow.now):
        kind = "request" if request.channel == CHANNEL else "endpoint"
        uow.enqueue(Actor.SIGN_UP, f"{kind}:{request.id}")
        request.due_at = uow.now + PATIENCE
    for change in queries.due_changes(uow.session, uow.now):
        uow.enqueue(Actor.SIGN_UP, f"change:{change.id}")
        change.due_at = uow.now + PATIENCE
