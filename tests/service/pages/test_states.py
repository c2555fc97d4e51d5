"""service.pages.states and what becomes of the log."""

from datetime import timedelta

import pytest

from service.errors import NotFound
from service.pages import queries
from service.pages.actions import set_state
from service.pages.models import Component, ComponentState, State
from service.pages.states import effective, worst
from service.runtime import Runtime
from tests.factories import a_component, a_page, a_section


@pytest.fixture
def component(rt):
    with rt.work() as uow:
        return a_component(uow, a_section(uow, a_page(uow)))


def say(
    rt: Runtime, component: Component, source: str, state: State | None, comment: str = ""
) -> ComponentState:
    with rt.work(by="staff:1") as uow:
        return set_state(uow, component.id, source, state, comment)


def state_of(rt: Runtime, component: Component) -> State:
    with rt.read() as session:
        return queries.effective_states(session, component.page_id)[component.id]


class TestEffective:
    def test_nothing_said_means_operational(self):
        assert effective({}) is State.OPERATIONAL
        assert worst([]) is State.OPERATIONAL

    def test_the_worst_word_holds(self):
        assert effective({"event:1": State.MINOR, "event:2": State.DOWN}) is State.DOWN

    def test_a_maintenance_replaces_the_baseline(self):
        words = {"baseline": State.DOWN, "event:1": State.MAINTENANCE}
        assert effective(words) is State.MAINTENANCE

    def test_a_maintenance_never_hides_an_incident(self):
        words = {"event:1": State.MAINTENANCE, "event:2": State.MINOR}
        assert effective(words) is State.MINOR

    def test_staff_may_say_maintenance_themselves(self):
        assert effective({"baseline": State.MAINTENANCE}) is State.MAINTENANCE


class TestSetState:
    def test_the_newest_word_of_a_source_counts(self, rt, clock, component):
        say(rt, component, "baseline", State.DOWN)
        clock.advance(timedelta(minutes=5))
        say(rt, component, "baseline", State.MINOR)

        assert state_of(rt, component) is State.MINOR

    def test_two_words_at_one_instant_keep_their_order(self, rt, component):
        say(rt, component, "baseline", State.DOWN)
        say(rt, component, "baseline", State.OPERATIONAL)

        assert state_of(rt, component) is State.OPERATIONAL

    def test_sources_speak_side_by_side(self, rt, component):
        say(rt, component, "event:a", State.MAJOR)
        say(rt, component, "event:b", State.MINOR)

        assert state_of(rt, component) is State.MAJOR

    def test_a_source_may_take_back_what_it_said(self, rt, component):
        say(rt, component, "event:a", State.MAJOR)
        say(rt, component, "event:a", None)

        assert state_of(rt, component) is State.OPERATIONAL

    def test_the_log_keeps_who_said_what_and_why(self, rt, clock, component):
        word = say(rt, component, "baseline", State.MINOR, "Slow since noon.")

        assert (word.by, word.at, word.comment) == ("staff:1", clock.now, "Slow since noon.")

    def test_saying_the_same_again_adds_nothing(self, rt, component):
        first = say(rt, component, "baseline", State.MINOR, "Slow.")
        assert say(rt, component, "baseline", State.MINOR, "Slow.").id == first.id
        assert say(rt, component, "baseline", State.MINOR).id == first.id
        assert say(rt, component, "baseline", State.MINOR, "Slower.").id != first.id

    def test_an_unknown_component_is_refused(self, rt):
        with pytest.raises(NotFound), rt.work() as uow:
            set_state(uow, 404, "baseline", State.DOWN, "")

    def test_other_pages_states_are_their_own(self, rt, component):
        with rt.work() as uow:
            other = a_component(uow, a_section(uow, a_page(uow, "erp")))
        say(rt, other, "baseline", State.DOWN)

        assert state_of(rt, component) is State.OPERATIONAL
        with rt.read() as session:
            assert set(queries.effective_states(session, component.page_id)) == {component.id}
