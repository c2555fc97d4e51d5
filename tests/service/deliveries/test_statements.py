"""How often the database is asked, and how much it reads to answer."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from channels.base import Reason, Result, Scope
from service.deliveries.models import DeliveryState
from service.subscribers.audience import Audience
from tests.factories import a_page, a_subscriber, a_subscription, an_address
from tests.service.deliveries.conftest import HOLD, Lab

FEW, MANY = 2, 7  # of a batch of eight


@contextmanager
def statements(lab: Lab) -> Iterator[list[tuple[str, Any]]]:
    """The statements of changes made meanwhile, with their values."""
    asked: list[tuple[str, Any]] = []

    def note(*arguments: Any) -> None:
        asked.append((arguments[2], arguments[3]))

    writer = lab.engine.rt.database.engine
    event.listen(writer, "before_cursor_execute", note)
    yield asked
    event.remove(writer, "before_cursor_execute", note)


def followers(lab: Lab, slug: str, endpoints: int) -> Audience:
    """A page that *endpoints* follow, each on a host of its own."""
    with lab.engine.rt.work() as uow:
        page = a_page(uow, slug)
        for number in range(endpoints):
            host = f"{slug}{number}.example.org"
            url = f"https://{host}/hook"
            address = an_address(uow, a_subscriber(uow), url, channel="webhook", lane=host)
            a_subscription(uow, address, page)
        return Audience(pages=(page.id,), category="announcement")


def told(lab: Lab, slug: str, endpoints: int) -> list[str]:
    """Tell them in one batch; return the statements it took."""
    name = lab.plan(lab.engine.approve(followers(lab, slug, endpoints), HOLD, subject=slug))
    with statements(lab) as asked:
        lab.dispatch("webhook")
    assert lab.engine.recount(name) == {DeliveryState.ACCEPTED: endpoints}
    return [statement for statement, _ in asked]


def test_a_batch_to_many_programs_asks_no_oftener_than_one_to_few(lab):
    told(lab, "first", FEW)  # what is looked up once
    few, many = told(lab, "few", FEW), told(lab, "many", MANY)
    assert len(many) == len(few), [each for each in many if each not in few]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_batch_of_lane_two_never_reads_the_whole_lane(lab):
    """Hundreds of thousands may wait there."""
    name = lab.approve(HOLD, per_zone=FEW)
    lab.answer((Result.TRANSIENT, Scope.ADDRESS, Reason.MAILBOX_FULL), *range(FEW))
    lab.drain()
    lab.engine.clock.advance(timedelta(minutes=2))
    lab.postman.answers.clear()
    with statements(lab) as asked:
        lab.dispatch()
    assert lab.engine.recount(name) == {DeliveryState.ACCEPTED: FEW}
    changes = [
        each for each in asked if each[0].startswith(("UPDATE lane_two", "DELETE FROM lane"))
    ]
    assert len(changes) > 1  # marked, and over
    with lab.engine.rt.database.engine.connect() as connection:
        for statement, values in changes:
            how = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
            assert not [step for step in how if step.detail.startswith("SCAN lane_two")], statement
