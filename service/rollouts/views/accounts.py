"""Single recipients: why somebody did or did not get it, and the proof of all of them."""

from typing import Any

from apiflask import APIBlueprint
from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from service.access.models import Scope
from service.errors import Fault, Forbidden, Invalid, NotFound, invalid
from service.rollouts.explaining import explain
from service.rollouts.finding import found_rollout
from service.rollouts.picture import picture
from service.rollouts.proving import MEDIA_TYPES, Wanted, proof
from service.rollouts.views.accounts_schemas import (
    ExplainQuery,
    ExplanationOut,
    ProofQuery,
    explanation_out,
    why_not,
)
from service.web.callers import api_key, staff
from service.web.context import caller, runtime
from service.web.forms import parse_form

api = APIBlueprint("accounts_api", __name__, url_prefix="/api/v1/rollouts", tag="Rollouts")
console = Blueprint(
    "accounts", __name__, url_prefix="/console/rollouts", template_folder="../templates"
)


@api.get("/<rollout_id>/explain")
@api.input(ExplainQuery, location="query")
@api.output(ExplanationOut)
@api.doc(summary="Ask why an address did, or did not, get what a rollout sends")
@api_key(Scope.ROLLOUTS)
def explain_address(rollout_id: str, query_data: ExplainQuery) -> ExplanationOut:
    """Rule, stage, class, windows, gate, version, attempts; or the reason it has no delivery."""
    rt = runtime()
    with rt.read() as session:
        rollout = found_rollout(session, rollout_id)
        return explanation_out(
            explain(
                session,
                rt.channels,
                rollout,
                query_data.address,
                rt.clock(),
                query_data.channel,
            )
        )


_FILES: dict[int | str, dict[str, str | dict[str, dict[str, Any]]]] = {
    200: {
        "description": "One recipient a line, in the format that was asked for.",
        "content": {
            each.partition(";")[0]: {"schema": {"type": "string"}} for each in MEDIA_TYPES.values()
        },
    }
}


@api.get("/<rollout_id>/proof")
@api.input(ProofQuery, location="query")
@api.doc(summary="Download the proof of a rollout, recipient by recipient", responses=_FILES)
@api_key(Scope.ROLLOUTS)
def download_proof(rollout_id: str, query_data: ProofQuery) -> ResponseReturnValue:
    """CSV or a JSON object a line, streamed. Whole addresses need the scope `subscribers` too."""
    if query_data.addresses == "whole" and Scope.SUBSCRIBERS not in caller().scopes:
        raise Forbidden("whole addresses need a key with the scope subscribers", code="scope")
    return _streamed(rollout_id, query_data)


@console.get("/<rollout_id>/proof")
@staff("moderator")
def proof_file(rollout_id: str) -> ResponseReturnValue:
    """The same as a file; whole addresses are for administrators."""
    asked = parse_form(ProofQuery, request.args)
    if asked.addresses == "whole" and not caller().may("admin"):
        raise Forbidden("whole addresses are for administrators", code="role")
    return _streamed(rollout_id, asked)


@console.get("/<rollout_id>/explain")
@staff("moderator")
def ask(rollout_id: str) -> ResponseReturnValue:
    """The question."""
    return _page(rollout_id)


@console.post("/<rollout_id>/explain")
@staff("moderator")
def answer(rollout_id: str) -> ResponseReturnValue:
    """The answer; a POST that changes nothing, so that the address is in no history and no log."""
    try:
        asked = parse_form(ExplainQuery, request.form)
        return _page(rollout_id, asked)
    except Invalid as refusal:
        return _page(rollout_id, faults=refusal.faults), 422


def _page(
    rollout_id: str, asked: ExplainQuery | None = None, faults: tuple[Fault, ...] = ()
) -> str:
    rt = runtime()
    with rt.read() as session:
        rollout = found_rollout(session, rollout_id)
        shown = picture(session, rollout)
        found = None
        if asked:
            try:
                found = explain(session, rt.channels, rollout, asked.address, rt.clock())
            except NotFound as nobody:
                raise invalid("/address", str(nobody), "unknown_address") from None
        return render_template(
            "rollouts/explain.html",
            shown=shown,
            found=found,
            why=why_not(found) if found else None,
            address=request.form.get("address", ""),
            faults=faults,
        )


def _streamed(rollout_id: str, asked: ProofQuery) -> Response:
    rt = runtime()
    with rt.read() as session:
        wanted = Wanted(
            found_rollout(session, rollout_id).id, asked.format, asked.addresses == "whole"
        )
    name = f"proof-{rollout_id}.{asked.format}"
    return Response(
        (lines for _, lines in proof(rt, wanted) if lines),
        content_type=MEDIA_TYPES[asked.format],
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
        },
    )
