"""Rollouts in the console: all of them, and one as it goes."""

from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from service.db.unit_of_work import UnitOfWork
from service.deliveries.models import DeliveryState
from service.deliveries.queries import accounts
from service.errors import Conflict, Fault, Forbidden, Invalid, NotFound
from service.rollouts import actions
from service.rollouts.consequences import consequences
from service.rollouts.models import OVER, PauseReason, Rollout, RolloutState
from service.rollouts.overriding import is_another, override
from service.rollouts.picture import picture, summaries
from service.rollouts.queries import needs, states
from service.rollouts.views.schemas import DeliveriesQuery, SteerIn
from service.rollouts.watching import watch
from service.web.callers import staff
from service.web.context import NavItem, add_navigation, caller, runtime
from service.web.forms import parse_form
from service.web.i18n import has_words, t

console = Blueprint(
    "rollouts", __name__, url_prefix="/console/rollouts", template_folder="../templates"
)
add_navigation(console, NavItem("rollouts.index", "rollouts.title", "viewer", 20))

Step = Callable[[UnitOfWork, str, str], Rollout]

_STEPS: dict[str, Step] = {
    "pause": lambda uow, key, why: actions.pause(uow, key, PauseReason.MANUAL, why),
    "resume": actions.resume,
    "abort": actions.abort,
    "override": override,
}
_WHILE = {
    "pause": frozenset({RolloutState.SCHEDULED, RolloutState.RUNNING}),
    "resume": frozenset({RolloutState.PAUSED}),
    "abort": frozenset(RolloutState) - OVER,
}


@console.get("", strict_slashes=False)
@staff("viewer")
def index() -> ResponseReturnValue:
    """The newest rollouts."""
    rt = runtime()
    with rt.read() as session:
        shown = summaries(session)
        return render_template(
            "rollouts/index.html",
            rollouts=shown,
            frozen=needs.frozen(session, rt.clock()),
            zone=shown[0].zone if shown else "UTC",
        )


@console.get("/<rollout_id>")
@staff("viewer")
def show(rollout_id: str) -> ResponseReturnValue:
    """Where a rollout stands."""
    with runtime().read() as session:
        shown = picture(session, _found(session, rollout_id))
        watched = watch(session, shown, runtime().clock())
        may = [step for step, during in _WHILE.items() if shown.rollout.state in during]
        waits = shown.rollout.pause_reason is PauseReason.DEPENDENCY
        if waits:
            may.remove("resume")  # it goes on by itself; an override does without
        if waits or (watched.gate and watched.gate.is_held):
            may.append("override")
        return render_template("rollouts/show.html", shown=shown, watched=watched, may=may)


@console.get("/<rollout_id>/deliveries")
@staff("viewer")
def deliveries(rollout_id: str) -> ResponseReturnValue:
    """The proof per recipient; addresses are masked."""
    asked = parse_form(DeliveriesQuery, request.args)
    with runtime().read() as session:
        rollout = _found(session, rollout_id)
        lines = accounts.lines(
            session, rollout.id, after=asked.after, limit=asked.limit + 1, state=asked.state
        )
        return render_template(
            "rollouts/deliveries.html",
            shown=picture(session, rollout),
            lines=lines[: asked.limit],
            following=lines[asked.limit - 1].n if len(lines) > asked.limit else None,
            chosen=asked.state,
            delivery_states=list(DeliveryState),
        )


@console.get("/<rollout_id>/<step>")
@staff("moderator")
def ask(rollout_id: str, step: str) -> ResponseReturnValue:
    """Ask once more before pausing, resuming or aborting."""
    return _asked(rollout_id, step)


@console.post("/<rollout_id>/<step>")
@staff("moderator")
def steer(rollout_id: str, step: str) -> ResponseReturnValue:
    """Pause, resume, abort, or open what a gate holds."""
    _known(step)
    wish = parse_form(SteerIn, request.form)
    try:
        with runtime().work(caller().by) as uow:
            _STEPS[step](uow, rollout_id, wish.comment)
    except Invalid as refusal:
        return _asked(rollout_id, step, refusal.faults), 422
    except (Conflict, Forbidden) as refusal:
        flash(_why_not(refusal.code), "bad")
    else:
        flash(t(f"rollouts.done.{step}"), "good")
    return redirect(url_for("rollouts.show", rollout_id=rollout_id), 303)


def _asked(rollout_id: str, step: str, faults: tuple[Fault, ...] = ()) -> str:
    _known(step)
    rt = runtime()
    with rt.read() as session:
        shown = picture(session, _found(session, rollout_id))
        return render_template(
            "rollouts/ask.html",
            shown=shown,
            step=step,
            faults=faults,
            comment=request.form.get("comment", ""),
            gate=watch(session, shown, rt.clock()).gate,
            what=consequences(session, shown, rt.clock()),
            may_override=is_another(shown.rollout, shown.publication, caller().by),
        )


def _why_not(code: str) -> str:
    """What to tell whoever came too late, or may not."""
    if has_words(f"rollouts.refusal.{code}"):
        return t(f"rollouts.refusal.{code}")
    return t("rollouts.conflict", state=t(f"rollouts.state.{code}"))


def _known(step: str) -> None:
    if step not in _STEPS:
        raise NotFound(f"a rollout can be made to {', '.join(_STEPS)}, not {step}")


def _found(session: Session, rollout_id: str) -> Rollout:
    rollout = states.by_public_id(session, rollout_id)
    if rollout is None:
        raise NotFound(f"there is no rollout {rollout_id}")
    return rollout
