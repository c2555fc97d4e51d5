"""The same promises while people and systems steer: signals, overrides, teams, corrections."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis.stateful import invariant
from sqlalchemy import text

from service.errors import Conflict, Invalid
from service.moderation.actions import approve
from service.publications import queries as publications
from service.publications.dependencies import Dependencies, TeamNeeded
from service.publications.gates import BooleanWatch, RatioWatch
from service.publications.plans import URGENT, Gate, Plan
from service.rollouts.acknowledging import Word, acknowledge
from service.rollouts.correcting import CorrectionWish, correct
from service.rollouts.overriding import override
from service.rollouts.queries import states
from service.rollouts.replaying import replay
from service.rollouts.signalling import SignalWish, signal
from tests.service.rollouts.test_machine import GROWTH, SEEN, Machine, at_no_pace, play

__all__ = ["at_no_pace"]  # a fixture

TICKETS = RatioWatch(key="tickets", kind="ratio", good=0.02, bad=0.3, fresh_for=600)
LOGIN = BooleanWatch(key="login", kind="boolean", fresh_for=600)
STRICT = Gate(min_bake=0, max_bake=60, min_exposed=2, metrics=(TICKETS, LOGIN))
SUPPORT = Dependencies(needs=(TeamNeeded(kind="team", team="support"),))
PLANS = (
    Plan(windows=(), growth=GROWTH, gate=STRICT),
    Plan(windows=(), growth=GROWTH, gate=STRICT, dependencies=SUPPORT),
)
WORDS = {"fr": "Corrigé", "en": "Corrected"}
WISH = CorrectionWish(WORDS, WORDS, "it was wrong", aborts=True)


class Steered(Machine):
    """Besides bad luck: upstream systems, teams, and people who decide."""

    def happenings(self) -> dict[Callable[[], None], int]:
        more: dict[Callable[[], None], int] = {
            self.push: 6,
            self.say: 4,
            self.decide: 4,
            self.put_right: 2,
            self.approve_strictly: 2,
        }
        return {**super().happenings(), **more}

    def approve_strictly(self) -> None:
        if len(self.plans) < 6:
            plan = self.luck.choice(PLANS)
            expires = self.clock.now + timedelta(days=7)
            name = self.engine.approve(
                self.audience, plan, subject=f"event:{len(self.plans)}", expires_at=expires
            )
            self.shuffle(name)
            self.plans[name] = plan

    def push(self) -> None:
        """Upstream says something, now and then nonsense; seldom does it end everything."""
        key = self.luck.choices(["tickets", "login", "security"], [8, 8, 1])[0]
        value = self.luck.choice([0.0, 0.0, 0.0, 1.0, None])
        end = self.clock.now - timedelta(minutes=self.luck.choice([0, 0, 5]))
        wish = SignalWish(
            key, value, self.luck.choice([None, 40.0]), end - timedelta(minutes=3), end, "desk"
        )
        with suppress(Conflict, Invalid), self.engine.rt.work("key:1") as uow:
            signal(uow, self.luck.choice(list(self.plans)), wish)
        self.engine.tick()

    def say(self) -> None:
        self.try_to(self.ready(self.luck.random() < 0.7), self.luck.choice(list(self.plans)))

    def decide(self) -> None:
        name = self.luck.choice(list(self.plans))
        with suppress(Conflict), self.engine.rt.work("staff:3") as uow:
            override(uow, name, "we know")
            SEEN["overridden"] += 1

    def put_right(self) -> None:
        """Correct something that left; the correction is one more rollout to keep an eye on."""
        name = self.luck.choice(list(self.plans))
        try:
            with self.engine.rt.work("staff:1") as uow:
                held = correct(uow, name, WISH)
                public_id, seen = held.public_id, held.hash
        except Conflict:
            return
        with self.engine.rt.work("staff:2") as uow:
            approve(uow, public_id, seen)
        with self.engine.rt.read() as session:
            publication = publications.by_public_id(session, public_id)
            assert publication is not None
            rollout = states.of_publication(session, publication.id)
            assert rollout is not None
            self.plans[rollout.public_id] = URGENT
        SEEN["corrected"] += 1

    @staticmethod
    def ready(is_ready: bool) -> Callable[..., object]:
        return lambda uow, name: acknowledge(uow, name, Word("support", is_ready))

    @invariant()
    def a_correction_goes_to_whom_it_reached_and_to_nobody_else(self) -> None:
        """I17: all that were reached, none that were not; whatever is found out later."""
        assert not self.one(
            """SELECT count(*) FROM rollout c
            JOIN delivery d ON d.rollout_id = c.id
            WHERE c.corrects_id IS NOT NULL AND NOT EXISTS (
                SELECT 1 FROM outcome o JOIN delivery x
                  ON x.rollout_id = o.rollout_id AND x.n = o.n
                WHERE x.rollout_id = c.corrects_id AND x.address_id = d.address_id
                  AND o.result <> 'skipped')"""
        )
        assert not self.one(
            """SELECT count(*) FROM rollout c
            JOIN delivery x ON x.rollout_id = c.corrects_id
            JOIN outcome o ON o.rollout_id = x.rollout_id AND o.n = x.n AND o.result = 'sent'
            WHERE c.planned_at IS NOT NULL AND NOT EXISTS (
                SELECT 1 FROM delivery d
                WHERE d.rollout_id = c.id AND d.address_id = x.address_id)"""
        )

    @invariant()
    def every_verdict_comes_out_again(self) -> None:
        """I14."""
        for name in self.plans:
            with self.engine.rt.read() as session:
                rollout = self.engine.rollout(name)
                assert not [each for each in replay(session, rollout) if each.trouble]

    @invariant()
    def what_is_sent_is_what_was_approved(self) -> None:
        """I16: the hash that was judged is that of the publication."""
        with self.engine.rt.read() as session:
            judged = session.execute(
                text(
                    """SELECT g.inputs, p.hash FROM gate_run g
                    JOIN rollout r ON r.id = g.rollout_id
                    JOIN publication p ON p.id = r.publication_id"""
                )
            ).all()
        assert all(approved in str(inputs) for inputs, approved in judged)

    def end_well(self) -> None:
        """Everybody is ready, nothing is wrong, and what is undecided is overridden."""
        for _ in range(60):
            for name in list(self.plans):
                self.try_to(self.ready(is_ready=True), name)
                with suppress(Conflict), self.engine.rt.work("staff:3") as uow:
                    override(uow, name, "let it end")
            self.life.left = self.postman.amid = None
            self.postman.answers.clear()
            self.real_time_passes()
            self.clock.advance(timedelta(hours=1))
        super().end_well()


#: A worker that was given up answers that nobody is there, while another attempt waits.
LATE_AND_GONE = 2520068796


@pytest.mark.usefixtures("at_no_pace")
class TestSteeredEngine:
    @pytest.mark.parametrize(("template", "seeds"), [("sqlite", 3), ("postgres", 1)])
    def test_keeps_its_promises_whoever_steers(self, request, template, seeds):
        play(Steered, request.getfixturevalue(f"{template}_template"), seeds, LATE_AND_GONE)
        if template == "sqlite":  # whose examples are enough to see everything
            for what in ("corrected", "overridden"):
                assert SEEN[what], what
