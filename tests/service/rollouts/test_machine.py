"""Whatever happens, in whatever order: the promises of the engine, on a real database."""

import math
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, time, timedelta
from functools import partial
from pathlib import Path
from random import Random, SystemRandom
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from pydantic import SecretStr
from sqlalchemy import text

from channels.base import Parcel, Reason, Result, Scope
from channels.registry import Registry
from scheduling.waves import Late
from scheduling.windows import QuietHours, Rule, allowed
from service.access import keys
from service.config import Settings
from service.db.engine import open_database
from service.deliveries import pace, purse
from service.deliveries.models import Skip
from service.deliveries.settling import SILENCES
from service.errors import Conflict
from service.publications.plans import URGENT, Gate, OnUnknown, Plan
from service.rollouts import actions, opening
from service.rollouts.models import OVER, RolloutState
from service.rollouts.permutation import Permutation
from service.subscribers.models import (
    SHUFFLE_PRIME,
    Consent,
    Kind,
    Subscriber,
    Subscription,
)
from tests.engine import Engine, engine_on
from tests.factories import a_subscriber, a_subscription, an_address
from tests.fakes import MONDAY, Clock, Queue
from tests.mortal import Killed, Life, MortalPostman, MortalRuntime
from tests.services import create_database, drop_database
from tests.stopped_clock import StoppedClock, Waiting

ZONES = ("Europe/Paris", "Asia/Tokyo", "America/Los_Angeles")
PEOPLE = 12
DAY = ({"days": [0, 1, 2, 3, 4, 5, 6], "start": "09:00", "end": "20:00"},)
GROWTH = {"kind": "absolute", "steps": [2, 6]}
QUICK = Gate(min_bake=0, max_bake=60, min_exposed=2)
PLANS = (
    Plan(windows=DAY, growth=GROWTH, gate=QUICK),
    Plan(windows=(), growth=GROWTH, gate=QUICK),
    Plan(windows=DAY, growth=GROWTH, gate=QUICK, late=Late.SKIP, on_unknown=OnUnknown.RESEND),
    URGENT.model_copy(update={"growth": GROWTH, "gate": QUICK}),
    Plan(
        windows=DAY,
        growth=GROWTH,
        gate=QUICK,
        blackouts=((MONDAY + timedelta(days=1)).date(),),
        not_before=MONDAY + timedelta(hours=6),
    ),
)
OPERATIONS: list[Callable[..., object]] = [
    actions.pause,
    actions.resume,
    actions.resume,
    actions.abort,
]
SUBJECTS = ("event:x", "event:y")
MOST = 4  # rollouts in one example
ABORTED = 0.4  # of those that somebody thinks of aborting
ANSWERS = (
    (Result.TRANSIENT, Scope.ADDRESS, Reason.MAILBOX_FULL),
    (Result.PERMANENT, Scope.ADDRESS, Reason.UNKNOWN_RECIPIENT),
    (Result.UNKNOWN, Scope.ADDRESS, Reason.TIMEOUT),
    (Result.UNKNOWN, Scope.ADDRESS, Reason.INTERRUPTED),
    (Result.NOT_TRIED, Scope.ADDRESS, Reason.TIMEOUT),
    (Result.TRANSIENT, Scope.LANE, Reason.THROTTLED),
    (Result.NOT_TRIED, Scope.INSTANCE, Reason.UNREACHABLE),
)
STOPPED = OVER | {RolloutState.PAUSED}
REASONS = {str(each) for each in Skip}
EXAMPLES = int(os.environ.get("TOCSIN_TEST_EXAMPLES", "0"))  # other ones each time, for a search
STEPS = 40
LAST = datetime.max.replace(tzinfo=UTC)
LONG = 700.0  # seconds: no lease, hold or silence lasts longer
SEEN = Counter[str]()  # what the examples came to


