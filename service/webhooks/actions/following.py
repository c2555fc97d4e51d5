"""Tells operators' endpoints what happens inside, by following the audit trail with a cursor."""

from collections.abc import Mapping

from channels.webhook.payload import notice
from service.audit.models import AuditEntry
from service.db.unit_of_work import UnitOfWork
from service.webhooks import queries
from service.webhooks.actions import outbox
from service.webhooks.models import Bookmark, Endpoint

NAME = "operators"
MOST = 500

#: What an action of the audit trail is called outside, where its own name will not do.
TYPES: Mapping[str, str] = {
    "consent.accepted": "subscriber.joined",
    "consent.left": "subscriber.left",
    "rollout.pause": "rollout.paused",
    "rollout.resume": "rollout.resumed",
    "rollout.abort": "rollout.aborted",
}


def follow(uow: UnitOfWork) -> int:
    """Put what happened since the last time into watchers' outboxes; return how many entries.

    A new reader begins at the end: what happened before it is in the audit trail.
    """
    place = queries.bookmark(uow.session, NAME)
    if place is None:
        uow.session.add(Bookmark(name=NAME, position=queries.last_entry(uow.session)))
        return 0
    found = queries.entries(uow.session, place.position, MOST)
    watchers = queries.watchers(uow.session) if found else ()
    for entry in found:
        for watcher in watchers:
            _tell(uow, watcher, entry)
        place.position = entry.id
    return len(found)


def _tell(uow: UnitOfWork, watcher: Endpoint, entry: AuditEntry) -> None:
    kind = TYPES.get(entry.action, entry.action)
    is_own = entry.subject == f"endpoint:{watcher.public_id}"
    if is_own or kind.partition(".")[0] not in watcher.watches:
        return
    data = {"by": entry.by, "detail": entry.detail}
    outbox.put(uow, watcher.address_id, kind, notice(kind, "", entry.at, entry.subject, data))
