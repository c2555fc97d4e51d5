"""service.db.unit_of_work"""

import threading

import pytest
from sqlalchemy.exc import DBAPIError

from service.queue import Actor, Job, QueueDown
from service.subscribers.models import Subscriber
from tests.factories import a_subscriber


class TestWork:
    def test_two_hundred_concurrent_updates_are_all_kept(self, rt):
        with rt.work() as uow:
            subscriber_id = a_subscriber(uow, shuffle_key=0).id

        def add_one(times: int) -> None:
            for _ in range(times):
                with rt.work() as uow:
                    row = uow.session.get_one(Subscriber, subscriber_id, with_for_update=True)
                    row.shuffle_key += 1

        threads = [threading.Thread(target=add_one, args=(25,)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        with rt.read() as session:
            assert session.get_one(Subscriber, subscriber_id).shuffle_key == 200

    def test_an_error_undoes_everything_and_announces_nothing(self, rt, queue):
        with pytest.raises(LookupError):
            _work_and_fail(rt)
        assert queue.jobs == []
        with rt.read() as session:
            assert session.query(Subscriber).count() == 0

    def test_jobs_are_announced_once_and_after_the_commit(self, rt, queue):
        with rt.work() as uow:
            uow.enqueue(Actor.PLAN, 1)
            uow.enqueue(Actor.PLAN, 1)
            assert queue.jobs == []
        assert queue.jobs == [Job(Actor.PLAN, "1")]

    def test_a_failing_queue_loses_nothing(self, rt, queue):
        queue.put = _down
        with rt.work() as uow:
            a_subscriber(uow)
            uow.enqueue(Actor.PLAN, 1)
        with rt.read() as session:
            assert session.query(Subscriber).count() == 1

    def test_one_inside_another_is_refused_on_sqlite(self, rt):
        if rt.database.engine.dialect.name != "sqlite":
            return
        with rt.work(), pytest.raises(RuntimeError, match="inside another"), rt.work():
            pass


class TestRead:
    def test_the_database_itself_refuses_every_write(self, rt):
        with rt.read() as session:
            session.add(
                Subscriber(
                    locale="en", timezone="UTC", timezone_origin="chosen", created_at=rt.clock()
                )
            )
            with pytest.raises(DBAPIError):
                session.flush()
            session.rollback()


def _work_and_fail(rt):
    with rt.work() as uow:
        a_subscriber(uow)
        uow.enqueue(Actor.PLAN, 1)
        raise LookupError


def _down(_jobs: object) -> None:
    raise QueueDown("nobody there")