class Machine(RuleBasedStateMachine):
    """An operator, subscribers, a scheduler and bad luck, one step at a time."""

    offered: tuple[Plan, ...] = PLANS

    def __init__(self, template: Path | str, seed: int) -> None:
        super().__init__()
        self.luck = Random(seed)  # noqa: S311 - what happens, not which keys
        self.folder = Path(tempfile.mkdtemp(prefix="tocsin-machine-"))
        self.url = url = self.fresh(template)
        given = Settings(
            database_url=url, data_dir=self.folder, secret_key=SecretStr("k" * 32), mark_at_once=2
        )
        self.life = Life()
        self.clock, self.queue = Clock(), Queue()
        self.postman = MortalPostman(life=self.life, watch=self.watch)
        database = open_database(url)
        self.seconds = StoppedClock(database)
        rt = MortalRuntime(
            given,
            database,
            Registry({}, {}, {}),
            self.queue,
            self.clock,
            Waiting(self.seconds),
            life=self.life,
        )
        self.engine: Engine = engine_on(rt, self.clock, self.queue, self.postman)
        self.plans: dict[str, Plan] = {}
        self.ends: dict[str, datetime] = {}  # when each expires
        self.marks: dict[str, int] = {}  # of rollouts that are stopped, when they were
        self.zones = [ZONES[index % len(ZONES)] for index in range(PEOPLE)]
        self.quiet: dict[int, QuietHours] = {}
        self.left = set[int]()
        self.lost = 0  # workers killed, or taken for dead

    def teardown(self) -> None:
        try:
            if self.plans:
                self.end_well()
        finally:
            self.engine.rt.database.close()
            shutil.rmtree(self.folder)
            if not self.url.startswith("sqlite"):
                drop_database(self.url)

    def fresh(self, template: Path | str) -> str:
        """The URL of a copy of *template*: a file of SQLite, or the URL of a PostgreSQL."""
        if isinstance(template, str):
            return create_database(template, template)
        shutil.copy(template, self.folder / "t.db")
        return f"sqlite:///{self.folder / 't.db'}"

    # ── what happens ─────────────────────────────────────────────────────────────────────

    @initialize()
    def a_town(self) -> None:
        self.audience = self.engine.audience(*ZONES, per_zone=PEOPLE // len(ZONES))
        with self.engine.rt.work() as uow:
            system = a_subscriber(uow, "Asia/Tokyo", kind=Kind.SYSTEM)
            hook = an_address(uow, system, "https://hooks.example.org/x", channel="webhook")
            page = uow.session.get_one(Subscription, 1).page_id
            a_subscription(uow, hook, page_id=page)
            for someone in uow.session.query(Subscriber).order_by(Subscriber.id):
                someone.shuffle_key = self.luck.randrange(SHUFFLE_PRIME)
        self.approve()

    @rule()
    def something_happens(self) -> None:
        """One of all that can; drawn here, for hypothesis would leave most of it out at first."""
        self.seconds.advance(0.01)
        acts, weights = zip(*self.happenings().items(), strict=True)
        self.luck.choices(acts, weights)[0]()

    def happenings(self) -> dict[Callable[[], None], int]:
        return {
            self.work: 8,
            self.crash: 5,
            self.ring: 4,
            self.act_amid_a_batch: 5,
            self.answer: 4,
            self.real_time_passes: 3,
            self.approve: 1,
            self.choose: 2,
            self.operate: 3,
        }

    def work(self) -> None:
        self.clock.advance(timedelta(minutes=self.luck.choice([0, 1, 30, 400])))
        self.engine.tick()

    def crash(self) -> None:
        """The process dies, at whatever point; what it held is found later."""
        self.life.left = self.luck.randint(1, 40)
        try:
            self.engine.tick()
        except Killed:
            SEEN["crashes"] += 1
            self.lost += 1
            self.engine.restart()
        self.life.left = None

    def ring(self) -> None:
        """I18: jobs run in any order, get lost, or come twice."""
        self.engine.sweep()
        self.luck.shuffle(self.queue.jobs)
        for job in self.queue.jobs[:2]:
            match self.luck.choice(["run", "lose", "double"]):
                case "run":
                    self.queue.jobs.remove(job)
                    self.engine.jobs[job.actor](job.subject)
                case "lose":
                    self.queue.jobs.remove(job)
                case "double":
                    self.queue.jobs.append(job)

    def act_amid_a_batch(self) -> None:
        """The worker is slow, and the world does not wait for it."""
        late, tick = self.takes_too_long, self.engine.tick
        self.postman.amid = self.luck.choice([late, late, tick, self.operate, self.choose])
        self.engine.tick()

    def answer(self) -> None:
        """What the far side says to some people from now on; None: that it takes everything."""
        answer = self.luck.choice([*ANSWERS, None])
        if answer is None:
            self.postman.answers.clear()
        else:
            for index in self.luck.sample(range(PEOPLE), 3):
                self.postman.answers[f"p{index}@example.org"] = answer
        self.engine.tick()

    def real_time_passes(self) -> None:
        """Holds end, and so do the leases of whoever does not answer any more."""
        self.seconds.advance(LONG)
        self.engine.tick()

    def approve(self) -> None:
        if len(self.plans) == MOST:
            return
        plan, subject = self.luck.choice(self.offered), self.luck.choice(SUBJECTS)
        expires = self.clock.now + timedelta(days=2 if plan.late is Late.SKIP else 7)
        name = self.engine.approve(self.audience, plan, subject=subject, expires_at=expires)
        self.shuffle(name)
        self.plans[name], self.ends[name] = plan, expires

    def shuffle(self, name: str) -> None:
        """Draw who goes first: what is drawn in earnest is another each time."""
        a, b = Permutation(
            self.luck.randrange(1, SHUFFLE_PRIME), self.luck.randrange(SHUFFLE_PRIME)
        )
        self.sql(
            "UPDATE rollout SET permutation_a = :a, permutation_b = :b WHERE public_id = :name",
            a=a,
            b=b,
            name=name,
        )

    def operate(self) -> None:
        what = self.luck.choice(OPERATIONS)
        if what is not actions.abort or self.luck.random() < ABORTED:
            self.try_to(what, self.luck.choice(list(self.plans)))

    def choose(self) -> None:
        """Somebody leaves, moves, or wants to be left in peace for some hours."""
        index = self.luck.randrange(PEOPLE)
        kept = (each for each in ZONES if each != self.zones[index])
        with self.engine.rt.work("subscriber:1") as uow:
            someone = uow.session.get_one(Subscriber, index + 1)
            match self.luck.choice(["leave", "move", "rest"]):
                case "leave":
                    uow.session.get_one(Subscription, index + 1).state = Consent.ENDED
                    self.left.add(index)
                case "move":
                    someone.timezone = self.zones[index] = next(kept)
                case "rest":
                    hour = self.luck.randrange(24)
                    quiet = self.quiet[index] = QuietHours(time(hour), time((hour + 5) % 24))
                    someone.quiet_from, someone.quiet_to = quiet.start, quiet.end

    # ── what must hold ───────────────────────────────────────────────────────────────────

    def watch(self, parcels: Sequence[Parcel]) -> None:
        """Before anything is sent: I6, I7, I9, I15."""
        for parcel in parcels:
            if (name := self.name_of(parcel.id)) in self.plans:  # else it is being approved
                assert self.engine.rollout(name).state not in STOPPED, "I6"
            index = int(parcel.address.key.partition("@")[0].removeprefix("p"))
            assert index not in self.left, "I15"
            assert allowed(
                self.zones[index], self.clock.now, self.rule_of(parcel), self.quiet.get(index)
            ), "I7"
            assert self.clock.now < self.ends.get(name, LAST), "I9"

    @invariant()
    def everybody_has_one_delivery_of_a_rollout(self) -> None:
        """I1."""
        assert not self.one(
            """SELECT count(*) FROM (
                SELECT 1 FROM delivery GROUP BY rollout_id, address_id HAVING count(*) > 1
            ) AS twice"""
        )

    @invariant()
    def everybody_is_somewhere_and_the_counters_say_so(self) -> None:
        """I3, I22."""
        for name in self.plans:
            if self.engine.rollout(name).planned_at:
                self.engine.recount(name)

    @invariant()
    def nobody_is_told_twice(self) -> None:
        """I2, I12, I19: never under `hold`, and boundedly often under `resend`."""
        for parcel, times in Counter(each.id for each in self.postman.delivered).items():
            resends = self.plan_of(parcel).on_unknown is OnUnknown.RESEND
            assert times <= (1 + SILENCES + self.lost if resends else 1), parcel

    @invariant()
    def nobody_is_tried_again_who_may_have_it(self) -> None:
        """I2: under `hold`, another attempt follows a proof that the last did not arrive."""
        for name, plan in self.plans.items():
            if plan.on_unknown is OnUnknown.HOLD:
                again = """SELECT count(*) FROM outcome later
                    JOIN outcome o ON o.rollout_id = later.rollout_id AND o.n = later.n
                      AND o.attempt < later.attempt
                    JOIN delivery d ON d.rollout_id = o.rollout_id AND d.n = o.n
                    WHERE o.rollout_id = :id AND d.rank >= 0
                      AND o.result IN ('sent', 'permanent', 'unknown')"""
                assert not self.one(again, id=self.engine.rollout(name).id)

    @invariant()
    def nothing_is_marked_while_a_rollout_is_stopped(self) -> None:
        """I6."""
        for name in self.plans:
            row = self.engine.rollout(name)
            if row.state in STOPPED:
                marked = self.one(
                    "SELECT coalesce(sum(marked_upto), 0) FROM slice WHERE rollout_id = :id",
                    id=row.id,
                )
                assert self.marks.setdefault(name, marked) == marked
            else:
                self.marks.pop(name, None)

    @invariant()
    def whoever_was_tried_belongs_to_a_stage_that_a_decision_opened(self) -> None:
        """I4, I5."""
        assert not self.one(
            """SELECT count(*) FROM outcome o
            JOIN delivery d ON d.rollout_id = o.rollout_id AND d.n = o.n
            WHERE o.result <> 'skipped' AND d.rank >= 0 AND d.rank > (
                SELECT max(s.rank_hi) FROM stage s
                WHERE s.rollout_id = d.rollout_id AND s.opened_at IS NOT NULL)"""
        )
        assert not self.one(
            """SELECT count(*) FROM stage s
            WHERE s.opened_at IS NOT NULL AND NOT EXISTS (
                SELECT 1 FROM decision d LEFT JOIN stage before ON before.id = d.stage_id
                WHERE d.rollout_id = s.rollout_id AND d.at <= s.opened_at
                  AND (d.kind = 'start' AND s.no = 1
                    OR d.kind IN ('go', 'override') AND before.no = s.no - 1))"""
        )

    @invariant()
    def whoever_was_skipped_has_a_reason(self) -> None:
        """I10."""
        with self.engine.rt.read() as session:
            reasons = session.scalars(
                text("SELECT DISTINCT reason FROM outcome WHERE result = 'skipped'")
            )
            assert set(reasons) <= REASONS

    def end_well(self) -> None:
        """I20: once nothing fails any more, everybody comes to an end."""
        self.life.left = self.postman.amid = None
        self.postman.answers.clear()
        for _ in range(70):
            self.real_time_passes()
            self.engine.tick()
            for name in self.plans:
                if self.engine.rollout(name).state is RolloutState.PAUSED:
                    self.try_to(actions.resume, name)
            if all(self.engine.rollout(name).state in OVER for name in self.plans):
                break
            self.clock.advance(timedelta(hours=3))
        self.real_time_passes()
        self.engine.tick()
        for name in self.plans:
            assert self.engine.rollout(name).state in OVER
            assert not {"planned", "sending", "deferred"} & set(self.engine.recount(name))
        self.nobody_is_told_twice()
        assert not self.one("SELECT count(*) FROM lane_two")
        for name in self.plans:
            SEEN.update(self.engine.recount(name))

    # ── how it is done ───────────────────────────────────────────────────────────────────

    def takes_too_long(self) -> None:
        self.lost += 1
        self.seconds.advance(self.engine.rt.settings.lease_seconds + 1)
        self.engine.tick()

    def try_to(self, act: Callable[..., object], name: str) -> None:
        with suppress(Conflict), self.engine.rt.work("staff:2") as uow:
            act(uow, name)

    def plan_of(self, parcel: str) -> Plan:
        return self.plans[self.name_of(parcel)]

    def name_of(self, parcel: str) -> str:
        publication = parcel.rpartition("-")[0]
        name: str = self.one(
            """SELECT r.public_id FROM rollout r JOIN publication p ON p.id = r.publication_id
            WHERE p.public_id = :id""",
            id=publication,
        )
        return name

    def rule_of(self, parcel: Parcel) -> Rule:
        return self.plan_of(parcel.id).rule()

    def sql(self, statement: str, **given: object) -> None:
        with self.engine.rt.database.writers.begin() as session:
            session.execute(text(statement), given)

    def one(self, statement: str, **given: object) -> Any:
        with self.engine.rt.read() as session:
            return session.scalar(text(statement), given)


def play(
    kind: Callable[[Path | str, int], Machine], template: Path | str, seeds: int, *known: int
) -> None:
    """Play an example for each seed, and those *known* to have found something once.

    Where examples are asked for, as many that nobody saw yet.
    """
    fresh = [SystemRandom().getrandbits(32) for _ in range(EXAMPLES)]
    for seed in fresh or (*range(seeds), *known):
        print("seed", seed)  # noqa: T201 - shown with what fails
        run_state_machine_as_test(
            partial(kind, template, seed),  # type: ignore[arg-type]
            settings=settings(
                max_examples=1,
                stateful_step_count=STEPS,
                derandomize=True,
                database=None,
                deadline=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            ),
        )


@pytest.fixture
def at_no_pace(monkeypatch):
    """Batches and slices of one size, tokens that stay: nothing depends on how fast we are."""
    keys.use(b"k" * 32)
    monkeypatch.setattr(opening, "SLICE_SIZE", 3)
    monkeypatch.setattr(pace, "LONGEST_SECONDS", math.inf)
    monkeypatch.setattr(purse, "SPENT_WITHIN", math.inf)


@pytest.mark.usefixtures("at_no_pace")
class TestEngine:
    @pytest.mark.parametrize(("template", "seeds"), [("sqlite", 6), ("postgres", 1)])
    def test_keeps_its_promises_whatever_happens(self, request, template, seeds):
        play(Machine, request.getfixturevalue(f"{template}_template"), seeds)
        if template == "sqlite":  # whose examples are enough to see everything
            for what in ("accepted", "skipped", "unknown", "crashes"):
                assert SEEN[what], what  # it is no use to keep promises by doing nothing
