"""I11: a fold never doubles, a gap never loses, and nobody is written to out of hours."""

from datetime import UTC, datetime, timedelta

import pytest

from scheduling.windows import allowed
from service.deliveries.models import DeliveryState
from service.publications.plans import Gate, Plan
from service.rollouts.models import RolloutState


def nightly(start, end):
    windows = ({"days": [0, 1, 2, 3, 4, 5, 6], "start": start, "end": end},)
    return Plan(
        windows=windows,
        growth={"kind": "absolute", "steps": [2]},
        gate=Gate(min_bake=0, min_exposed=1),
        spread=0,
    )


def watched(engine):
    """Each sending as (zone, instant), noted as it happens."""
    told = list[tuple[str, datetime]]()
    send = engine.postman.send

    def noted(parcels, deadline):
        told.extend((each.rendition[2], engine.clock.now) for each in parcels)
        return send(parcels, deadline)

    engine.postman.send = noted
    return told


class TestClockChanges:
    @pytest.mark.parametrize(
        ("begins", "zone", "start", "end"),
        [
            (datetime(2026, 11, 1, 4, tzinfo=UTC), "America/New_York", "01:00", "02:00"),  # fold
            (datetime(2027, 3, 14, 5, tzinfo=UTC), "America/New_York", "02:00", "04:00"),  # gap
            (datetime(2027, 3, 14, 5, tzinfo=UTC), "America/New_York", "02:10", "02:50"),  # in it
            (datetime(2026, 4, 4, 13, tzinfo=UTC), "Australia/Lord_Howe", "01:30", "02:00"),
            (datetime(2026, 9, 6, 2, tzinfo=UTC), "America/Santiago", "00:00", "02:00"),
            (datetime(2026, 10, 25, 0, tzinfo=UTC), "Europe/Dublin", "01:00", "02:00"),
        ],
    )
    def test_everybody_is_told_once_and_inside_the_window(self, engine, begins, zone, start, end):
        """I7, I11."""
        engine.clock.now = begins - timedelta(hours=2)
        plan = nightly(start, end)
        name = engine.approve(engine.audience(zone, per_zone=6), plan)
        told = watched(engine)
        engine.play(hours=50, step_minutes=10, until_over=name)
        assert engine.recount(name) == {DeliveryState.ACCEPTED: 6}
        assert engine.rollout(name).state is RolloutState.COMPLETED
        assert len({each.id for each in engine.postman.delivered}) == len(told) == 6
        assert all(allowed(where, when, plan.rule()) for where, when in told)
