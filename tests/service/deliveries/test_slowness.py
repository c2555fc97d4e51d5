"""service.deliveries.slowness"""

from channels.base import Address, Outcome, Parcel, Reason, Result, Scope, Trace
from service.deliveries import slowness
from service.deliveries.slowness import SLOW, Slowness

PARCEL = Parcel("p", 1, Address("a", "a", "a", "a"), None)


def took(seconds: float) -> Outcome:
    trace = Trace({}, timings={"total": seconds})
    return Outcome(PARCEL, Result.SENT, Scope.ADDRESS, Reason.ACCEPTED, trace=trace)


def hung() -> Outcome:
    return Outcome(PARCEL, Result.UNKNOWN, Scope.ADDRESS, Reason.TIMEOUT)


class TestSlowness:
    def test_who_takes_long_or_hangs_is_slow_until_an_answer_comes_soon(self):
        memory = Slowness()
        memory.learn([(1, took(SLOW)), (2, took(0.1)), (3, hung())])
        assert memory.slow() == {1, 3}
        memory.learn([(1, took(0.1))])
        assert memory.slow() == {3}

    def test_what_never_touched_the_wire_says_nothing(self):
        memory = Slowness()
        memory.learn([(3, hung())])
        memory.learn([(3, Outcome(PARCEL, Result.PERMANENT, Scope.MESSAGE, Reason.RENDER))])
        assert memory.slow() == {3}

    def test_it_remembers_so_many_and_no_more(self):
        memory = Slowness()
        memory.learn((each, hung()) for each in range(slowness.MOST + 5))
        assert len(memory.slow()) == slowness.MOST
        assert slowness.MOST + 4 in memory.slow()
