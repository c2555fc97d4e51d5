"""service.events.stages"""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.events.models import Category, EventStage
from service.events.stages import (
    ENDS,
    SAYS,
    STAGES,
    in_force,
    kind_of_message,
    may_follow,
    severity,
)
from service.pages.models import State

categories = st.sampled_from(list(Category))


class TestOrder:
    def test_each_stage_may_follow_the_one_before(self):
        for category, stages in STAGES.items():
            for earlier, later in pairwise(stages):
                if earlier not in ENDS:
                    assert may_follow(category, earlier, later)

    @given(categories, st.data())
    def test_nothing_goes_back(self, category, data):
        stages = st.sampled_from(STAGES[category])
        one, other = data.draw(stages), data.draw(stages)
        if one is not other:
            assert not (may_follow(category, one, other) and may_follow(category, other, one))

    def test_a_stage_may_be_spoken_of_again(self):
        assert may_follow(Category.INCIDENT, EventStage.MONITORING, EventStage.MONITORING)

    def test_what_was_completed_cannot_be_cancelled(self):
        assert not may_follow(Category.MAINTENANCE, EventStage.COMPLETED, EventStage.CANCELLED)

    def test_every_category_can_end(self):
        assert all(set(stages) & ENDS for stages in STAGES.values())


class TestSeverity:
    @pytest.mark.parametrize(
        ("states", "word"),
        [
            ([], "none"),
            ([State.MAINTENANCE], "none"),
            ([State.OPERATIONAL, State.MINOR], "minor"),
            ([State.MAJOR, State.MINOR], "major"),
            ([State.MAINTENANCE, State.DOWN], "critical"),
        ],
    )
    def test_the_worst_state_decides(self, states, word):
        assert severity(states) == word

    def test_an_announcement_can_only_be_harmless(self):
        assert severity(SAYS[Category.ANNOUNCEMENT]) == "none"


class TestInForce:
    def test_a_scheduled_maintenance_stops_nothing_yet(self):
        assert not in_force(EventStage.SCHEDULED)
        assert in_force(EventStage.IN_PROGRESS)

    def test_what_is_over_stops_nothing_any_more(self):
        assert not any(in_force(stage) for stage in ENDS)


class TestKindOfMessage:
    @pytest.mark.parametrize(
        ("category", "stage", "ordinal", "kind"),
        [
            (Category.INCIDENT, EventStage.INVESTIGATING, 1, "incident.created"),
            (Category.INCIDENT, EventStage.MONITORING, 3, "incident.updated"),
            (Category.INCIDENT, EventStage.RESOLVED, 4, "incident.resolved"),
            (Category.MAINTENANCE, EventStage.SCHEDULED, 1, "maintenance.scheduled"),
            (Category.MAINTENANCE, EventStage.CANCELLED, 2, "maintenance.cancelled"),
            (Category.ANNOUNCEMENT, EventStage.PUBLISHED, 1, "announcement.published"),
            (Category.ACTION_REQUIRED, EventStage.PUBLISHED, 1, "action_required.published"),
            (Category.ACTION_REQUIRED, EventStage.CLOSED, 2, "action_required.closed"),
        ],
    )
    def test_it_says_what_happened(self, category, stage, ordinal, kind):
        assert kind_of_message(category, stage, ordinal) == kind
