"""What maintenances do without anybody asking: begin, end, remind.

What they say then was approved with their first word, which said that they would; so it leaves
without a moderator. Where nobody is to be told, only the page says it.
"""

from dataclasses import replace
from datetime import timedelta

from service.config import Settings
from service.db.unit_of_work import UnitOfWork
from service.events import queries_keeping as queries
from service.events.actions import try_update, write_down
from service.events.models import Event, EventStage
from service.events.proposing import Proposal
from service.events.wishes import UpdateWish
from service.events.wording import ITSELF
from service.moderation.approving import leave
from service.publications.actions import hold, pass_straight

BEFORE = timedelta(minutes=60)
BEFORE_DEADLINE = timedelta(days=2)
REASON = "as announced"


def keep(uow: UnitOfWork, settings: Settings) -> int:
    """Let what is due happen; return how many words were said."""
    said = _remind_of_actions(uow, settings)
    for event, stage in queries.due(uow.session, uow.now, BEFORE):
        if stage is EventStage.SCHEDULED:
            event.reminded_at = uow.now
            _say(uow, settings, event, stage, "reminder", tells=True)
        elif stage is EventStage.IN_PROGRESS:
            _say(uow, settings, event, stage, "started", tells=event.tells_start)
        else:
            _say(uow, settings, event, stage, "completed", tells=event.tells_end)
        said += 1
    return said


def _remind_of_actions(uow: UnitOfWork, settings: Settings) -> int:
    """Remind those who did not say that they have done what is asked; the others hear nothing."""
    late = queries.undone(uow.session, uow.now, BEFORE_DEADLINE)
    for event in late:
        event.reminded_at = uow.now
        proposal = _propose(uow, settings, event, EventStage.PUBLISHED, "reminder", "undone")
        audience = replace(proposal.draft.audience, undone=f"event:{event.public_id}")
        draft = replace(proposal.draft, audience=audience)
        publication = hold(uow, draft)
        write_down(uow, proposal, publication)
        leave(uow, publication, REASON)
    return len(late)


def _propose(
    uow: UnitOfWork, settings: Settings, event: Event, stage: EventStage, kind: str, words: str
) -> Proposal:
    spoken = queries.spoken(uow.session, event)
    body = {language: ITSELF[words][language] for language in spoken}
    return try_update(uow.session, settings, uow.now, event, UpdateWish(body, stage, kind=kind))


def _say(
    uow: UnitOfWork, settings: Settings, event: Event, stage: EventStage, kind: str, *, tells: bool
) -> None:
    proposal = _propose(uow, settings, event, stage, kind, kind)
    if tells:
        publication = hold(uow, proposal.draft)
        write_down(uow, proposal, publication)
        leave(uow, publication, REASON)
        return
    publication = pass_straight(uow, proposal.draft)
    publication.started_at = uow.now
    write_down(uow, proposal, publication)
