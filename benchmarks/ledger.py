"""What the ledger costs: slices claimed and their outcomes recorded, beside claiming row by row.

Run `python -m benchmarks.ledger` from the checkout. Nothing is read of people, rendered or sent. A
slice is five hundred deliveries: claimed, marked and its outcomes recorded in two transactions,
as for the network between them; or ten slices in one. The yardstick claims and records as many
rows at a time of a queue in which each message has a state (with SKIP LOCKED where there is such
a thing): its rows are changed twice, the second time each with its own answer, given in the same
way as ours are.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    MetaData,
    String,
    Table,
    Update,
    bindparam,
    text,
    update,
)
from sqlalchemy.orm import Session

from benchmarks.audiences import databases, fill
from benchmarks.figures import announce, at_least, tell
from benchmarks.nobody import AT_ONCE, engine, options, plan
from benchmarks.services import publish
from service.db.arrays import Given
from service.db.statements import once_per_dialect
from service.db.unit_of_work import UnitOfWork
from service.deliveries.models import Slice
from service.deliveries.queries import outcomes, slices
from service.deliveries.queries.outcomes import Row
from service.deliveries.queries.slices import Counts
from service.rollouts import advancing
from service.runtime import Runtime
from service.subscribers.audience import Audience

SLICE, TOGETHER = 500, 10
ROUNDS = 5
TARGETS = {1: at_least(2.5), TOGETHER: at_least(5)}  # slices in a transaction

_QUEUE = """CREATE TABLE IF NOT EXISTS yardstick (
    id bigint PRIMARY KEY, address text NOT NULL, state text NOT NULL, owner text,
    result text, scope text, reason text, code text, detail text, at double precision)"""
_WAITING = "CREATE INDEX IF NOT EXISTS yardstick_waiting ON yardstick (state, id)"
_FILL = """INSERT INTO yardstick (id, address, state)
    SELECT id, value, 'waiting' FROM address"""
_CLAIM = """UPDATE yardstick SET state = 'sending', owner = :owner WHERE id IN (
    SELECT id FROM yardstick WHERE state = 'waiting' ORDER BY id LIMIT :most{lock}) RETURNING id"""
_LOCK = {"postgresql": " FOR UPDATE SKIP LOCKED", "sqlite": ""}
_ANSWERS = Given(
    {"n": BigInteger(), **dict.fromkeys(("result", "scope", "reason", "code", "detail"), String())}
)
_YARDSTICK = Table(
    "yardstick",
    MetaData(),
    Column("id", BigInteger(), primary_key=True),
    *(Column(name, String()) for name in ("state", *list(_ANSWERS.kinds)[1:])),
    Column("at", Float()),
)


@dataclass(slots=True)
class Subject:
    """One database with its people, and the rows a second of each way."""

    name: str
    rt: Runtime
    audience: Audience
    people: int
    ours: dict[int, list[float]] = field(default_factory=lambda: {size: [] for size in TARGETS})
    yards: list[float] = field(default_factory=list)
    owners: Iterator[int] = field(default_factory=count)

    def round(self) -> None:
        """Take one rollout through the ledger in each way, and once through the yardstick."""
        for size, rates in self.ours.items():
            self._plan()
            begin = time.perf_counter()
            while self._claim_and_record(size):
                pass
            rates.append(self.people / (time.perf_counter() - begin))
        self.yards.append(self._yardstick())

    def _plan(self) -> None:
        plan(self.rt, publish(self.rt, self.audience, AT_ONCE))
        with self.rt.work() as uow:
            advancing.release_waves(uow)

    def _claim_and_record(self, size: int) -> bool:
        with self.rt.work() as uow:
            held = [each for each in (self._claim(uow) for _ in range(size)) if each]
        with self.rt.work() as uow:
            for each in held:
                _record(uow, each)
        return bool(held)

    def _claim(self, uow: UnitOfWork) -> Slice | None:
        owner = f"benchmark-{next(self.owners)}"
        held = slices.claim(uow.session, "email", owner, uow.now, 60.0)
        if held:
            slices.mark(uow.session, held, held.n_hi or 0, 60.0)
        return held

    def _yardstick(self) -> float:
        with self.rt.work() as uow:
            for statement in (_QUEUE, _WAITING, "DELETE FROM yardstick"):
                uow.session.execute(text(statement))
            uow.session.execute(text(_FILL))
        begin = time.perf_counter()
        while self._claim_rows():
            pass
        return self.people / (time.perf_counter() - begin)

    def _claim_rows(self) -> bool:
        claim = text(_CLAIM.format(lock=_LOCK[self.name]))
        with self.rt.work() as uow:
            given = {"owner": f"benchmark-{next(self.owners)}", "most": SLICE}
            rows = list(uow.session.scalars(claim, given))
        with self.rt.work() as uow:
            answers = [(n, *_answer(n)[2:-1]) for n in rows]
            if answers:
                columns = _ANSWERS.parameters(uow.session, list(zip(*answers, strict=True)))
                parameters = {"when": uow.now.timestamp(), **columns}
                uow.session.execute(_recording(uow.session), parameters)
        return bool(rows)

    def report(self) -> None:
        """Print the medians, beside the yardstick of the same rounds."""
        yard = median(self.yards)
        print(f"{self.name}: row by row {yard:,.0f} rows/s")
        for size, rates in self.ours.items():
            figure = f"ledger, {size} slices a transaction, {self.name}"
            rate = median(rates)
            tell(figure, rate, "rows/s", ratio=rate / yard, target=TARGETS[size])


@once_per_dialect
def _recording(session: Session) -> Update:
    answers = _ANSWERS.table(session)
    values: dict[str, Any] = {name: answers.c[name] for name in list(_ANSWERS.kinds)[1:]}
    return (
        update(_YARDSTICK)
        .where(_YARDSTICK.c.id == answers.c.n)
        .values(state="done", at=bindparam("when"), **values)
    )


def _record(uow: UnitOfWork, held: Slice) -> None:
    first, last = held.n_lo or 0, held.n_hi or 0
    answers: Sequence[Row] = [_answer(n) for n in range(first, last + 1)]
    slices.settle(uow.session, held.id, last, Counts(sent=len(answers)))
    outcomes.record(uow.session, held.rollout_id, answers, uow.now)
    slices.release(uow.session, held)


def _answer(n: int) -> Row:
    return Row(n, 1, "sent", "address", "accepted", "250", "2.0.0 Ok: queued as 4WxYz", "4WxYz")


def main() -> None:
    """Measure and print."""
    asked = options(__doc__, 20_000).parse_args()
    announce("benchmarks.ledger")
    with ExitStack() as stack:
        for name, url in stack.enter_context(databases(asked.postgresql)).items():
            folder = Path(stack.enter_context(TemporaryDirectory()))
            rt, _ = stack.enter_context(engine(url, folder))
            with rt.work() as uow:
                audience = fill(uow, asked.people)
                everybody = Audience(pages=audience.pages, category=audience.category)
            subject = Subject(name, rt, everybody, asked.people)
            for _ in range(ROUNDS):
                subject.round()
            subject.report()


if __name__ == "__main__":
    main()
