"""Writing to a list: a form with a preview, and a held message written anew."""

from datetime import datetime

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from channels.base import Message
from scheduling import zones
from service.errors import Conflict, Fault, Forbidden, Invalid, NotFound
from service.lists import queries as lists
from service.lists.models import MailingList
from service.posts import actions
from service.posts.views.console import found_list
from service.posts.views.forms import ComposeForm
from service.publications import queries as publications
from service.publications.freezing import thaw
from service.publications.models import Publication, PublicationState, Urgency
from service.subscribers.audience import Audience
from service.subscribers.queries_audience import size
from service.web.callers import staff
from service.web.context import add_editor, caller, runtime
from service.web.forms import parse_form
from service.web.i18n import t

console = Blueprint(
    "compose", __name__, url_prefix="/console/lists", template_folder="../templates"
)
add_editor(console, "list", "compose.edit")

URGENCIES = ("digestable", "normal", "important")


@console.get("/<slug:slug>/compose")
@staff("author")
def write(slug: str) -> ResponseReturnValue:
    """An empty form."""
    return _page(_in_use(slug), {})


@console.post("/<slug:slug>/compose")
@staff("author")
def send(slug: str) -> ResponseReturnValue:
    """Hold the message, or show once more how it will look."""
    to, rt = _in_use(slug), runtime()
    if "preview" in request.form:
        return _page(to, _given())
    try:
        wish = parse_form(ComposeForm, request.form).wish(to.timezone)
        with rt.work(caller().by) as uow:
            held = actions.submit_message(uow, rt.settings, slug, wish)
            publication = held.publication.public_id
    except Invalid as refusal:
        return _page(to, _given(), refusal.faults), 422
    flash(t("posts.compose.held"), "good")
    return redirect(url_for("moderation.show", publication_id=publication), 303)


@console.get("/held/<publication_id>")
@staff("author")
def edit(publication_id: str) -> ResponseReturnValue:
    """A held message, to be written anew."""
    to, publication = _held(publication_id)
    message = thaw(publication.content)
    return _page(to, _written(to, publication, message), held=publication)


@console.post("/held/<publication_id>")
@staff("author")
def rewrite(publication_id: str) -> ResponseReturnValue:
    """Hold it again as a new revision, whose author is whoever wrote it anew."""
    to, publication = _held(publication_id)
    if "preview" in request.form:
        return _page(to, _given(), held=publication)
    rt = runtime()
    try:
        if publication.submitted_by != caller().by and not caller().may("moderator"):
            raise Forbidden("this message is somebody else's", code="not_yours")
        wish = parse_form(ComposeForm, request.form).wish(to.timezone)
        seen = request.form.get("hash", "")
        with rt.work(caller().by) as uow:
            held = actions.replace_message(
                uow, rt.settings, to.slug, publication_id, wish, seen=seen
            )
            anew = held.publication.public_id
    except Invalid as refusal:
        return _page(to, _given(), refusal.faults, held=publication), 422
    except Conflict as conflict:
        flash(t(f"moderation.conflict.{conflict.code}"), "bad")
        anew = publication_id
    else:
        flash(t("posts.compose.held_again"), "good")
    return redirect(url_for("moderation.show", publication_id=anew), 303)


def _page(
    to: MailingList,
    given: dict[str, str],
    faults: tuple[Fault, ...] = (),
    held: Publication | None = None,
) -> str:
    with runtime().read() as session:
        reach = size(session, Audience(lists=(to.id,), category="message"))
    return render_template(
        "posts/compose.html",
        list=to,
        given=given,
        faults=faults,
        held=held,
        reach=reach,
        urgencies=URGENCIES,
    )


def _given() -> dict[str, str]:
    return request.form.to_dict()


def _written(to: MailingList, publication: Publication, message: Message) -> dict[str, str]:
    parts = {
        f"{part}.{language}": getattr(text, part)
        for language, text in message.texts.items()
        for part in ("title", "body")
    }
    begins = publication.plan.get("not_before")
    return {
        **parts,
        "urgency": Urgency(publication.urgency).name.lower(),
        "not_before": _clock(to, str(begins)) if begins else "",
    }


def _clock(to: MailingList, instant: str) -> str:
    shown = zones.wall_clock(to.timezone, datetime.fromisoformat(instant))
    return shown.isoformat(timespec="minutes")


def _in_use(slug: str) -> MailingList:
    with runtime().read() as session:
        to = found_list(session, slug)
    if to.retired_at is not None:
        raise NotFound(f"the list {slug} is out of use")
    return to


def _held(publication_id: str) -> tuple[MailingList, Publication]:
    with runtime().read() as session:
        publication = publications.by_public_id(session, publication_id)
        if publication is None or not publication.subject.startswith("list:"):
            raise NotFound(f"there is no message {publication_id}")
        if publication.state is not PublicationState.HELD:
            raise NotFound("it was decided already: write another")
        to = lists.list_by_id(session, Audience.from_json(publication.audience).lists[0])
    if to is None:  # the foreign key forbids it
        raise LookupError(publication_id)
    return to, publication
