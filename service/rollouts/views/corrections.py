"""Writing a correction in the console: to exactly those a rollout reached."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from service.errors import Conflict, Fault, Invalid
from service.rollouts.consequences import consequences
from service.rollouts.correcting import correct
from service.rollouts.corrections import RolloutCorrectionIn
from service.rollouts.finding import found_rollout
from service.rollouts.picture import picture
from service.web.callers import staff
from service.web.context import caller, runtime
from service.web.forms import parse_form
from service.web.i18n import t

corrections = Blueprint(
    "corrections", __name__, url_prefix="/console/rollouts", template_folder="../templates"
)


@corrections.get("/<rollout_id>/correct")
@staff("author")
def write(rollout_id: str) -> ResponseReturnValue:
    """The form, and whom it goes to."""
    return _page(rollout_id)


@corrections.post("/<rollout_id>/correct")
@staff("author")
def submit(rollout_id: str) -> ResponseReturnValue:
    """Hold the correction for a moderator."""
    try:
        wish = parse_form(RolloutCorrectionIn, request.form).wish()
        with runtime().work(caller().by) as uow:
            publication = correct(uow, rollout_id, wish).public_id
    except Invalid as refusal:
        return _page(rollout_id, refusal.faults), 422
    except Conflict as refusal:
        flash(t(f"rollouts.refusal.{refusal.code}"), "bad")
        return redirect(url_for("corrections.write", rollout_id=rollout_id), 303)
    flash(t("rollouts.correct.done"), "good")
    return redirect(url_for("moderation.show", publication_id=publication), 303)


def _page(rollout_id: str, faults: tuple[Fault, ...] = ()) -> str:
    rt = runtime()
    with rt.read() as session:
        shown = picture(session, found_rollout(session, rollout_id))
        return render_template(
            "rollouts/correct.html",
            shown=shown,
            what=consequences(session, shown, rt.clock()),
            form=request.form,
            faults=faults,
        )
