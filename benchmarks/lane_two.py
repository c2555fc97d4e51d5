"""Lane two with hundreds of thousands of deferred messages: claims a second, and fairness.

Run `python -m benchmarks.lane_two` from the checkout. One rollout's whole audience is due for
another try (greylisting); a second rollout of equal urgency, with a thousand deferred people,
comes later. Measured on each database: messages a second through one worker (claimed, decided,
composed, settled; nothing is sent); the part of the second rollout in what leaves while both
wait; and what a poll costs while the first is paused and all of it is due.
"""

import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from sqlalchemy import ColumnElement, Insert, func, insert, literal, select, update

from benchmarks.audiences import databases, fill
from benchmarks.figures import announce, at_least, at_most, tell
from benchmarks.nobody import AT_ONCE, Nobody, engine, options, plan
from benchmarks.services import publish
from service.db.base import Instant
from service.deliveries import singles
from service.deliveries.choosing import buckets
from service.deliveries.models import Delivery, LaneTwo, Outcome, Slice
from service.deliveries.office import Office
from service.deliveries.parcels import Composer
from service.deliveries.queries import offers, slices
from service.rollouts import actions
from service.rollouts.models import Rollout
from service.runtime import Runtime
from service.subscribers.audience import Audience
from service.subscribers.models import Address

FEW = 1_000
POLLS = 50
ROUNDS = 5


def defer(rt: Runtime, audience: Audience, most: int) -> int:
    """Plan a rollout and put its first *most* people into lane two, due; return its id."""
    rollout_id = publish(rt, audience, AT_ONCE)
    plan(rt, rollout_id)
    first = (Delivery.rollout_id == rollout_id, Delivery.n <= most)
    with rt.work() as uow:
        lane = slices.lane_of(uow.session, rollout_id, "email")
        waiting = select(
            Delivery.rollout_id,
            Delivery.n,
            literal(lane.id),
            literal("email"),
            Address.lane,
            Delivery.bucket,
            Delivery.address_id,
            literal(lane.urgency),
            literal(uow.now, Instant()),
            literal(0.0),
            literal(2),
        ).join(Address, Address.id == Delivery.address_id)
        names = (
            "rollout_id n slice_id channel lane bucket address_id urgency due_at hold_until attempt"
        )
        rows = insert(LaneTwo).from_select(names.split(), waiting.where(*first))
        uow.session.execute(rows)
        uow.session.execute(_tried(uow.now, first))
        uow.session.execute(
            update(Slice)
            .where(Slice.rollout_id == rollout_id, Slice.n_lo.is_not(None))
            .values(
                marked_upto=Slice.n_hi,
                settled_upto=Slice.n_hi,
                moved=Slice.n_hi - Slice.n_lo + 1,
                ready=False,
            )
        )
    return rollout_id


def _tried(now: datetime, first: Sequence[ColumnElement[bool]]) -> Insert:
    """What was written of the first attempts: the far side asked to come again."""
    words = [literal(word) for word in ("transient", "address", "mailbox_full", "451", "", "")]
    source = select(
        Delivery.rollout_id, Delivery.n, literal(1), *words, literal(now, Instant()), literal(0.0)
    )
    names = "rollout_id n attempt result scope reason code detail reference at known_at"
    return insert(Outcome).from_select(names.split(), source.where(*first))


def dispatched(rt: Runtime, sink: Nobody, most: int) -> tuple[int, float]:
    """Let one worker take about *most* messages; return how many it took, and in how long."""
    stopping = threading.Event()
    limited = replace(rt, stopping=stopping)
    sink.taken, sink.most, sink.full = 0, most, stopping.set
    begin = time.perf_counter()
    singles.dispatch(Office(limited, Composer(limited)), "email")
    return sink.taken, time.perf_counter() - begin


def poll(rt: Runtime, sink: Nobody) -> float:
    """Milliseconds that asking for work takes."""
    open_ones = buckets(sink.traits, ())
    costs = []
    for _ in range(POLLS):
        with rt.read() as session:
            begin = time.perf_counter()
            offers.has_work(session, "email", rt.clock(), open_ones)
            costs.append((time.perf_counter() - begin) * 1_000)
    return median(costs)


def measure(name: str, url: str, people: int, messages: int) -> None:
    """Measure on one database and print; rates are the medians of `ROUNDS` takes of the lane."""
    with TemporaryDirectory() as folder, engine(url, Path(folder)) as (rt, sink):
        with rt.work() as uow:
            audience = fill(uow, people)
            audience = replace(audience, components=())  # everybody on the page
        large = defer(rt, audience, people)
        busy = poll(rt, sink)
        takes = [dispatched(rt, sink, messages) for _ in range(ROUNDS)]
        few = defer(rt, audience, FEW)
        both, _ = dispatched(rt, sink, FEW)
        share = (FEW - _waiting(rt, few)) / both
        left = _waiting(rt, large)
        for each in (large, few):
            _pause(rt, each)
        paused = poll(rt, sink)
    print(f"{name}: {left} wait; a poll {busy:.2f} ms")
    tell(f"lane two of {people:,}, {name}", median(n / s for n, s in takes), "messages/s")
    tell(f"lane two, share of who comes late, {name}", share, "of 1", target=at_least(0.4, "value"))
    tell(f"lane two, a poll while all is paused, {name}", paused, "ms", target=at_most(20))


def _waiting(rt: Runtime, rollout_id: int) -> int:
    with rt.read() as session:
        where = LaneTwo.rollout_id == rollout_id
        return session.scalar(select(func.count()).select_from(LaneTwo).where(where)) or 0


def _pause(rt: Runtime, rollout_id: int) -> None:
    with rt.work("staff:1") as uow:
        actions.pause(uow, uow.session.get_one(Rollout, rollout_id).public_id)


def main() -> None:
    """Measure and print."""
    parser = options(__doc__, 300_000)
    parser.add_argument("--messages", type=int, default=2_000)
    asked = parser.parse_args()
    announce("benchmarks.lane_two")
    with ExitStack() as stack:
        for name, url in stack.enter_context(databases(asked.postgresql)).items():
            measure(name, url, asked.people, asked.messages)


if __name__ == "__main__":
    main()
