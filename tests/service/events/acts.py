"""What tests do to events, a step at a time."""

import pytest

from service.errors import Invalid
from service.events.actions import (
    open_event,
    update_event,
)
from service.pages import queries as pages
from service.publications import queries as publications
from service.publications.actions import decide
from service.publications.models import PublicationState


def opened(rt, wish):
    with rt.work("key:1") as uow:
        return open_event(uow, rt.settings, wish)


def updated(rt, held, wish):
    with rt.work("key:1") as uow:
        return update_event(uow, rt.settings, held.event.public_id, wish)


def faults_of(rt, wish):
    with pytest.raises(Invalid) as refusal, rt.work() as uow:
        open_event(uow, rt.settings, wish)
    return {fault.pointer: fault for fault in refusal.value.faults}


def started(rt, held, state=PublicationState.APPROVED):
    """Approve a publication and show it, as its rollout would."""
    with rt.work("staff:1") as uow:
        decide(uow, held.publication.public_id, state, held.publication.hash)
        publications.mark_started(uow.session, held.publication.id, uow.now)


def states_of(rt, slug="mail"):
    """The effective state of each component of a page, by slug."""
    with rt.read() as session:
        row = pages.page_by_slug(session, slug)
        assert row
        known = {each.id: each.slug for each in pages.components(session, row.id)}
        return {known[key]: s for key, s in pages.effective_states(session, row.id).items()}
