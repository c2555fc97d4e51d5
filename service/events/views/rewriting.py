"""A held word about an event, written anew by its author or a moderator: a new revision."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from scheduling import zones
from service.db.unit_of_work import UnitOfWork
from service.errors import Conflict, Fault, Forbidden, Invalid, NotFound
from service.events import actions, queries
from service.events.models import Event, EventStage, EventUpdate
from service.events.proposing import Proposal, Scene, defaults, propose
from service.events.stages import STAGES, may_follow
from service.events.story import Story, tell
from service.events.views.console import desk, from_template, handed_in
from service.events.views.forms import read_event, read_update
from service.events.wishes import Automation, EventWish, UpdateWish
from service.lists import queries as lists
from service.pages import queries as pages
from service.pages.models import Page
from service.publications import queries as publications
from service.publications.freezing import thaw
from service.publications.models import Publication, PublicationState
from service.publications.plans import Plan
from service.publications.terms import Terms
from service.subscribers.audience import Audience
from service.web.callers import staff
from service.web.context import add_editor, caller, runtime
from service.web.i18n import t

console = Blueprint(
    "rewriting", __name__, url_prefix="/console/events", template_folder="../templates"
)
add_editor(console, "event", "rewriting.edit")

SWITCHES = tuple(Automation.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class Draught:
    """A held word with all it belongs to; *before* is its event as the other words left it."""

    publication: Publication
    event: Event
    update: EventUpdate
    page: Page
    before: Story

    @property
    def is_opening(self) -> bool:
        """Whether nothing else was said of its event: its title may change as well."""
        return not self.before.length


@console.get("/held/<publication_id>")
@staff("author")
def edit(publication_id: str) -> ResponseReturnValue:
    """The form, filled in with what is held."""
    with runtime().read() as session:
        form = _written(session, _draught(session, publication_id))
    return _page(publication_id, form)


@console.post("/held/<publication_id>")
@staff("author")
def rewrite(publication_id: str) -> ResponseReturnValue:
    """Hold it again as a new revision, whose author is whoever wrote it anew."""
    rt, form = runtime(), request.form.copy()
    with rt.read() as session:
        held = _draught(session, publication_id)
        form.setlist("page", [held.page.slug])
        form.setlist("category", [held.event.category])
        slug = held.page.slug
    if "fill" in form:
        return _page(publication_id, from_template(slug, form))
    try:
        with rt.work(caller().by) as uow:
            held = _draught(uow.session, publication_id)
            if "preview" in form:
                return _page(publication_id, form, proposal=_tried(uow, held, form))
            anew = _replaced(uow, held, form)
            return handed_in(anew)
    except Invalid as refusal:
        return _page(publication_id, form, refusal.faults), 422
    except (Conflict, Forbidden) as refused:
        flash(t(f"moderation.conflict.{refused.code}"), "bad")
    return redirect(url_for("moderation.show", publication_id=publication_id), 303)


def _replaced(uow: UnitOfWork, held: Draught, form: MultiDict[str, str]) -> actions.Held:
    if held.publication.submitted_by != caller().by and not caller().may("moderator"):
        raise Forbidden("this word is somebody else's", code="not_yours")
    settings, event_id, seen = runtime().settings, held.event.public_id, form.get("hash", "")
    wish = _wish(held, form)
    if isinstance(wish, EventWish):
        return actions.replace_opening(uow, settings, event_id, wish, seen=seen)
    word = held.update.public_id
    return actions.replace_update(uow, settings, event_id, word, wish, seen=seen)


def _tried(uow: UnitOfWork, held: Draught, form: MultiDict[str, str]) -> Proposal:
    """What it would come to; nothing is stored."""
    wish = _wish(held, form)
    if isinstance(wish, EventWish):
        return actions.try_event(uow.session, runtime().settings, uow.now, wish)
    scene = Scene(held.event, held.page, held.before, uow.now)
    return propose(uow.session, runtime().settings, scene, wish)


def _wish(held: Draught, form: MultiDict[str, str]) -> EventWish | UpdateWish:
    if held.is_opening:
        wish = read_event(held.page, form)
        return replace(wish, first=_as_planned(held, wish.first))
    return _as_planned(held, read_update(held.page, form))


def _as_planned(held: Draught, wish: UpdateWish) -> UpdateWish:
    """Return *wish* with the plan and urgency that its author asked for: no field shows them."""
    publication, message = held.publication, thaw(held.publication.content)
    usual = defaults(held.event.category, message.severity, held.page.timezone).urgency
    moment = wish.terms.plan.not_before if wish.terms.plan else None
    plan = Plan.model_validate({**publication.plan, "not_before": moment})
    urgency = None if publication.urgency == usual else publication.urgency
    return replace(wish, terms=Terms(plan=plan, urgency=urgency))


def _page(
    publication_id: str,
    form: MultiDict[str, str],
    faults: Sequence[Fault] = (),
    proposal: Proposal | None = None,
) -> str:
    with runtime().read() as session:
        held = _draught(session, publication_id)
        category = held.event.category
        return render_template(
            "events/rewrite.html",
            **desk(session, held.page, category, form, faults, proposal, held.before),
            held=held.publication,
            event=held.event,
            story=held.before,
            is_opening=held.is_opening,
            lists=lists.lists(session) if held.is_opening else (),
            stages=_stages(held),
        )


def _stages(held: Draught) -> list[EventStage]:
    every, before = STAGES[held.event.category], held.before.stage
    if before is None:
        return [each for each in every if each is not EventStage.RETRACTED]
    return [each for each in every if may_follow(held.event.category, before, each)]


def _draught(session: Session, publication_id: str) -> Draught:
    publication = publications.by_public_id(session, publication_id)
    found = queries.of_publication(session, publication.id) if publication else None
    if publication is None or found is None:
        raise NotFound(f"there is no word {publication_id}")
    if publication.state is not PublicationState.HELD:
        raise NotFound("it was decided already: write another word")
    event, update = found
    others = [each for each in queries.chapters(session, event.id) if each.update.no < update.no]
    return Draught(publication, event, update, session.get_one(Page, event.page_id), tell(others))


def _written(session: Session, held: Draught) -> MultiDict[str, str]:
    """What the form shows at first: the word as it is held."""
    event, update, zone = held.event, held.update, held.page.timezone
    begins = held.publication.plan.get("not_before")
    given = {
        "stage": str(update.stage),
        "starts_at": _clock(zone, update.starts_at),
        "ends_at": _clock(zone, update.ends_at),
        "next_update_at": _clock(zone, update.next_update_at),
        "publish_at": _clock(zone, datetime.fromisoformat(str(begins)) if begins else None),
        **{f"title.{language}": text for language, text in event.title.items()},
        **{f"body.{language}": text for language, text in update.body.items()},
        **{switch: "true" for switch in SWITCHES if getattr(event, switch)},
    }
    there = {each.id: each.slug for each in pages.components(session, held.page.id)}
    states = queries.states(session, [update.id])[update.id]
    given |= {f"state.{there[key]}": str(state) for key, state in states.items() if key in there}
    given |= {"rule": event.rule, "ahead_days": str(event.ahead_days or 0)} if event.rule else {}
    audience = Audience.from_json(held.publication.audience)
    given |= {"silent": "true"} if audience.nobody else {}
    form = MultiDict(given)
    slugs = [each.slug for each in lists.lists(session) if each.id in audience.lists]
    form.setlist("lists", slugs)
    return form


def _clock(zone: str, instant: datetime | None) -> str:
    if instant is None:
        return ""
    return zones.wall_clock(zone, instant).isoformat(timespec="minutes")
