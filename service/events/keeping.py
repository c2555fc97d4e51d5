"""What maintenances do without anybody asking: begin, end, remind.

What they say then was approved with their first word, which said that they would; so it leaves
without a moderator. Where nobody is to be told, only the page says it.
"""

from datetime import timedelta

from service.config import Settings
from service.db.unit_of_work import UnitOfWork
from service.events import queries_keeping as queries
from service.events.actions import try_update, write_down
from service.events.models import Event, EventStage
from service.events.wishes import UpdateWish
from service.events.wording import ITSELF
from service.moderation.approving import leave
from service.publications.actions import hold, pass_straight

BEFORE = timedelta(minutes=60)
REASON = "as announced"


def keep(uow: UnitOfWork, settings: Settings) -> int:
    """Let what is due happen; return how many words were said."""
    said = 0
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


def _say(
    uow: UnitOfWork, settings: Settings, event: Event, stage: EventStage, kind: str, *, tells: bool
) -> None:
    spoken = queries.spoken(uow.session, event)
    body = {language: ITSELF[kind][language] for language in spoken}
    wish = UpdateWish(body, stage, kind=kind)
    proposal = try_update(uow.session, settings, uow.now, event, wish)
    if tells:
        publication = hold(uow, proposal.draft)
        write_down(uow, proposal, publication)
        leave(uow, publication, REASON)
        return
    publication = pass_straight(uow, proposal.draft)
    publication.started_at = uow.now
    write_down(uow, proposal, publication)
