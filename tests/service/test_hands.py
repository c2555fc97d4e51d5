"""Jobs that a process finds are done by it, once at a time, and end in order."""

import threading

import pytest

from service.hands import Hands
from service.queue import Actor, Job

SECONDS = 10  # what a broken test waits
DRAIN = Job(Actor.DRAIN, "email")
PLAN = Job(Actor.PLAN, "7")


class Desk:
    """Takes jobs; those about e-mail last until they may end."""

    def __init__(self):
        self.begun, self.may_end = threading.Semaphore(0), threading.Event()
        self.done = []

    def run(self, job):
        self.begun.release()
        if job == DRAIN:
            self.may_end.wait(SECONDS)
        self.done.append(job)


@pytest.fixture
def desk():
    return Desk()


class TestHands:
    def test_a_job_found_twice_is_done_once_at_a_time(self, desk):
        hands = Hands(desk.run, 3)
        hands.start()
        hands.put([DRAIN, DRAIN])
        assert desk.begun.acquire(timeout=SECONDS)
        hands.put([DRAIN, PLAN])
        assert desk.begun.acquire(timeout=SECONDS)  # the plan, beside it
        desk.may_end.set()
        hands.stop(SECONDS)
        assert sorted(desk.done) == [DRAIN, PLAN]

    def test_a_job_that_is_done_may_come_again(self, desk):
        hands = Hands(desk.run, 1)
        hands.start()
        for _ in range(3):
            hands.put([PLAN])
            assert desk.begun.acquire(timeout=SECONDS)
            while hands._known:
                threading.Event().wait(0.01)
        hands.stop(SECONDS)
        assert desk.done == [PLAN] * 3

    def test_one_that_fails_leaves_the_thread_to_others(self, desk):
        def run(job):
            if job == PLAN:
                raise RuntimeError(job)
            desk.run(job)

        desk.may_end.set()
        hands = Hands(run, 1)
        hands.start()
        hands.put([PLAN, DRAIN])
        assert desk.begun.acquire(timeout=SECONDS)
        hands.stop(SECONDS)
        assert desk.done == [DRAIN]

    def test_stopping_waits_for_what_is_under_way_and_begins_no_more(self, desk):
        hands = Hands(desk.run, 1)
        hands.start()
        hands.put([DRAIN, PLAN])
        assert desk.begun.acquire(timeout=SECONDS)
        ending = threading.Timer(0.2, desk.may_end.set)
        ending.start()
        hands.stop(SECONDS)
        assert desk.done == [DRAIN]
