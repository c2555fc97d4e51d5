"""service.webhooks.actions.bookmarks: what is committed late is read all the same."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import text, update
from sqlalchemy.orm import Session

from service.audit.actions import record
from service.audit.models import AuditEntry
from service.db.unit_of_work import UnitOfWork
from service.pages.actions import set_state
from service.pages.models import Component, State
from service.pages.states import BASELINE
from service.publications.models import Publication
from service.runtime import Runtime
from service.webhooks.actions import following, states

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


def read(rt: Runtime) -> int:
    """How many entries a look finds."""
    with rt.work() as uow:
        return following.follow(uow)


def note(rt: Runtime, word: str) -> None:
    with rt.work() as uow:
        record(uow, word, "page:1")


@contextmanager
def slowly(rt: Runtime, word: str) -> Iterator[Session]:
    """An entry that has its number, and is not committed before the end."""
    with rt.database.writers.begin() as session:
        session.add(
            AuditEntry(at=rt.clock(), by="system", action=word, subject="page:1", detail={})
        )
        session.flush()
        yield session


class TestEntries:
    def test_one_committed_after_a_later_one_is_read_with_it(self, rt):
        read(rt)
        with slowly(rt, "early"):
            note(rt, "late")
            assert [read(rt), read(rt)] == [0, 0]
        assert read(rt) == 2
        assert read(rt) == 0

    def test_one_that_never_comes_holds_nobody_up(self, rt):
        read(rt)
        with slowly(rt, "never") as session:
            note(rt, "late")
            assert read(rt) == 0
            session.rollback()
        assert read(rt) == 1

    def test_a_crowd_of_writers_holds_nobody_up(self, rt):
        read(rt)
        with slowly(rt, "first"):
            note(rt, "second")
            assert read(rt) == 0
        with slowly(rt, "third"):
            assert read(rt) == 2  # who was awaited is done
            assert read(rt) == 0
        assert read(rt) == 1

    def test_whoever_only_reads_is_not_waited_for(self, rt):
        read(rt)
        with rt.read() as session:
            session.execute(text("SELECT count(*) FROM audit_entry"))
            note(rt, "one")
            assert read(rt) == 1


class TestStates:
    def test_a_word_committed_after_a_later_one_is_told(self, hook):
        hook.sweep()
        webmail = hook.town.ids["webmail"]
        with hook.rt.database.writers.begin() as slow:
            uow = UnitOfWork(slow, hook.rt.clock(), "system")
            set_state(uow, webmail, "event:x", State.DOWN, "")
            slow.flush()
            with hook.rt.work() as uow:
                other = uow.session.query(Component).filter(Component.id != webmail).first()
                set_state(uow, other.id, BASELINE, State.MINOR, "")
            with hook.rt.work() as uow:
                assert states.tell_states(uow, hook.rt.settings) == 0
        with hook.rt.work() as uow:
            assert states.tell_states(uow, hook.rt.settings) == 2


class TestStream:
    def test_one_that_started_earlier_and_is_committed_later_is_read(
        self, hook, caller, publish, clock
    ):
        publish("event:early")
        publish("event:late")
        early = update(Publication).where(Publication.subject == "event:early")
        with hook.rt.database.writers.begin() as session:
            session.execute(early.values(started_at=None))
        with hook.rt.database.writers.begin() as slow:
            slow.execute(early.values(started_at=clock() - timedelta(seconds=2)))
            during = caller.get("/api/v1/events/stream").json
        after = caller.get(f"/api/v1/events/stream?after={during['next']}").json
        assert during["events"] == []
        assert [each["subject"] for each in after["events"]] == ["event:early", "event:late"]
