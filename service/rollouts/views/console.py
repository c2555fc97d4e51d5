"""Rollouts in the console: all of them, and one as it goes."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from service.deliveries.models import DeliveryState
from service.deliveries.queries import accounts
from service.errors import Conflict, NotFound
from service.rollouts import actions
from service.rollouts.models import OVER, PauseReason, Rollout, RolloutState
from service.rollouts.picture import picture, summaries
from service.rollouts.queries import states
from service.rollouts.views.schemas import DeliveriesQuery, SteerIn
from service.web.callers import staff
from service.web.context import NavItem, add_navigation, caller, runtime
from service.web.forms import parse_form
from service.web.i18n import t

console = Blueprint(
    "rollouts", __name__, url_prefix="/console/rollouts", template_folder="../templates"
)
add_navigation(console, NavItem("rollouts.index", "rollouts.title", "viewer", 20))

_STEPS = {
    "pause": lambda uow, key, why: actions.pause(uow, key, PauseReason.MANUAL, why),
    "resume": actions.resume,
    "abort": actions.abort,
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
    with runtime().read() as session:
        return render_template("rollouts/index.html", rollouts=summaries(session))


@console.get("/<rollout_id>")
@staff("viewer")
def show(rollout_id: str) -> ResponseReturnValue:
    """Where a rollout stands."""
    with runtime().read() as session:
        shown = picture(session, _found(session, rollout_id))
        may = [step for step, during in _WHILE.items() if shown.rollout.state in during]
        return render_template("rollouts/show.html", shown=shown, may=may, now=runtime().clock())


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
    _known(step)
    with runtime().read() as session:
        shown = picture(session, _found(session, rollout_id))
        return render_template("rollouts/ask.html", shown=shown, step=step)


@console.post("/<rollout_id>/<step>")
@staff("moderator")
def steer(rollout_id: str, step: str) -> ResponseReturnValue:
    """Pause, resume or abort."""
    _known(step)
    wish = parse_form(SteerIn, request.form)
    try:
        with runtime().work(caller().by) as uow:
            _STEPS[step](uow, rollout_id, wish.comment)
    except Conflict as conflict:
        flash(t("rollouts.conflict", state=t(f"rollouts.state.{conflict.code}")), "bad")
    else:
        flash(t(f"rollouts.done.{step}"), "good")
    return redirect(url_for("rollouts.show", rollout_id=rollout_id), 303)


def _known(step: str) -> None:
    if step not in _STEPS:
        raise NotFound(f"a rollout can be made to {', '.join(_STEPS)}, not {step}")


def _found(session: Session, rollout_id: str) -> Rollout:
    rollout = states.by_public_id(session, rollout_id)
    if rollout is None:
        raise NotFound(f"there is no rollout {rollout_id}")
    return rollout
