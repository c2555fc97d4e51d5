"""Tells operators' endpoints what happens inside, by following the audit trail with a cursor."""

from collections.abc import Mapping

from channels.webhook.catalogue import KINDS
from channels.webhook.payload import notice
from service.audit.models import AuditEntry
from service.db.unit_of_work import UnitOfWork
from service.webhooks import queries
from service.webhooks.actions import bookmarks, outbox
from service.webhooks.models import Endpoint

NAME = "operators"
MOST = 500
ROLLOUT = "rollout:"

#: What an action of the audit trail is called outside, where its own name will not do.
TYPES: Mapping[str, str] = {
    "consent.accepted": "subscriber.joined",
    "consent.complained": "subscriber.left",
    "consent.left": "subscriber.left",
    "consent.restored": "subscriber.joined",
    "subscriber.assigned": "subscriber.changed",
    "subscriber.erased": "subscriber.left",
    "subscription.changed": "subscriber.changed",
    "rollout.start": "rollout.planned",
    "rollout.go": "rollout.advanced",
    "rollout.hold": "rollout.held",
    "rollout.no_go": "rollout.paused",  # a gate's no: nothing leaves until somebody resumes it
    "rollout.pause": "rollout.paused",
    "rollout.resume": "rollout.resumed",
    "rollout.abort": "rollout.aborted",
    "rollout.expire": "rollout.expired",
    "rollout.complete": "rollout.completed",
    "rollout.warn": "rollout.warned",
    "rollout.recall": "rollout.recalled",
    "rollout.correct": "rollout.corrected",
    "rollout.retract": "rollout.retracted",
    "rollout.override": "rollout.overridden",
    "rollout.replan": "rollout.replanned",
    "rollout.trouble": "rollout.troubled",
    "rollout.signal": "rollout.signalled",
}


def follow(uow: UnitOfWork) -> int:
    """Put what happened since the last time into watchers' outboxes; return how many entries.

    What happened before there was a reader is in the audit trail.
    """
    unread = bookmarks.unread(uow, NAME, AuditEntry)
    if unread is None:
        return 0
    found = queries.entries(uow.session, unread.mark.position, unread.upto, MOST)
    watchers = queries.watchers(uow.session) if found else ()
    names = {entry.subject for entry in found if watchers and entry.subject.startswith(ROLLOUT)}
    inner = queries.inner_rollouts(uow.session, {each.removeprefix(ROLLOUT) for each in names})
    for entry in found:
        if entry.subject.removeprefix(ROLLOUT) in inner:
            continue  # a mail to one person: a confirmation, a note to staff
        for watcher in watchers:
            _tell(uow, watcher, entry)
        unread.mark.position = entry.id
    return len(found)


def kind_of(action: str) -> str | None:
    """Return the type that *action* has outside; None for what is nobody's business there."""
    kind = TYPES.get(action, action)
    return kind if kind in KINDS else None


def _tell(uow: UnitOfWork, watcher: Endpoint, entry: AuditEntry) -> None:
    kind = kind_of(entry.action)
    is_own = entry.subject == f"endpoint:{watcher.public_id}"
    if kind is None or is_own or kind.partition(".")[0] not in watcher.watches:
        return
    data = {"by": entry.by, "detail": entry.detail}
    outbox.put(uow, [watcher.address_id], kind, notice(kind, "", entry.at, entry.subject, data))
