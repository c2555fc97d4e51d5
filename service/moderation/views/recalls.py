"""Taking an approval back, for programs and in the console."""

from apiflask import APIBlueprint
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from service.access.idempotency import idempotent, remember
from service.access.models import Scope
from service.errors import Conflict
from service.moderation.recalling import recall
from service.publications.plans import Plan
from service.publications.schemas import PublicationOut, publication_out
from service.rollouts.finding import found_rollout
from service.rollouts.picture import picture
from service.rollouts.recalling import CAN_RECALL
from service.rollouts.starting import starts_at
from service.rollouts.views.schemas import SteerIn
from service.web.callers import api_key, staff
from service.web.context import caller, runtime
from service.web.forms import parse_form
from service.web.i18n import t

api = APIBlueprint("recalls_api", __name__, url_prefix="/api/v1/rollouts", tag="Moderation")
console = Blueprint(
    "recalls", __name__, url_prefix="/console/recalls", template_folder="../templates"
)


@api.post("/<rollout_id>/recall")
@idempotent
@api.input(SteerIn)
@api.output(PublicationOut)
@api.doc(summary="Take an approval back before anything has left")
@api_key(Scope.MODERATE)
def recall_rollout(rollout_id: str, json_data: SteerIn) -> ResponseReturnValue:
    """The publication is held again; 409 once its rollout has started."""
    with runtime().work(caller().by) as uow:
        publication = recall(uow, rollout_id, json_data.comment)
        uow.session.flush()
        return remember(uow, publication_out(publication))


@console.get("/<rollout_id>")
@staff("moderator")
def ask(rollout_id: str) -> ResponseReturnValue:
    """Ask once more."""
    with runtime().read() as session:
        shown = picture(session, found_rollout(session, rollout_id))
        plan = Plan.model_validate(shown.publication.plan)
        return render_template(
            "moderation/recall.html",
            shown=shown,
            starts=starts_at(shown.rollout, plan),
            in_time=shown.rollout.state in CAN_RECALL,
        )


@console.post("/<rollout_id>")
@staff("moderator")
def take_back(rollout_id: str) -> ResponseReturnValue:
    """Take it back."""
    wish = parse_form(SteerIn, request.form)
    try:
        with runtime().work(caller().by) as uow:
            publication = recall(uow, rollout_id, wish.comment).public_id
    except Conflict as conflict:
        flash(t("rollouts.conflict", state=t(f"rollouts.state.{conflict.code}")), "bad")
        return redirect(url_for("rollouts.show", rollout_id=rollout_id), 303)
    flash(t("moderation.recall.done"), "good")
    return redirect(url_for("moderation.show", publication_id=publication), 303)
