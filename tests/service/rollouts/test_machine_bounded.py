"""The same promises with caps, cohorts, low rates and new zone data."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import pytest
from hypothesis.stateful import initialize, invariant

from channels.base import Parcel
from scheduling import zones
from scheduling.rates import MINUTE, Rate
from service.deliveries.queries import limits
from service.publications.plans import Plan
from service.rollouts.models import OVER, Wave, WaveState
from service.rollouts.queries import states
from service.subscribers.models import Subscriber
from tests.service.rollouts.test_machine import (
    DAY,
    GROWTH,
    PEOPLE,
    QUICK,
    SEEN,
    Machine,
    at_no_pace,
    play,
)

__all__ = ["at_no_pace"]  # a fixture

STAFF = range(4)  # who is a cohort
RARELY = timedelta(hours=24)  # between two messages, for whoever wants few
FIRST = {"kind": "cohorts", "first": [{"name": "pilot", "groups": ["staff"]}], "then": GROWTH}
MISPLACED = """SELECT count(*) FROM delivery d JOIN rollout r ON r.id = d.rollout_id
    JOIN address a ON a.id = d.address_id JOIN subscriber s ON s.id = a.subscriber_id
    WHERE r.public_id = :name AND d.rank >= 0
    AND (s.group_name = 'staff') <> (d.rank < 2147483647)"""
SENDER = "status@example.org"


class Bounded(Machine):
    """What holds messages back beside windows and gates."""

    offered = (
        Plan(windows=DAY, growth=FIRST, gate=QUICK),
        Plan(windows=(), growth=FIRST, gate=QUICK),
        Plan(windows=(), growth=GROWTH, gate=QUICK),
    )

    @initialize()
    def a_town(self) -> None:
        self.capped: dict[int, datetime] = {}  # from when on somebody wants few messages
        self.got = defaultdict[int, dict[str, datetime]](dict)
        super().a_town()
        with self.engine.rt.work() as uow:
            for index in STAFF:
                uow.session.get_one(Subscriber, index + 1).group_name = "staff"

    def happenings(self) -> dict[Callable[[], None], int]:
        own = {self.want_few: 3, self.bound_the_rate: 2, self.change_zone_data: 4}
        return {**super().happenings(), **own, self.approve: 3}

    def want_few(self) -> None:
        index = self.luck.randrange(PEOPLE)
        with self.engine.rt.work("subscriber:1") as uow:
            someone = uow.session.get_one(Subscriber, index + 1)
            someone.cap_most, someone.cap_hours = 1, RARELY // timedelta(hours=1)
        self.capped.setdefault(index, self.clock.now)
        self.engine.tick()

    def bound_the_rate(self) -> None:
        rate = self.luck.choice([Rate(2, MINUTE), Rate(60, MINUTE), None])
        with self.engine.rt.work("staff:1") as uow:
            limits.set_rate(uow.session, "sender", SENDER, rate)
        self.engine.tick()

    def change_zone_data(self) -> None:
        """As if a rollout had been planned with other data, by which it leaves at other hours."""
        name = self.luck.choice(list(self.plans))
        hours = self.luck.choice([-1, 0, 1])
        with self.engine.rt.work() as uow:
            rollout = states.for_decision(uow.session, name)
            assert rollout is not None
            rollout.zone_data = "1999z"
            planned = rollout.planned_at is not None
            waves = uow.session.query(Wave).filter_by(
                rollout_id=rollout.id, state=WaveState.PLANNED
            )
            for wave in waves:
                wave.due_at += timedelta(hours=hours)
        self.engine.tick()
        after = self.engine.rollout(name)
        if planned and after.state not in OVER:
            assert after.zone_data == zones.DATA_VERSION
            SEEN["replanned"] += 1

    def watch(self, parcels: Sequence[Parcel]) -> None:
        """Besides: whoever wants few messages gets no second one before its time."""
        super().watch(parcels)
        now = self.clock.now
        for parcel in parcels:
            index = int(parcel.address.key.partition("@")[0].removeprefix("p"))
            got = self.got[index]
            if parcel.attempt == 1 and parcel.id not in got and index in self.capped:
                last = max((at for at in got.values() if at >= self.capped[index]), default=None)
                assert last is None or now - last >= RARELY, "more than they want"
            got.setdefault(parcel.id, now)

    @invariant()
    def a_cohort_goes_first(self) -> None:
        for name, plan in self.plans.items():
            if plan.growth["kind"] == "cohorts":
                assert not self.one(MISPLACED, name=name)

    def end_well(self) -> None:
        with self.engine.rt.work("staff:1") as uow:
            limits.set_rate(uow.session, "sender", SENDER, None)
        super().end_well()


@pytest.mark.usefixtures("at_no_pace")
class TestEngine:
    @pytest.mark.parametrize(("template", "seeds"), [("sqlite", 2), ("postgres", 1)])
    def test_keeps_its_promises_within_bounds(self, request, template, seeds):
        play(Bounded, request.getfixturevalue(f"{template}_template"), seeds)
        if template == "sqlite":
            assert SEEN["replanned"]
