"""The moderators' desk: the queue, one publication at a time, and what was decided."""

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from service.errors import Conflict, Fault, Invalid, NotFound, invalid
from service.moderation import actions, desk
from service.moderation.preview import letter
from service.moderation.views.schemas import VerdictIn
from service.publications import queries as publications
from service.publications.freezing import thaw
from service.publications.models import Publication
from service.rollouts.queries import states
from service.web.callers import staff
from service.web.context import NavItem, add_navigation, caller, runtime
from service.web.forms import parse_form
from service.web.i18n import t
from service.web.shell import CONTENT_SECURITY_POLICY

console = Blueprint(
    "moderation", __name__, url_prefix="/console/moderation", template_folder="../templates"
)
add_navigation(console, NavItem("moderation.queue", "moderation.title", "viewer", 10))

#: A mail's own styles, nothing else: no script, no picture, nothing from anywhere.
MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'; sandbox"
)

_VERDICTS = {"approve": actions.approve, "reject": actions.reject, "discard": actions.discard}


@console.get("", strict_slashes=False)
@staff("viewer")
def queue() -> ResponseReturnValue:
    """What waits, oldest first, and what was decided lately."""
    rt = runtime()
    with rt.read() as session:
        return render_template(
            "moderation/queue.html",
            waiting=desk.queue(session),
            decided=desk.decided(session),
            now=rt.clock(),
        )


@console.get("/<publication_id>")
@staff("viewer")
def show(publication_id: str) -> ResponseReturnValue:
    """One publication: what will be read, by whom, from when."""
    return _page(publication_id)


@console.get("/<publication_id>/mail/<reading>")
@staff("viewer")
def mail(publication_id: str, reading: str) -> ResponseReturnValue:
    """The mail as it will look, for the frame of the preview."""
    rt = runtime()
    with rt.read() as session:
        publication = _found(session, publication_id)
        message, zone = thaw(publication.content), str(publication.plan["fallback_zone"])
    if reading not in message.texts:
        raise NotFound(f"it is not written in {reading}")
    answer = Response(letter(rt.channels, message, reading, zone).html, mimetype="text/html")
    answer.headers["Content-Security-Policy"] = MAIL_POLICY
    answer.headers["X-Frame-Options"] = "SAMEORIGIN"
    return answer


@console.post("/<publication_id>")
@staff("moderator")
def decide(publication_id: str) -> ResponseReturnValue:
    """Approve, reject or discard what was seen."""
    verdict = request.form.get("verdict", "")
    try:
        if verdict not in _VERDICTS:
            raise invalid("/verdict", f"use one of {', '.join(_VERDICTS)}", "unknown_choice")
        wish = parse_form(VerdictIn, request.form)
        with runtime().work(caller().by) as uow:
            publication = _VERDICTS[verdict](uow, publication_id, wish.hash, wish.comment)
            rollout = states.of_publication(uow.session, publication.id)
    except Invalid as refusal:
        return _page(publication_id, refusal.faults), 422
    except Conflict as conflict:
        flash(t(f"moderation.conflict.{conflict.code}"), "bad")
        return redirect(url_for("moderation.show", publication_id=publication_id), 303)
    flash(t(f"moderation.done.{verdict}"), "good")
    if verdict == "approve" and rollout:
        return redirect(url_for("rollouts.show", rollout_id=rollout.public_id), 303)
    return redirect(url_for("moderation.queue"), 303)


def _page(publication_id: str, faults: tuple[Fault, ...] = ()) -> str | Response:
    rt = runtime()
    with rt.read() as session:
        publication = _found(session, publication_id)
        case = desk.case(session, rt.channels, publication, rt.clock())
        html = render_template(
            "moderation/case.html",
            case=case,
            faults=faults,
            comment=request.form.get("comment", ""),
            now=rt.clock(),
        )
    answer = Response(html, mimetype="text/html")
    # The preview is a frame of our own: the one thing this page needs beyond the others.
    answer.headers["Content-Security-Policy"] = f"{CONTENT_SECURITY_POLICY}; frame-src 'self'"
    return answer


def _found(session: Session, publication_id: str) -> Publication:
    publication = publications.by_public_id(session, publication_id)
    if publication is None:
        raise NotFound(f"there is no publication {publication_id}")
    return publication
