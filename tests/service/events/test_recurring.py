"""Maintenances that come back, events told for the record, actions that people say are done."""

from datetime import datetime, timedelta

import pytest

from service.deliveries.models import Delivery
from service.events import queries
from service.events.actions import follow_approvals, open_event, update_event
from service.events.actors import keep_going
from service.events.models import Category, Event, EventStage
from service.events.wishes import Automation, Recurrence
from service.moderation.actions import approve
from service.pages import queries as pages
from service.publications.freezing import thaw
from service.publications.queries import mark_started
from service.rollouts.models import Rollout
from service.subscribers.audience import Audience
from service.subscribers.doing import mark_done, take_back
from service.subscribers.queries_audience import selection, size
from tests.factories import a_subscriber, a_subscription, an_address, both
from tests.service.events.wishes import a_maintenance, a_word, an_incident

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def handed_in(rt, page):
    """Hand an event in and approve it; returns its public id."""

    def _handed_in(wish) -> str:
        with rt.work("staff:1") as uow:
            held = open_event(uow, rt.settings, wish)
            approve(uow, held.publication.public_id, held.publication.hash)
            mark_started(uow.session, held.publication.id, uow.now)
        return held.event.public_id

    return _handed_in


@pytest.fixture
def weekly(clock, handed_in):
    begins = clock() + 3 * DAY
    return handed_in(
        a_maintenance(
            starts_at=begins, ends_at=begins + 2 * HOUR,
            recurrence=Recurrence("FREQ=WEEKLY;COUNT=3", 5),
            automation=Automation(starts_itself=True, ends_itself=True),
        )
    )  # fmt: skip


def passing(rt, clock, time) -> int:
    clock.advance(time)
    announced = keep_going(rt)
    with rt.work() as uow:
        for each in uow.session.query(Rollout):
            mark_started(uow.session, each.publication_id, uow.now)
        follow_approvals(uow)
    return announced


def the_event(session, public_id) -> Event:
    event = queries.by_public_id(session, public_id)
    assert event is not None
    return event


def every(rt) -> list[tuple[str, EventStage, datetime]]:
    with rt.read() as session:
        return [
            (event.public_id, last.update.stage, last.update.starts_at or event.created_at)
            for event in session.query(Event).order_by(Event.id)
            for last in [queries.chapters(session, event.id)[-1]]
        ]


