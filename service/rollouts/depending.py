"""Holds what depends on something that is not given, with the reason, and lets it go on after."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from service.db.unit_of_work import UnitOfWork
from service.deliveries.queries.accounts import standing
from service.pages import queries as pages
from service.pages.models import RANK, State
from service.publications.dependencies import (
    ComponentNeeded,
    Needed,
    RolloutNeeded,
    TeamNeeded,
)
from service.publications.models import Publication, Urgency
from service.publications.plans import Plan
from service.rollouts.actions import go_on, hold_back
from service.rollouts.models import PauseReason, Rollout, RolloutState
from service.rollouts.queries import needs, states
from service.rollouts.starting import starts_at

ALL = 100  # percent


@dataclass(frozen=True, slots=True)
class Unmet:
    """A dependency that is not given, by its name, and why in a sentence."""

    name: str
    why: str


def look(uow: UnitOfWork, rollout_id: int) -> None:
    """Hold a rollout whose dependencies are not given; let one go on that waited for them."""
    rollout = states.locked(uow.session, rollout_id)
    missing = _change(uow.session, rollout, uow.now) if rollout else None
    if rollout is None or missing is None:
        return
    if missing:
        words = "; ".join(each.why for each in missing)
        hold_back(uow, rollout, PauseReason.DEPENDENCY, words)
    else:
        go_on(uow, rollout, "what it depends on is given")


def to_look_at(session: Session, now: datetime) -> list[int]:
    """Return the rollouts that are to be held, or to go on, as things stand."""
    found = needs.under_way(session)
    return [each.id for each in found if _needs_a_look(session, each, now)]


def _needs_a_look(session: Session, rollout: Rollout, now: datetime) -> bool:
    """Whether *rollout* changes; one whose plan cannot be read is looked at, and held for that."""
    try:
        return _change(session, rollout, now) is not None
    except ValueError:
        return rollout.state is not RolloutState.PAUSED


def _change(session: Session, rollout: Rollout, now: datetime) -> list[Unmet] | None:
    """What *rollout* must be held for from now on, nothing if it may go on; None: no change."""
    plan, publication = _plan(session, rollout)
    waits = rollout.state is RolloutState.PAUSED
    if waits and rollout.pause_reason is not PauseReason.DEPENDENCY:
        return None
    if not waits and not _matters(rollout, plan, now):
        return None
    missing = list(unmet(session, rollout, plan, publication.urgency, now))
    return missing if bool(missing) is not waits else None


def _matters(rollout: Rollout, plan: Plan, now: datetime) -> bool:
    """Whether it would leave now: one that starts later need not be held yet."""
    if rollout.state is RolloutState.RUNNING:
        return True
    return rollout.state is RolloutState.SCHEDULED and starts_at(rollout, plan) <= now


def unmet(
    session: Session, rollout: Rollout, plan: Plan, urgency: Urgency, now: datetime
) -> Iterator[Unmet]:
    """Yield each dependency of *rollout* that is not given now, and was not overridden."""
    waived = set(rollout.waived or ())
    yield from _not_given(session, rollout, plan)
    freeze = needs.frozen(session, now) if asks_calendar(plan, urgency) else None
    if freeze is not None and f"freeze:{freeze.public_id}" not in waived:
        until = freeze.ends_at.isoformat(timespec="minutes")
        yield Unmet(f"freeze:{freeze.public_id}", f"the freeze “{freeze.name}” lasts until {until}")


def _not_given(session: Session, rollout: Rollout | None, plan: Plan) -> Iterator[Unmet]:
    waived = set(rollout.waived or ()) if rollout else set[str]()
    said = needs.newest_words(session, rollout.id) if rollout else ()
    ready = {each.team: each.is_ready for each in said}
    for needed in plan.dependencies.needs:
        why = "" if needed.name in waived else _why(session, needed, ready)
        if why:
            yield Unmet(needed.name, why)


def foreseen(session: Session, publication: Publication) -> Iterator[Unmet]:
    """Yield what *publication* would wait for first, approved or not; freezes have their dates."""
    rollout = states.of_publication(session, publication.id)
    return _not_given(session, rollout, Plan.model_validate(publication.plan))


def missing_now(session: Session, rollout: Rollout, now: datetime) -> list[Unmet]:
    """Return what *rollout* would be held for at *now*."""
    plan, publication = _plan(session, rollout)
    return list(unmet(session, rollout, plan, publication.urgency, now))


def asks_calendar(plan: Plan, urgency: Urgency) -> bool:
    """Whether a freeze of the calendar holds what leaves by *plan*."""
    return plan.dependencies.observes_freezes and urgency < Urgency.IMPORTANT


def _why(session: Session, needed: Needed, ready: Mapping[str, bool]) -> str:
    """Why *needed* is not given; "" where it is."""
    match needed:
        case TeamNeeded(team=team):
            said = ready.get(team)
            return (
                ""
                if said
                else f"{team} "
                + ("has not said that it is ready" if said is None else "says that it is not ready")
            )
        case RolloutNeeded():
            return _milestone(session, needed)
        case ComponentNeeded():
            return _component(session, needed)


def _milestone(session: Session, needed: RolloutNeeded) -> str:
    other = states.by_public_id(session, needed.rollout)
    if other is None:
        return f"there is no rollout {needed.rollout}"
    if _has_reached(session, other, needed.milestone):
        return ""
    return f"rollout {needed.rollout} is {other.state} and has not reached {needed.milestone}"


def _has_reached(session: Session, other: Rollout, milestone: str) -> bool:
    kind, _, figure = milestone.partition(":")
    if kind == "started":
        return other.started_at is not None
    if kind == "completed":
        return other.state is RolloutState.COMPLETED
    if kind == "stage":
        return int(figure) in needs.passed_stages(session, other.id)
    counts = standing(session, other.id, other.size)
    return other.planned_at is not None and counts.done * ALL >= int(figure) * counts.total


def _component(session: Session, needed: ComponentNeeded) -> str:
    page = pages.page_by_slug(session, needed.page)
    component = pages.component_named(session, page.id, needed.component) if page else None
    if page is None or component is None:
        return f"there is no component {needed.component} on page {needed.page}"
    state = pages.effective_states(session, page.id).get(component.id, State.OPERATIONAL)
    if RANK[state] <= RANK[State(needed.at_worst)]:
        return ""
    return f"{needed.page}/{needed.component} is in {state}"


def _plan(session: Session, rollout: Rollout) -> tuple[Plan, Publication]:
    publication = session.get_one(Publication, rollout.publication_id)
    return Plan.model_validate(publication.plan), publication
