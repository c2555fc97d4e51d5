"""A publication's rollout on paper: its own plan on its real audience, and what else one could do.

The plan is played by `scheduling.simulate` with the rules by which it would be carried out.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate

from scheduling.course import Course
from scheduling.exposure import (
    Exposure,
    Fault,
    Sight,
    all_at_once,
    exposure,
    sights,
    windows_alone,
)
from scheduling.maturity import enough
from scheduling.metrics import Metric, Weight
from scheduling.simulate import Paper, Watch, play
from service.deliveries.brief import sending_rule
from service.publications.gates import Gate, RatioWatch
from service.publications.models import Publication
from service.publications.plans import Plan
from service.rollouts.outlook import Outlook

#: Messages a minute that one modest worker behind a real relay sends: an assumption, to be chosen.
USUAL_PACE = 6_000.0

#: What the paper does not know; each may make the real rollout slower or smaller.
LEFT_OUT = (
    "caps that people reach before their turn",
    "providers that throttle",
    "signals that come late or not at all",
    "how long other rollouts, teams and components keep it waiting",
)


@dataclass(frozen=True, slots=True)
class Question:
    """What a simulation is asked: from when on, under which fault, at which pace."""

    at: datetime
    fault: Fault
    per_minute: float = USUAL_PACE


@dataclass(frozen=True, slots=True)
class Way:
    """One way to send the same message, and what a fault would come to."""

    name: str  # `all_at_once`, `windows_alone` or `this_plan`
    course: Course
    exposure: Exposure


@dataclass(frozen=True, slots=True)
class Simulation:
    """What the plan comes to, stage by stage, beside two plainer ways."""

    question: Question
    ways: tuple[Way, ...]  # the plan's own is the last
    sights: tuple[Sight, ...]  # what can be known after each stage

    @property
    def course(self) -> Course:
        """How the plan's own way goes."""
        return self.ways[-1].course

    @property
    def exposure(self) -> Exposure:
        """What the fault comes to under the plan itself."""
        return self.ways[-1].exposure


def simulate(publication: Publication, seen: Outlook, question: Question) -> Simulation:
    """Return how *publication* would go if it were approved when the *question* says."""
    paper = _paper(publication, seen, question)
    rest, everybody = seen.cohorts[-1], seen.by_clock()
    papers = {
        "all_at_once": all_at_once(paper),
        "windows_alone": windows_alone(paper),
        "this_plan": paper,
    }
    return Simulation(
        question,
        tuple(
            _way(name, each, rest if each is paper else everybody, question.fault)
            for name, each in papers.items()
        ),
        tuple(sights(paper.ends)),
    )


def _way(name: str, paper: Paper, people: Mapping[str, int], fault: Fault) -> Way:
    course = play(paper, people)
    return Way(name, course, exposure(course, fault))


def _paper(publication: Publication, seen: Outlook, question: Question) -> Paper:
    plan, at = Plan.model_validate(publication.plan), question.at
    paces = (question.per_minute, plan.per_minute, seen.bounds.per_minute)
    released = at + timedelta(minutes=plan.undo_minutes)
    return Paper(
        opens=at,
        released=max(released, plan.not_before) if plan.not_before else released,
        horizon=max(publication.expires_at - at, timedelta()),
        rule=sending_rule(publication, plan),
        late=plan.late,
        ends=tuple(accumulate(seen.stages)),
        watch=Watch(
            plan.quorum,
            timedelta(minutes=plan.gate.min_bake),
            plan.gate.min_exposed,
            tuple(_late(plan.gate)),
        ),
        per_minute=min(filter(None, paces)),
        soft=seen.softs,
        spread=plan.spread_over,
        warming=seen.bounds.warming,
        freezes=seen.bounds.freezes,
        quiet=seen.quiet,
        skipped=seen.skipped,
        lanes=seen.bounds.lanes,
    )


def _late(gate: Gate) -> Iterator[tuple[int, timedelta]]:
    """(people, lag) of the metrics without which there is no GO, where all goes well."""
    for watch in gate.metrics:
        needed = enough(Metric(watch.key, watch.standard()))
        if watch.lag and needed and watch.weight is Weight.ENFORCED:
            least = watch.min_exposed if isinstance(watch, RatioWatch) else 0
            yield max(needed, least), timedelta(minutes=watch.lag)
