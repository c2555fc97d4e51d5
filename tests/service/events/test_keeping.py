"""service.events.keeping: maintenances that begin, end and remind by themselves."""

from datetime import timedelta

import pytest

from service.events import queries
from service.events.actions import follow_approvals, open_event, update_event
from service.events.actors import keep_going
from service.events.models import Category, EventStage
from service.events.wishes import Affected, Automation, EventWish, UpdateWish
from service.moderation.actions import approve
from service.pages import queries as pages
from service.pages.models import State
from service.publications.freezing import thaw
from service.publications.queries import mark_started
from service.rollouts.models import Rollout
from tests.factories import a_component, a_page, a_section, both

ALL = Automation(*[True] * 5)


@pytest.fixture
def page(rt):
    with rt.work() as uow:
        page = a_page(uow)
        a_component(uow, a_section(uow, page))
    return page


@pytest.fixture
def plan(rt, page, clock):
    """Announce a maintenance that begins in two hours and lasts one; returns its id."""

    def _plan(automation: Automation) -> str:
        starts = clock() + timedelta(hours=2)
        first = UpdateWish(
            both("Disks."),
            components=(Affected("webmail"),),
            starts_at=starts,
            ends_at=starts + timedelta(hours=1),
        )
        wish = EventWish("mail", Category.MAINTENANCE, both("Disks"), first, automation=automation)
        with rt.work("staff:1") as uow:
            held = open_event(uow, rt.settings, wish)
            approve(uow, held.publication.public_id, held.publication.hash)
            mark_started(uow.session, held.publication.id, uow.now)
        return held.event.public_id

    return _plan


@pytest.fixture
def told(rt):
    """What was said of an event: the stages and the kinds of messages, in order."""

    def _told(event_id: str) -> list[tuple[EventStage, str]]:
        with rt.read() as session:
            event = queries.by_public_id(session, event_id)
            assert event is not None
            return [
                (each.update.stage, thaw(each.publication.content).type)
                for each in queries.chapters(session, event.id)
            ]

    return _told


def pass_hours(rt, clock, hours: float) -> None:
    clock.advance(timedelta(hours=hours))
    keep_going(rt)
    with rt.work() as uow:
        for publication_id in [each.publication_id for each in uow.session.query(Rollout)]:
            mark_started(uow.session, publication_id, uow.now)
        follow_approvals(uow)


def test_it_reminds_begins_and_ends_by_itself(rt, clock, plan, told, page):
    event_id = plan(ALL)
    for _ in range(8):
        pass_hours(rt, clock, 0.5)
    assert told(event_id)[1:] == [
        (EventStage.SCHEDULED, "maintenance.reminder"),
        (EventStage.IN_PROGRESS, "maintenance.started"),
        (EventStage.COMPLETED, "maintenance.completed"),
    ]


def test_the_component_is_in_maintenance_meanwhile(rt, clock, plan, page):
    plan(ALL)
    states: list[State] = []
    for _ in range(4):
        pass_hours(rt, clock, 1.01)
        with rt.read() as session:
            states += pages.effective_states(session, page.id).values()
    assert states == [
        State.OPERATIONAL, State.MAINTENANCE, State.OPERATIONAL, State.OPERATIONAL,
    ]  # fmt: skip


def test_nobody_is_told_where_nobody_is_to_be_told(rt, clock, plan, told):
    event_id = plan(Automation(starts_itself=True, ends_itself=True))
    for _ in range(8):
        pass_hours(rt, clock, 0.5)
    assert [stage for stage, _ in told(event_id)[1:]] == [
        EventStage.IN_PROGRESS, EventStage.COMPLETED,
    ]  # fmt: skip
    with rt.read() as session:
        assert session.query(Rollout).count() == 1  # the announcement's


def test_without_a_switch_nothing_happens(rt, clock, plan, told):
    event_id = plan(Automation())
    for _ in range(8):
        pass_hours(rt, clock, 0.5)
    assert len(told(event_id)) == 1


def test_a_new_time_tells_the_old_one_too(rt, clock, plan, told):
    event_id = plan(ALL)
    later = clock() + timedelta(days=1)
    wish = UpdateWish(both("Moved."), starts_at=later, ends_at=later + timedelta(hours=1))
    with rt.work("staff:1") as uow:
        held = update_event(uow, rt.settings, event_id, wish)
    assert "**Instead of:** 23 Nov 2026, 12:00" in held.update.body["en"]
    assert "**Nouvel horaire :** 24 nov. 2026" in held.update.body["fr"]
    assert told(event_id)[-1][1] == "maintenance.rescheduled"


def test_a_word_that_waits_for_a_moderator_holds_it(rt, clock, plan, told):
    event_id = plan(ALL)
    with rt.work("staff:1") as uow:
        update_event(uow, rt.settings, event_id, UpdateWish(both("?"), EventStage.CANCELLED))
    for _ in range(8):
        pass_hours(rt, clock, 0.5)
    assert len(told(event_id)) == 2
