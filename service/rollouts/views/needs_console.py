"""What a rollout waits for, in the console: teams say there whether they are ready."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from service.errors import Conflict, Invalid
from service.publications.dependencies import TeamNeeded
from service.publications.plans import Plan
from service.rollouts.acknowledging import acknowledge
from service.rollouts.depending import missing_now
from service.rollouts.finding import found_rollout
from service.rollouts.picture import picture
from service.rollouts.queries import needs
from service.rollouts.views.needs_schemas import WordIn
from service.web.callers import staff
from service.web.context import caller, runtime
from service.web.forms import parse_form
from service.web.i18n import t

waiting = Blueprint(
    "rollout_needs", __name__, url_prefix="/console/rollouts", template_folder="../templates"
)


@waiting.get("/<rollout_id>/needs")
@staff("viewer")
def show(rollout_id: str) -> ResponseReturnValue:
    """What is not given, what teams have said, and a form for each team."""
    rt = runtime()
    with rt.read() as session:
        rollout = found_rollout(session, rollout_id)
        shown = picture(session, rollout)
        said = {each.team: each for each in needs.newest_words(session, rollout.id)}
        asked = [
            each.team
            for each in Plan.model_validate(shown.publication.plan).dependencies.needs
            if isinstance(each, TeamNeeded)
        ]
        return render_template(
            "rollouts/needs.html",
            shown=shown,
            missing=missing_now(session, rollout, rt.clock()),
            said=said,
            teams=list(dict.fromkeys([*asked, *said])),
        )


@waiting.post("/<rollout_id>/needs")
@staff("author")
def say(rollout_id: str) -> ResponseReturnValue:
    """Say for a team that it is ready, or no longer."""
    try:
        wish = parse_form(WordIn, request.form)
        with runtime().work(caller().by) as uow:
            acknowledge(uow, rollout_id, wish.word())
    except Invalid as refusal:
        flash("; ".join(fault.detail for fault in refusal.faults), "bad")
    except Conflict as conflict:
        flash(t("rollouts.conflict", state=t(f"rollouts.state.{conflict.code}")), "bad")
    else:
        flash(t("rollouts.needs.done", team=wish.team), "good")
    return redirect(url_for("rollout_needs.show", rollout_id=rollout_id), 303)
