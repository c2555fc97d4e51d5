"""What staff allow a receiving provider, beside how it bears it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from channels.base import Reason, Result, Scope
from scheduling.rates import MINUTE, Rate, slowed
from service.deliveries.metering import must_be_limitable
from service.deliveries.models import LimitScope
from service.deliveries.queries import limits
from service.errors import Invalid
from service.subscribers.models import Address
from tests.fakes import BULK

BIG = "big.example"
KEY = f"email:{BIG}"
FAST, SLOW = 60_000, 60  # a minute: a thousand a second, one a second
THROTTLED = (Result.TRANSIENT, Scope.LANE, Reason.THROTTLED)


@pytest.fixture
def lab(lab):
    """A channel one of whose providers is big."""
    lab.postman.traits = replace(BULK, big_lanes=frozenset({BIG}))
    return lab


def behind_it(lab, *people):
    with lab.engine.rt.work() as uow:
        for number in people:
            uow.session.get_one(Address, number + 1).lane = BIG


def allow(lab, per_minute):
    with lab.engine.rt.work() as uow:
        limits.set_rate(uow.session, LimitScope.PROVIDER, KEY, Rate(per_minute, MINUTE))


def rate_of(lab, scope):
    return lab.one('SELECT most FROM "limit" WHERE scope = :scope', scope=scope)


def audience(lab, people):
    found = lab.engine.audience("UTC", per_zone=people)
    behind_it(lab, *range(people // 2))
    return found


class TestAllowed:
    def test_a_rate_that_was_set_stays_however_well_it_goes(self, lab):
        concerned = audience(lab, 40)
        allow(lab, FAST // 100)
        lab.plan(lab.engine.approve(concerned))
        for _ in range(4):
            lab.drain()
            lab.sql('UPDATE "limit" SET free_at = 0')
            lab.engine.restart()
        assert len(lab.told()) >= 30
        assert rate_of(lab, "provider") == FAST // 100

    def test_who_is_behind_it_waits_and_nobody_else(self, lab):
        concerned = audience(lab, 40)
        allow(lab, SLOW // 60)  # one a minute
        name = lab.plan(lab.engine.approve(concerned))
        lab.drain()
        assert lab.recount(name) == {"accepted": 21, "planned": 19}

    def test_single_messages_keep_to_it_as_well(self, lab):
        concerned = audience(lab, 8)
        lab.answer((Result.TRANSIENT, Scope.ADDRESS, Reason.THROTTLED), *range(4))
        name = lab.plan(lab.engine.approve(concerned))
        lab.drain()
        lab.postman.answers.clear()
        allow(lab, 1)
        lab.engine.clock.advance(timedelta(minutes=5))
        lab.dispatch()
        assert lab.recount(name) == {"accepted": 5, "deferred": 3}

    def test_who_throttles_is_slowed_from_what_was_allowed(self, lab):
        concerned = audience(lab, 2)
        allow(lab, 100)
        lab.plan(lab.engine.approve(concerned))
        lab.answer(THROTTLED, 0)
        lab.drain()
        assert rate_of(lab, "lane") == slowed(100)
        assert rate_of(lab, "provider") == 100


class TestForgiven:
    def test_a_channel_with_a_rate_that_works_again_has_not_failed(self, lab):
        with lab.engine.rt.work() as uow:
            limits.set_rate(uow.session, LimitScope.CHANNEL, "email", Rate(FAST, MINUTE))
            limits.hold(uow.session, LimitScope.CHANNEL, "email", None)
            limits.hold(uow.session, LimitScope.CHANNEL, "email", None)
        lab.holds_run_out()
        lab.approve(per_zone=3)
        lab.drain()
        assert lab.one("SELECT failures FROM \"limit\" WHERE scope = 'channel'") == 0
        assert rate_of(lab, "channel") == FAST


class TestWhatCanBeLimited:
    @pytest.mark.parametrize(
        ("scope", "key"),
        [("global", "all"), ("channel", "email"), ("provider", KEY), ("sender", "a@b.example")],
    )
    def test_what_messages_keep_to(self, lab, scope, key):
        must_be_limitable(lab.engine.rt.channels, scope, key)

    @pytest.mark.parametrize(
        ("scope", "key"),
        [("global", "everything"), ("channel", "post"), ("provider", "email:small.example")],
    )
    def test_nothing_else(self, lab, scope, key):
        with pytest.raises(Invalid, match="use one of"):
            must_be_limitable(lab.engine.rt.channels, scope, key)
