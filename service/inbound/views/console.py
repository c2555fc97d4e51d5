"""What came in by mail and what became of it; what nobody understood waits for somebody."""

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from service.errors import NotFound
from service.inbound import actions, queries
from service.inbound.models import Letter, LetterState
from service.web.addresses import row_named
from service.web.callers import staff
from service.web.context import NavItem, add_navigation, caller, runtime
from service.web.i18n import t

console = Blueprint(
    "letters", __name__, url_prefix="/console/letters", template_folder="../templates"
)
add_navigation(console, NavItem("letters.index", "inbound.title", "moderator", 75))

SHOWN = 50


@console.get("", strict_slashes=False)
@staff("moderator")
def index() -> ResponseReturnValue:
    """Mail of one state, newest first; what nobody understood unless another is asked for."""
    wanted = request.args.get("state", LetterState.UNRECOGNISED)
    state = LetterState(wanted) if wanted in set(LetterState) else None
    before = row_named("before")
    with runtime().read() as session:
        found = queries.newest(session, state, before, SHOWN + 1)
        return render_template(
            "inbound/letters.html",
            letters=found[:SHOWN],
            older=found[SHOWN - 1].id if len(found) > SHOWN else None,
            state=state or "all",
            states=[*LetterState, "all"],
        )


@console.get("/<int:letter_id>.eml")
@staff("moderator")
def raw(letter_id: int) -> ResponseReturnValue:
    """The mail as it came, to be saved: a browser never interprets it."""
    with runtime().read() as session:
        letter = _found(session, letter_id)
        answer = Response(letter.raw, mimetype="application/octet-stream")
    answer.headers["Content-Disposition"] = f"attachment; filename=letter-{letter_id}.eml"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


@console.post("/<int:letter_id>")
@staff("moderator")
def settle(letter_id: int) -> ResponseReturnValue:
    """Try to understand a mail once more, or take it off the queue."""
    again = request.form.get("what") == "again"
    with runtime().work(caller().by) as uow:
        actions.look_again(uow, letter_id) if again else actions.dismiss(uow, letter_id)
    flash(t("inbound.again_done" if again else "inbound.dismissed"), "good")
    return redirect(url_for("letters.index"), 303)


def _found(session: Session, letter_id: int) -> Letter:
    letter = queries.letter(session, letter_id)
    if letter is None:
        raise NotFound("there is no such mail")
    return letter