class TestSeries:
    def test_each_time_is_announced_by_itself_ahead_of_it(self, rt, clock, weekly, client):
        first_begins = every(rt)[0][2]
        assert passing(rt, clock, 4 * DAY) == 1  # it begins; the next one is 6 days away
        assert passing(rt, clock, 2 * DAY) == 2  # it ends; the next one is announced
        told = every(rt)
        assert [stage for _, stage, _ in told] == [EventStage.COMPLETED, EventStage.SCHEDULED]
        assert told[1][2] == first_begins + 7 * DAY
        with rt.read() as session:
            event = the_event(session, told[1][0])
            (chapter,) = queries.chapters(session, event.id)
            message = thaw(chapter.publication.content)
            assert (event.series, event.starts_itself) == (weekly, True)
            assert message.type == "maintenance.scheduled"
            assert message.starts_at == first_begins + 7 * DAY
        assert keep_going(rt) == 0  # once each

    def test_one_that_is_cancelled_or_moved_leaves_the_series_as_it_was(self, rt, clock, weekly):
        begins = every(rt)[0][2]
        later = begins + 6 * HOUR
        for word in (
            a_word(starts_at=later, ends_at=later + HOUR),
            a_word(stage=EventStage.CANCELLED),
        ):
            with rt.work("staff:1") as uow:
                held = update_event(uow, rt.settings, weekly, word)
                approve(uow, held.publication.public_id, held.publication.hash)
                mark_started(uow.session, held.publication.id, uow.now)
        passing(rt, clock, 6 * DAY)
        assert every(rt)[1][2] == begins + 7 * DAY

    def test_it_ends_where_its_rule_does_or_somebody_says_so(self, rt, clock, weekly, program):
        for _ in range(30):
            passing(rt, clock, DAY)
        assert len(every(rt)) == 3
        desk = program("submit")
        assert desk.delete(f"/api/v1/events/{weekly}/recurrence").get_json()["recurrence"] is None
        assert desk.delete("/api/v1/events/000000000000/recurrence").status_code == 404

    def test_a_rule_comes_by_the_api_and_is_taken_back(self, rt, clock, page, program):
        desk = program("submit")
        begins = clock() + DAY
        wish = {
            "page": "mail", "category": "maintenance", "title": both("Disks"),
            "body": both("New ones."), "starts_at": begins.isoformat(),
            "ends_at": (begins + HOUR).isoformat(),
            "automation": {"starts_itself": True, "tells_before": True},
            "recurrence": {"rule": "FREQ=MONTHLY;BYDAY=1TU", "ahead_days": 10},
        }  # fmt: skip
        event = desk.post("/api/v1/events", json=wish).get_json()["event"]
        assert event["automation"]["starts_itself"]
        assert not event["automation"]["ends_itself"]
        assert event["recurrence"]["rule"] == "FREQ=MONTHLY;BYDAY=1TU"
        assert event["recurrence"]["announced_at"]
        where = f"/api/v1/events/{event['id']}/recurrence"
        assert desk.delete(where).get_json()["recurrence"] is None

    @pytest.mark.parametrize(
        ("given", "pointer"),
        [
            ({"recurrence": {"rule": "every Monday"}}, "/recurrence/rule"),
            ({"recurrence": {"rule": "FREQ=HOURLY"}}, "/recurrence/rule"),
            ({"recurrence": {"rule": "FREQ=WEEKLY;BYDAY=XX"}}, "/recurrence/rule"),
            ({"recurrence": {"rule": "FREQ=WEEKLY"}, "ends_at": None}, "/ends_at"),
            ({"recurrence": {"rule": "FREQ=WEEKLY"}, "category": "announcement"}, "/recurrence"),
        ],
    )
    def test_what_cannot_come_back_is_refused_by_its_field(
        self, clock, page, program, given, pointer
    ):
        begins = clock() + DAY
        wish = {
            "page": "mail", "category": "maintenance", "title": both("Disks"),
            "body": both("New."), "starts_at": begins.isoformat(),
            "ends_at": (begins + HOUR).isoformat(), **given,
        }  # fmt: skip
        answer = program("submit").post("/api/v1/events", json=wish)
        assert answer.status_code == 422
        assert pointer in {each["pointer"] for each in answer.get_json()["errors"]}

    def test_staff_write_one_and_end_it_in_the_console(self, rt, clock, page, staff):
        desk = staff("author")
        form = {
            "stage": "scheduled", "title.en": "Disks", "title.fr": "Disques",
            "body.en": "New ones.", "body.fr": "Des neufs.", "starts_at": "2027-02-01T09:00",
            "ends_at": "2027-02-01T10:00", "repeats": "FREQ=DAILY", "ahead_days": "2",
        }  # fmt: skip
        assert desk.post("/console/events/new/mail/maintenance", data=form).status_code == 303
        ((event_id, _, _),) = every(rt)
        assert "FREQ=DAILY" in desk.get(f"/console/events/{event_id}").text
        desk.post(f"/console/events/{event_id}/end-series")
        assert "FREQ=DAILY" not in desk.get(f"/console/events/{event_id}").text
        wrong = desk.post("/console/events/new/mail/maintenance", data={**form, "rule": "Mondays"})
        assert wrong.status_code == 422
        assert "FREQ=WEEKLY;BYDAY=TU" in wrong.text


@pytest.fixture
def people(rt, page):
    """Ada and Bob, who follow the page."""
    with rt.work() as uow:
        mail = pages.page_by_slug(uow.session, "mail")
        found = []
        for name in ("ada", "bob"):
            person = a_subscriber(uow)
            address = an_address(uow, person, f"{name}@example.org")
            a_subscription(uow, address, mail)
            found.append((person.id, address.id))
    return found


class TestForTheRecord:
    def test_what_is_past_is_shown_and_nobody_is_told(self, rt, clock, people, handed_in, client):
        begins = clock() - 30 * DAY
        event_id = handed_in(
            an_incident(
                stage=EventStage.RESOLVED, starts_at=begins, ends_at=begins + HOUR, is_silent=True
            )
        )
        assert client.get(f"/mail/en/events/{event_id}").status_code == 200
        with rt.read() as session:
            told = queries.chapters(session, the_event(session, event_id).id)
            audience = Audience.from_json(told[0].publication.audience)
            assert (audience.nobody, size(session, audience)) == (True, 0)
            assert session.query(Delivery).count() == 0


class TestActions:
    def test_only_those_who_did_not_say_that_it_is_done_are_reminded(
        self, rt, clock, people, handed_in
    ):
        event_id = handed_in(
            an_incident(
                category=Category.ACTION_REQUIRED, components=(), ends_at=clock() + 10 * DAY,
                stage=EventStage.PUBLISHED, automation=Automation(tells_before=True),
            )
        )  # fmt: skip
        (ada, _), (bob, its_address) = people
        with rt.work() as uow:
            for person in (ada, ada, bob):
                mark_done(uow, person, f"event:{event_id}")
            take_back(uow, bob, f"event:{event_id}")
        assert passing(rt, clock, 7 * DAY) == 0
        assert passing(rt, clock, 2 * DAY) == 1
        assert passing(rt, clock, HOUR) == 0
        with rt.read() as session:
            event = the_event(session, event_id)
            reminder = queries.chapters(session, event.id)[-1].publication
            assert thaw(reminder.content).type == "action_required.reminder"
            audience = Audience.from_json(reminder.audience)
            assert [row[0] for row in session.execute(selection(audience))] == [its_address]
