"""How long it takes to turn an audience into deliveries, beside the bare copying of the same rows.

Run `python -m benchmarks.planning` from the checkout. The audience lives in 400 time zones, a third
of it follows single components only; each rollout selects, filters, ranks, orders and numbers it,
cuts it into stages, waves and slices. The yardstick is `INSERT … SELECT` of the finished rows into
a table without keys.
"""

import argparse
import time
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from sqlalchemy import Column, MetaData, Table, func, insert, select, text
from sqlalchemy.orm import Session

from benchmarks.audiences import databases, fill
from benchmarks.figures import announce, at_least, tell
from benchmarks.services import publish, service
from service.deliveries.models import Delivery, Slice
from service.publications.plans import PLANNED
from service.queue import Actor
from service.rollouts.models import Rollout, Segment, Stage, Wave
from service.runtime import Runtime
from service.subscribers.audience import Audience
from service.worker import jobs

WRITTEN = (Delivery, Segment, Stage, Wave, Slice)
FILE_BYTES = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
SERVER_BYTES = "SELECT pg_database_size(current_database())"


def planned(rt: Runtime, audience: Audience) -> tuple[int, float]:
    """Plan a rollout; return its id and the seconds that took."""
    rollout_id = publish(rt, audience, PLANNED)
    begin = time.perf_counter()
    jobs(rt)[Actor.PLAN](str(rollout_id))
    return rollout_id, time.perf_counter() - begin


def footprint(rt: Runtime) -> tuple[int, float]:
    """Rows that planning has written so far, and the megabytes of the database."""
    with rt.read() as session:
        is_file = session.get_bind().dialect.name == "sqlite"
        size = session.scalar(text(FILE_BYTES if is_file else SERVER_BYTES)) or 0
        rows = [session.scalar(select(func.count()).select_from(each)) or 0 for each in WRITTEN]
    return sum(rows), size / 1e6


def copied(rt: Runtime, rollout_id: int) -> float:
    """Copy a rollout's deliveries into a bare table; return the seconds that took."""
    rows = select(Delivery.__table__).where(Delivery.rollout_id == rollout_id)
    with rt.work() as uow:
        bare = _bare(uow.session)
    begin = time.perf_counter()
    with rt.work() as uow:
        uow.session.execute(insert(bare).from_select(list(bare.c.keys()), rows))
    seconds = time.perf_counter() - begin
    with rt.work() as uow:
        bare.drop(uow.session.connection())
    return seconds


def _bare(session: Session) -> Table:
    columns = [Column(column.name, column.type) for column in Delivery.__table__.columns]
    bare = Table("bare", MetaData(), *columns)
    bare.create(session.connection())
    return bare


def measure(name: str, url: str, people: int, rounds: int) -> None:
    """Measure on one database, and print."""
    with TemporaryDirectory() as folder, service(url, 9, Path(folder)) as parts:
        rt = parts.runtime
        with rt.work() as uow:
            audience = fill(uow, people)
        plans, copies, size = [], [], 0
        before = footprint(rt)
        for _ in range(rounds):
            rollout_id, seconds = planned(rt, audience)
            plans.append(seconds)
            grown = [now - then for now, then in zip(footprint(rt), before, strict=True)]
            print(f"{name}: {seconds:.2f} s, {grown[0]:,.0f} rows, {grown[1]:.0f} MB", flush=True)
            copies.append(copied(rt, rollout_id))
            with rt.read() as session:
                size = session.get_one(Rollout, rollout_id).size
            before = footprint(rt)
    ours, bare = median(plans), median(copies)
    listed = ", ".join(f"{seconds:.2f}" for seconds in plans)
    print(f"{name}: {size} of {people} people planned in {ours:.2f} s (of {listed})")
    print(
        f"{name}: {size / ours:.0f} rows/s; bare copy {bare:.2f} s: {bare / ours:.2f} of its rate"
    )
    figure = f"planning {people:,} people, {name}"
    tell(figure, size / ours, "rows/s", ratio=bare / ours, target=at_least(0.35))


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--people", type=int, default=100_000)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--postgresql", default="", help="URL of a server to use instead of ours")
    options.add_argument("--only", default="", help="sqlite or postgresql")
    asked = options.parse_args()
    announce("benchmarks.planning")
    with ExitStack() as stack:
        urls = stack.enter_context(databases(asked.postgresql))
        for name, url in urls.items():
            if asked.only in ("", name):
                measure(name, url, asked.people, asked.rounds)


if __name__ == "__main__":
    main()
