"""An update replaces another before it is approved; states follow what was approved."""

from dataclasses import replace
from datetime import timedelta

import pytest

from service.errors import Conflict, Invalid, NotFound
from service.events import queries
from service.events.actions import (
    follow_approvals,
    replace_opening,
    replace_update,
)
from service.events.actors import follow
from service.events.models import EventStage
from service.events.story import tell
from service.events.wishes import Affected
from service.pages.models import State
from service.publications.freezing import thaw
from service.publications.models import PublicationState
from tests.factories import (
    both,
)
from tests.fakes import MONDAY
from tests.service.events.acts import opened, started, states_of, updated
from tests.service.events.wishes import a_maintenance, a_word, an_incident

pytestmark = pytest.mark.usefixtures("page")

HOUR = timedelta(hours=1)


class TestReplace:
    def test_the_opening_is_a_new_revision(self, rt):
        first = opened(rt, an_incident())
        wish = an_incident(title=both("Very slow mail"))
        with rt.work("key:1") as uow:
            held = replace_opening(
                uow, rt.settings, first.event.public_id, wish, seen=first.publication.hash
            )
        assert (held.publication.revision, held.publication.state) == (2, PublicationState.HELD)
        assert thaw(held.publication.content).type == "incident.created"
        with rt.read() as session:
            old, new = queries.chapters(session, first.event.id)
            assert old.publication.state is PublicationState.REPLACED
            assert tell([old, new]).length == 1
            event = queries.by_public_id(session, first.event.public_id)
            assert event
            assert event.title == both("Very slow mail")

    def test_a_later_word_is_a_new_revision(self, rt):
        first = opened(rt, an_incident())
        second = updated(rt, first, a_word(stage=EventStage.RESOLVED))
        with rt.work("key:1") as uow:
            held = replace_update(
                uow,
                rt.settings,
                first.event.public_id,
                second.update.public_id,
                a_word(stage=EventStage.IDENTIFIED),
            )
        assert held.update.stage is EventStage.IDENTIFIED
        assert held.publication.revision == 2

    def test_what_was_approved_stays_as_it_is(self, rt):
        first = opened(rt, an_incident())
        started(rt, first)
        with pytest.raises(Conflict) as refusal, rt.work("key:1") as uow:
            replace_opening(uow, rt.settings, first.event.public_id, an_incident())
        assert refusal.value.code == "already_decided"

    def test_what_changed_meanwhile_is_not_overwritten(self, rt):
        first = opened(rt, an_incident())
        with pytest.raises(Conflict) as refusal, rt.work("key:1") as uow:
            replace_opening(uow, rt.settings, first.event.public_id, an_incident(), seen="old")
        assert refusal.value.code == "changed"

    def test_what_was_followed_stays_as_it_is(self, rt):
        first = opened(rt, an_incident())
        updated(rt, first, a_word())
        with pytest.raises(Conflict) as refusal, rt.work("key:1") as uow:
            replace_opening(uow, rt.settings, first.event.public_id, an_incident())
        assert refusal.value.code == "not_newest"
        with pytest.raises(Conflict), rt.work("key:1") as uow:
            replace_update(
                uow, rt.settings, first.event.public_id, first.update.public_id, a_word()
            )

    def test_it_stays_on_its_page(self, rt):
        first = opened(rt, an_incident())
        wish = replace(an_incident(components=()), page="shop")
        with pytest.raises(Invalid) as refusal, rt.work("key:1") as uow:
            replace_opening(uow, rt.settings, first.event.public_id, wish)
        assert refusal.value.faults[0].pointer == "/page"

    def test_there_is_no_such_update(self, rt):
        first = opened(rt, an_incident())
        with pytest.raises(NotFound), rt.work("key:1") as uow:
            replace_update(uow, rt.settings, first.event.public_id, "nothing", a_word())


class TestFollowApprovals:
    def test_nothing_changes_before_approval(self, rt):
        opened(rt, an_incident())
        assert follow(rt) == 0
        assert states_of(rt)["webmail"] is State.OPERATIONAL

    def test_an_approved_incident_changes_its_components(self, rt):
        started(rt, opened(rt, an_incident()))
        assert follow(rt) == 1
        assert states_of(rt) == {"webmail": State.MAJOR, "imap": State.OPERATIONAL}

    def test_following_again_changes_nothing(self, rt):
        started(rt, opened(rt, an_incident()))
        follow(rt)
        with rt.work() as uow:
            assert follow_approvals(uow) == 0

    def test_the_end_takes_its_word_back(self, rt):
        first = opened(rt, an_incident())
        second = updated(rt, first, a_word(components=(Affected("imap", State.DOWN),)))
        started(rt, first)
        started(rt, second)
        follow(rt)
        assert states_of(rt)["imap"] is State.DOWN
        started(rt, updated(rt, first, a_word(stage=EventStage.RESOLVED)))
        follow(rt)
        assert set(states_of(rt).values()) == {State.OPERATIONAL}

    def test_a_scheduled_maintenance_waits_for_its_hour(self, rt):
        first = opened(rt, a_maintenance(starts_at=MONDAY + HOUR))
        started(rt, first)
        assert follow(rt) == 1
        assert states_of(rt)["webmail"] is State.OPERATIONAL
        started(rt, updated(rt, first, a_word(stage=EventStage.IN_PROGRESS)))
        follow(rt)
        assert states_of(rt)["webmail"] is State.MAINTENANCE

    def test_a_word_that_comes_late_changes_nothing_any_more(self, rt):
        first = opened(rt, an_incident())
        second = updated(rt, first, a_word(stage=EventStage.RESOLVED))
        started(rt, second)
        follow(rt)
        started(rt, first)
        assert follow(rt) == 1
        assert states_of(rt)["webmail"] is State.OPERATIONAL

    def test_a_maintenance_never_hides_an_incident(self, rt):
        incident = opened(rt, an_incident())
        works = opened(rt, a_maintenance(stage=EventStage.IN_PROGRESS))
        started(rt, incident)
        started(rt, works)
        follow(rt)
        assert states_of(rt)["webmail"] is State.MAJOR
