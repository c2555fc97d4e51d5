"""Notes who is to be told what about the queue: each person each thing once."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

from service.access.models import Role
from service.audit.actions import record
from service.db.unit_of_work import UnitOfWork
from service.moderation import queries_desk as desk
from service.moderation import queries_duties as queries
from service.moderation.agreeing import Rules, rules
from service.moderation.handling import handling_of
from service.moderation.models import Duty, Handling
from service.moderation.naming import targets_of
from service.moderation.waiting import ESCALATION, next_reminder
from service.publications.models import Publication, PublicationState
from service.subscribers.audience import Audience

MODERATORS = (Role.MODERATOR, Role.ADMIN)
#: What the author hears of; what is discarded goes without a word.
AUTHOR_HEARS = frozenset(
    {PublicationState.APPROVED, PublicationState.REJECTED, PublicationState.EXPIRED}
)
#: What the others who were told hear of; a revision is told anew instead.
OTHERS_HEAR = frozenset(set(PublicationState) - {PublicationState.HELD, PublicationState.REPLACED})
LATE = timedelta(days=2)  # older news is no news: nobody is told of it after a long stop

Waiting = tuple[Publication, Handling | None]


def note_waiting(uow: UnitOfWork) -> int:
    """Note who is to learn of what waits, anew or still; return how many publications that were."""
    due = due_now(uow.now, desk.held(uow.session))
    for publication, row in due:
        _note_one(uow, publication, row or handling_of(uow, publication))
    return len(due)


def due_now(now: datetime, held: Iterable[Waiting]) -> list[Waiting]:
    """Return what of *held* somebody is to hear of at *now*. Pure."""
    return [(publication, row) for publication, row in held if _is_due(now, publication, row)]


def _is_due(now: datetime, publication: Publication, row: Handling | None) -> bool:
    if row is None or (row.told_at is None and row.held_until is None):
        return True
    since = max(publication.created_at, row.held_until or publication.created_at)
    return now >= next_reminder(publication.category, since, row.reminders)


def note_decided(uow: UnitOfWork) -> int:
    """Note who is to learn how something ended; return how many publications that were."""
    found = desk.unsettled(uow.session)
    for publication, row in found:
        row.settled_at = uow.now
        if publication.decided_at and publication.decided_at >= uow.now - LATE:
            _note_outcome(uow, publication, row)
    return len(found)


def _note_one(uow: UnitOfWork, publication: Publication, row: Handling) -> None:
    if row.told_at is None:
        row.told_at = uow.now
        _note(uow, publication, "held", _responsible(uow, publication))
    else:
        row.reminders += 1
        _note(uow, publication, _kind(row), _to_remind(uow, publication, row))
        word = "escalated" if row.reminders >= ESCALATION else "reminded"
        about = f"publication:{publication.public_id}"
        record(uow, f"publication.{word}", about, reminder=row.reminders)


def _kind(row: Handling) -> str:
    # What was put off begins anew: its reminders are told apart from those before.
    since = f"@{row.held_until:%Y%m%d%H%M}" if row.held_until else ""
    return f"reminder:{row.reminders}{since}"


def _to_remind(uow: UnitOfWork, publication: Publication, row: Handling) -> set[str]:
    concerned = _responsible(uow, publication)
    return concerned | _backup(uow, publication) if row.reminders >= ESCALATION else concerned


def _note_outcome(uow: UnitOfWork, publication: Publication, row: Handling) -> None:
    author, decider = publication.submitted_by, publication.decided_by
    if publication.state in OTHERS_HEAR:
        others = {each for each in queries.told(uow.session, publication.id) if _is_staff(each)}
        _note(uow, publication, "decided", others - {author, decider})
    if publication.state in AUTHOR_HEARS and author != decider:
        _note(uow, publication, "outcome", {author} if _has_mail(author) else set())
    if row.review_since is not None and row.reviewed_at is None:
        reviewers = _responsible(uow, publication) | _backup(uow, publication)
        _note(uow, publication, "review", reviewers - {author, decider})


def _responsible(uow: UnitOfWork, publication: Publication) -> set[str]:
    """Those on duty for it, else every moderator; its author only where they may approve it."""
    named = {
        f"staff:{each.staff_id}" for each in _duties(uow, publication) if not each.is_backup
    } or {f"staff:{each.id}" for each in queries.staff_with(uow.session, MODERATORS)}
    wanted: Rules = rules(desk.policy(uow.session))
    return named - {publication.submitted_by} if wanted.four_eyes else named


def _backup(uow: UnitOfWork, publication: Publication) -> set[str]:
    """The backups on duty for it, else the administrators."""
    named = {f"staff:{each.staff_id}" for each in _duties(uow, publication) if each.is_backup}
    return named or {f"staff:{each.id}" for each in queries.staff_with(uow.session, [Role.ADMIN])}


def _duties(uow: UnitOfWork, publication: Publication) -> Sequence[Duty]:
    return queries.on_duty(uow.session, targets_of(Audience.from_json(publication.audience)))


def _note(
    uow: UnitOfWork, publication: Publication, kind: str, recipients: Collection[str]
) -> None:
    queries.note(uow.session, publication.id, kind, sorted(recipients), uow.now)


def _is_staff(actor: str) -> bool:
    return actor.startswith("staff:")


def _has_mail(actor: str) -> bool:
    """Whether an author is told by mail; a program polls, or listens to the webhook."""
    return actor.startswith(("staff:", "sender:"))
