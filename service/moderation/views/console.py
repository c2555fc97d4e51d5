"""The moderators' desk: the queue by shelves, and one publication at a time."""

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from service.errors import Fault, NotFound
from service.lists import queries as lists
from service.moderation import desk, shelves
from service.moderation.preview import letter
from service.moderation.senders import CATEGORIES
from service.moderation.shelves import Shelf
from service.moderation.testing import may_get_tests
from service.moderation.views.schemas import SearchQuery
from service.pages import queries as pages
from service.publications import queries as publications
from service.publications.freezing import thaw
from service.publications.models import Publication, PublicationState
from service.web.callers import staff
from service.web.context import NavItem, add_navigation, caller, editor, runtime
from service.web.forms import parse_form
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
DECIDED = tuple(each for each in PublicationState if each is not PublicationState.HELD)


@console.get("", strict_slashes=False)
@staff("viewer")
def queue() -> ResponseReturnValue:
    """One shelf of the queue: what waits, or what was decided."""
    rt, asked = runtime(), parse_form(SearchQuery, request.args)
    with rt.read() as session:
        return render_template(
            "moderation/queue.html",
            shown=shelves.look(session, asked.search(), caller().by, rt.clock()),
            shelves=list(Shelf),
            categories=CATEGORIES,
            states=DECIDED,
            pages=pages.pages(session),
            lists=lists.lists(session),
            now=rt.clock(),
        )


@console.get("/<publication_id>")
@staff("viewer")
def show(publication_id: str) -> ResponseReturnValue:
    """One publication: what will be read, by whom, from when."""
    return page(publication_id)


@console.get("/<publication_id>/mail/<reading>")
@staff("viewer")
def mail(publication_id: str, reading: str) -> ResponseReturnValue:
    """The mail as it will look, for the frames of the preview."""
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


def page(publication_id: str, faults: tuple[Fault, ...] = ()) -> str | Response:
    """Return the page of one publication, with what was wrong with the form that came."""
    rt = runtime()
    with rt.read() as session:
        publication = _found(session, publication_id)
        html = render_template(
            "moderation/case.html",
            case=desk.case(session, rt, publication, rt.clock()),
            editor=editor(publication.subject),
            seeds=may_get_tests(session, caller().by),
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
