"""service.pages.history and service.pages.days: what was said, cut into days."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.errors import Invalid
from service.pages import queries_log
from service.pages.actions import Correction, correct, set_state
from service.pages.days import days_of, edges, uptime
from service.pages.history import Stretch, Word, stretches
from service.pages.models import Component, State
from tests.factories import a_component, a_page, a_section

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
START, END = NOON - timedelta(days=2), NOON


def hours(count: float) -> datetime:
    """So many hours after the start."""
    return START + timedelta(hours=count)


def said(*words: Word, corrections: tuple[Stretch, ...] = ()) -> list[Stretch]:
    return stretches(words, corrections, START, START, END)


class TestStretches:
    def test_nothing_said_is_operational_throughout(self):
        assert said() == [Stretch(START, END, State.OPERATIONAL)]

    def test_the_worst_of_two_sources_holds(self):
        told = said(
            Word("event:a", State.MINOR, hours(1)),
            Word("event:b", State.DOWN, hours(2)),
            Word("event:b", None, hours(3)),
            Word("event:a", None, hours(4)),
        )
        assert [(each.start, each.state) for each in told] == [
            (START, State.OPERATIONAL),
            (hours(1), State.MINOR),
            (hours(2), State.DOWN),
            (hours(3), State.MINOR),
            (hours(4), State.OPERATIONAL),
        ]

    def test_a_maintenance_never_hides_an_incident(self):
        told = said(
            Word("event:works", State.MAINTENANCE, hours(1)),
            Word("event:fire", State.MAJOR, hours(2)),
        )
        assert told[-1].state is State.MAJOR

    def test_a_maintenance_replaces_the_baseline(self):
        told = said(
            Word("baseline", State.DOWN, hours(1)),
            Word("event:works", State.MAINTENANCE, hours(2)),
        )
        assert [each.state for each in told] == [
            State.OPERATIONAL, State.DOWN, State.MAINTENANCE,
        ]  # fmt: skip

    def test_a_later_word_replaces_what_was_said_from_its_instant_on(self):
        told = said(
            Word("event:a", State.DOWN, hours(1)),
            Word("event:a", State.DOWN, hours(5)),
            Word("event:a", None, hours(3)),  # written last: it was over before
        )
        assert told == [
            Stretch(START, hours(1), State.OPERATIONAL),
            Stretch(hours(1), hours(3), State.DOWN),
            Stretch(hours(3), END, State.OPERATIONAL),
        ]

    def test_a_correction_holds_for_its_stretch_alone(self):
        right = Stretch(hours(2), hours(3), State.OPERATIONAL)
        told = said(Word("baseline", State.DOWN, hours(1)), corrections=(right,))
        assert [each.state for each in told] == [
            State.OPERATIONAL, State.DOWN, State.OPERATIONAL, State.DOWN,
        ]  # fmt: skip

    def test_before_a_component_began_nothing_is_known(self):
        told = stretches([], [], hours(10), START, END)
        assert [each.state for each in told] == [None, State.OPERATIONAL]

    @settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
    @given(
        st.lists(
            st.tuples(
                st.sampled_from(["baseline", "event:a", "event:b"]),
                st.sampled_from([None, *State]),
                st.integers(-10, 60),
            ),
            max_size=12,
        )
    )
    def test_there_are_no_holes_and_no_overlaps(self, words):
        told = said(*(Word(source, state, hours(at)) for source, state, at in words))
        assert (told[0].start, told[-1].end) == (START, END)
        for one, following in pairwise(told):
            assert one.end == following.start
            assert one.state is not following.state


class TestDays:
    def test_a_day_has_the_hours_its_zone_gives_it(self):
        autumn = edges("Europe/Paris", date(2026, 10, 26), 3)
        assert [each.end - each.start for each in autumn] == [86_400, 90_000, 86_400]
        spring = edges("Europe/Paris", date(2026, 3, 30), 3)
        assert [each.end - each.start for each in spring] == [86_400, 82_800, 86_400]

    def test_seconds_are_counted_on_the_day_they_fall_on(self):
        midnight = datetime(2026, 11, 21, 23, tzinfo=UTC)  # in Paris
        found = [
            Stretch(START - timedelta(days=3), midnight - timedelta(seconds=1), State.OPERATIONAL),
            Stretch(midnight - timedelta(seconds=1), midnight + timedelta(seconds=7), State.DOWN),
            Stretch(midnight + timedelta(seconds=7), END, State.OPERATIONAL),
        ]
        before, today = days_of(found, edges("Europe/Paris", date(2026, 11, 22), 2))
        assert before.seconds == {State.OPERATIONAL: 86_399, State.DOWN: 1}
        assert today.seconds == {State.DOWN: 7, State.OPERATIONAL: 13 * 3600 - 7}

    def test_uptime_is_floored_and_weighs_what_is_broken(self):
        assert uptime([{State.OPERATIONAL: 90 * 86_400}]) == 10_000
        assert uptime([{State.OPERATIONAL: 90 * 86_400, State.DOWN: 1}]) == 9_999
        assert uptime([{State.OPERATIONAL: 50, State.DOWN: 50}]) == 5_000
        assert uptime([{State.OPERATIONAL: 50, State.MAJOR: 50}]) == 8_500
        assert uptime([{State.MINOR: 50, State.MAINTENANCE: 50}]) == 10_000

    def test_what_nobody_knows_is_not_counted(self):
        assert uptime([{}, {}]) is None
        (day,) = days_of([Stretch(START, END, None)], edges("Europe/Paris", date(2026, 11, 21), 1))
        assert (day.worst, day.uptime) == (None, None)


class TestCorrections:
    @pytest.fixture
    def webmail(self, rt) -> Component:
        with rt.work() as uow:
            return a_component(uow, a_section(uow, a_page(uow)))

    def test_they_are_added_beside_what_was_said(self, rt, clock, webmail):
        clock.advance(timedelta(hours=3))
        began = clock() - timedelta(hours=2)
        with rt.work("staff:1") as uow:
            set_state(uow, webmail.id, "baseline", State.DOWN, "", since=began)
            wish = Correction(State.MINOR, began, clock(), "it still answered")
            row = correct(uow, webmail.id, wish)
        with rt.read() as session:
            (word,) = queries_log.words_since(session, webmail.page_id, began)[webmail.id]
            assert (word.state, word.at) == (State.DOWN, began)
            (kept,) = queries_log.corrections_of(session, webmail.id)
            assert (kept.reason, kept.by, kept.public_id) == (
                "it still answered", "staff:1", row.public_id,
            )  # fmt: skip

    @pytest.mark.parametrize(
        ("begins", "ends", "reason", "fault"),
        [(2, 2, "why", "/ends_at"), (2, -1, "why", "/ends_at"), (2, 1, " ", "/reason")],
    )
    def test_they_need_a_past_and_a_reason(self, rt, clock, webmail, begins, ends, reason, fault):
        starts_at, ends_at = (clock() - timedelta(hours=count) for count in (begins, ends))
        wish = Correction(State.DOWN, starts_at, ends_at, reason)
        with rt.work() as uow, pytest.raises(Invalid) as refused:
            correct(uow, webmail.id, wish)
        assert refused.value.faults[0].pointer == fault
