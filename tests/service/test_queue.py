"""Jobs over a real Redis that comes and goes."""

import threading
import time

import dramatiq
import pytest
import structlog

from service.queue import Actor as Name
from service.queue import DramatiqQueue, Job, QueueDown, open_broker
from service.worker import declare

SECONDS = 20  # what a broken test waits


@pytest.fixture
def done():
    return threading.Semaphore(0)


@pytest.fixture
def hold():
    """Lets jobs end while it is set."""
    event = threading.Event()
    event.set()
    return event


@pytest.fixture
def begun():
    return threading.Event()


@pytest.fixture
def broker(redis_server, done, hold, begun):
    broker = open_broker(redis_server.url)

    def run(subject):
        begun.set()
        hold.wait(SECONDS)
        done.release()

    dramatiq.actor(actor_name=Name.PLAN, queue_name=Name.PLAN, broker=broker, max_retries=0)(run)
    yield broker
    broker.close()


@pytest.fixture
def worker(broker):
    worker = dramatiq.Worker(broker, worker_threads=1, worker_timeout=50)
    worker.start()
    yield worker
    worker.stop(timeout=SECONDS * 1000)


def put_until_taken(queue):
    """Redis's client learns of a restart when it next asks."""
    deadline = time.monotonic() + SECONDS
    while True:
        try:
            queue.put([Job(Name.PLAN, "7")])
        except QueueDown:
            assert time.monotonic() < deadline
        else:
            return


class TestRedis:
    def test_a_job_travels(self, broker, worker, done):
        DramatiqQueue(broker).put([Job(Name.PLAN, "7")])
        assert done.acquire(timeout=SECONDS)

    def test_a_restart_that_empties_it_is_survived(self, broker, worker, done, redis_server):
        """I18."""
        queue = DramatiqQueue(broker)
        queue.put([Job(Name.PLAN, "7")])
        assert done.acquire(timeout=SECONDS)
        redis_server.crash()
        try:
            with pytest.raises(QueueDown):
                queue.put([Job(Name.PLAN, "8")])
            with pytest.raises(QueueDown):
                queue.ping()
        finally:
            redis_server.start()
        put_until_taken(queue)
        queue.ping()
        assert done.acquire(timeout=SECONDS)

    def test_a_thread_whose_job_cannot_be_acknowledged_is_free_at_once(
        self, broker, worker, done, hold, begun, redis_server
    ):
        queue = DramatiqQueue(broker)
        hold.clear()
        queue.put([Job(Name.PLAN, "7")])
        assert begun.wait(SECONDS)
        redis_server.crash()
        try:
            hold.set()
            assert done.acquire(timeout=SECONDS)
            worker.work_queue.join()  # acknowledged, as far as the thread knows
        finally:
            redis_server.start()
        put_until_taken(queue)
        assert done.acquire(timeout=SECONDS)

    def test_a_worker_stops_in_order_while_it_is_away(self, broker, redis_server):
        worker = dramatiq.Worker(broker, worker_threads=1, worker_timeout=50)
        worker.start()
        redis_server.crash()
        try:
            worker.stop(timeout=SECONDS * 1000)
            assert not any(each.is_alive() for each in worker.workers)
        finally:
            redis_server.start()


class TestLogs:
    def test_of_a_job_name_it_and_the_request_that_asked_for_it(self, rt, monkeypatch, done):
        seen = []

        def run(_subject):
            seen.append(structlog.contextvars.get_contextvars())
            done.release()

        monkeypatch.setattr("service.worker.jobs", lambda _rt: {Name.PLAN: run})
        broker = open_broker("memory://")
        declare(broker, rt)
        with structlog.contextvars.bound_contextvars(request_id="4711"):
            DramatiqQueue(broker).put([Job(Name.PLAN, "7")])
        DramatiqQueue(broker).put([Job(Name.PLAN, "8")])
        running = dramatiq.Worker(broker, worker_threads=1)
        running.start()
        try:
            assert done.acquire(timeout=SECONDS)
            assert done.acquire(timeout=SECONDS)
        finally:
            running.stop()
            broker.close()
        assert seen == [
            {"request_id": "4711", "job": "plan", "subject": "7"},
            {"job": "plan", "subject": "8"},
        ]
