"""Jobs run in threads, sweeps at a pace, and both end in order."""

import threading
from dataclasses import replace
from pathlib import Path

import pytest

import service
from service import worker
from service.queue import Actor, DramatiqQueue, Job, MemoryBroker
from service.worker import Ticker, Worker

SECONDS = 10  # what a broken test waits


@pytest.fixture
def brisk(rt):
    """A runtime that polls often and whose stopping is its own."""
    settings = rt.settings.model_copy(update={"poll_seconds": 0.01})
    return replace(rt, settings=settings, stopping=threading.Event())


def working(rt, monkeypatch, jobs):
    broker = MemoryBroker()
    monkeypatch.setattr(worker, "jobs", lambda _rt: jobs)
    worker.declare(broker, rt)
    running = Worker(broker, rt)
    running.start()
    return running, DramatiqQueue(broker)


class TestWorker:
    def test_a_job_runs_with_its_subject(self, brisk, monkeypatch):
        done, subjects = threading.Event(), []

        def run(subject):
            subjects.append(subject)
            done.set()

        running, queue = working(brisk, monkeypatch, {Actor.PLAN: run})
        queue.put([Job(Actor.PLAN, "7")])
        assert done.wait(SECONDS)
        running.stop()
        assert subjects == ["7"]

    def test_a_job_that_fails_is_not_tried_again(self, brisk, monkeypatch):
        times, done = [], threading.Event()

        def fail(subject):
            times.append(subject)
            raise RuntimeError(subject)

        jobs = {Actor.PLAN: fail, Actor.SIGN_UP: lambda _subject: done.set()}
        running, queue = working(brisk, monkeypatch, jobs)
        queue.put([Job(Actor.PLAN, "7")])
        queue.put([Job(Actor.SIGN_UP, "")])
        assert done.wait(SECONDS)
        running.stop()
        assert times == ["7"]

    def test_stopping_lets_a_job_in_flight_end_and_begins_no_more(self, brisk, monkeypatch):
        begun, ended = threading.Event(), []

        def slow(subject):
            begun.set()
            brisk.stopping.wait(SECONDS)
            ended.append(subject)

        one = replace(brisk, settings=brisk.settings.model_copy(update={"worker_threads": 1}))
        running, queue = working(one, monkeypatch, {Actor.DRAIN: slow})
        queue.put([Job(Actor.DRAIN, "email")])
        queue.put([Job(Actor.DRAIN, "webhook")])
        assert begun.wait(SECONDS)
        running.stop()
        assert ended == ["email"]

    def test_what_nobody_announced_is_found_and_done(self, brisk, monkeypatch):
        done, subjects = threading.Event(), []

        def run(subject):
            subjects.append(subject)
            done.set()

        def look(rt):
            return [lambda: subjects or rt.queue.put([Job(Actor.PLAN, "7")])]

        monkeypatch.setattr(worker, "searches", look)
        running, _ = working(brisk, monkeypatch, {Actor.PLAN: run})
        assert done.wait(SECONDS)
        running.stop()
        assert subjects == ["7"]


class TestTicker:
    def test_a_sweep_that_fails_does_not_stop_the_others(self, brisk, monkeypatch):
        done = threading.Event()
        monkeypatch.setattr(worker, "sweeps", lambda _rt: [broken, done.set])
        ticker = Ticker(brisk)
        ticker.start()
        assert done.wait(SECONDS)
        ticker.stop()

    def test_it_sweeps_again_and_again_and_stops_at_once(self, brisk, monkeypatch):
        times = threading.Semaphore(0)
        monkeypatch.setattr(worker, "sweeps", lambda _rt: [times.release])
        ticker = Ticker(brisk)
        ticker.start()
        for _ in range(3):
            assert times.acquire(timeout=SECONDS)
        patient = Ticker(replace(brisk, settings=brisk.settings.model_copy()))
        ticker.stop()
        patient.tick()  # after the stop, nothing begins
        while times.acquire(blocking=False):
            pass
        patient.tick()
        assert not times.acquire(blocking=False)


class TestTheNouns:
    def test_every_noun_with_actors_is_asked(self):
        folder = Path(service.__file__).parent
        with_actors = {path.parent.name for path in folder.glob("*/actors.py")}
        assert with_actors <= set(worker.NOUNS)

    def test_every_actor_has_a_job_and_a_priority(self, rt):
        assert set(worker.jobs(rt)) == set(Actor) == set(worker.PRIORITY)

    def test_every_sweep_and_search_runs_on_an_empty_database(self, rt):
        for call in (*worker.sweeps(rt), *worker.searches(rt)):
            call()


def broken() -> None:
    raise RuntimeError("out of order")
