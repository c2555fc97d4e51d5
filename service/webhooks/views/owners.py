"""Endpoints for whoever owns them: put one forward by a form, manage one's own by a mailed link."""

from http import HTTPStatus
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from service.access import links
from service.access.models import Purpose
from service.errors import Conflict, Fault, Forbidden, Invalid, NotFound
from service.pages import queries as pages
from service.pages.models import Page
from service.signup.actions.requests import network_of
from service.signup.offering import groups
from service.subscribers import queries as subscribers
from service.subscribers.filters import CATEGORIES, SEVERITIES
from service.subscribers.models import Address
from service.subscribers.targets import Target
from service.web.callers import link, public
from service.web.context import runtime
from service.web.forms import parse_form
from service.web.i18n import language as spoken
from service.web.i18n import t
from service.webhooks import queries
from service.webhooks.actions import asking
from service.webhooks.models import Endpoint
from service.webhooks.views import desk
from service.webhooks.views.desk import Said
from service.webhooks.views.forms import VisitorForm
from service.webhooks.views.shown import Shown, shown

site = Blueprint("own_webhooks", __name__, template_folder="../templates")
AT_ONCE = 200


@site.get("/<page>/<any(fr, en):language>/webhooks", strict_slashes=False)
@public
def form(page: str, language: str) -> ResponseReturnValue:
    """The form, and how webhooks work here."""
    return _form(page, language)


@site.post("/<page>/<any(fr, en):language>/webhooks")
@public
def ask(page: str, language: str) -> ResponseReturnValue:
    """Keep the wish; the answer says nothing of either address."""
    if request.headers.get("Sec-Fetch-Site") == "cross-site":
        raise Forbidden("this form belongs to another site", code="cross_site")
    rt = runtime()
    try:
        given = parse_form(VisitorForm, request.form)
        with rt.work("visitor") as uow:
            wish = asking.Wish(
                url=given.url,
                owner=given.owner,
                page=Target.of_page(_found(uow.session, page, language)),
                filters=given.filters(),
                style=given.format,
                locale=language,
                network=network_of(request.remote_addr or ""),
            )
            asking.ask(uow, rt.channels, rt.settings, wish)
    except Invalid as error:
        return _form(page, language, error.faults), HTTPStatus.UNPROCESSABLE_ENTITY
    return redirect(url_for("own_webhooks.sent", page=page, language=language), 303)


@site.get("/<page>/<any(fr, en):language>/webhooks/sent")
@public
def sent(page: str, language: str) -> ResponseReturnValue:
    """What happens next."""
    with runtime().read() as session:
        return render_template("webhooks/sent.html", page=_found(session, page, language))


@site.get("/h/<token>")
@link
def mine(token: str) -> ResponseReturnValue:
    """Everything that belongs to the owner of a mail address."""
    return _mine(token)


@site.post("/h/<token>/wishes/<int:wish_id>")
@link
def decide(token: str, wish_id: int) -> ResponseReturnValue:
    """Register what was put forward in one's name, or forget it."""
    rt = runtime()
    with rt.read() as session:
        owner_id = _owner(session, token).id
    try:
        with rt.work(f"address:{owner_id}") as uow:
            if "discard" in request.form:
                asking.discard(uow, owner_id, wish_id)
                return redirect(url_for("own_webhooks.mine", token=token), 303)
            made = asking.agree(uow, rt.channels, owner_id, wish_id)
            endpoint = queries.endpoint(uow.session, made.subscription.address_id)
            public_id = endpoint.public_id if endpoint else ""
    except (Conflict, Invalid) as refused:
        flash(getattr(refused, "detail", str(refused)), "bad")
        return redirect(url_for("own_webhooks.mine", token=token), 303)
    return _page(token, public_id, Said("registered", secret=made.secret))


@site.get("/h/<token>/<endpoint_id>")
@link
def show(token: str, endpoint_id: str) -> ResponseReturnValue:
    """One endpoint of one's own."""
    return _page(token, endpoint_id)


@site.get("/h/<token>/<endpoint_id>/attempts/<int:number>")
@link
def attempt(token: str, endpoint_id: str, number: int) -> ResponseReturnValue:
    """One attempt, as it went over the wire."""
    with runtime().read() as session:
        it = shown(session, _own(session, token, endpoint_id))
        return render_template(
            "webhooks/attempt_own.html",
            it=it,
            zone=desk.zone_of(session, it),
            attempt=desk.one_attempt(session, it, number),
            back=url_for("own_webhooks.show", token=token, endpoint_id=endpoint_id),
        )


@site.post("/h/<token>/<endpoint_id>/<step>")
@link
def act(token: str, endpoint_id: str, step: str) -> ResponseReturnValue:
    """Change, test or replay."""
    rt = runtime()
    with rt.read() as session:
        owner_id = _owner(session, token).id
    back = redirect(url_for("own_webhooks.show", token=token, endpoint_id=endpoint_id), 303)
    try:
        with rt.work(f"address:{owner_id}") as uow:
            said = desk.act(uow, _own(uow.session, token, endpoint_id), step)
    except Invalid as error:
        return _page(token, endpoint_id, faults=error.faults), HTTPStatus.UNPROCESSABLE_ENTITY
    except Conflict as conflict:
        flash(conflict.detail, "bad")
        return back
    if step in desk.STAYS:
        return _page(token, endpoint_id, said)
    flash(t(f"webhooks.done.{said.done}", **said.values), "good")
    return back


def _form(slug: str, language: str, faults: tuple[Fault, ...] = ()) -> str:
    with runtime().read() as session:
        page = _found(session, slug, language)
        return render_template(
            "webhooks/ask.html",
            page=page,
            groups=groups(session, page.id),
            categories=CATEGORIES,
            severities=SEVERITIES,
            styles=desk.STYLES,
            form=request.form,
            faults=faults,
        )


def _mine(token: str) -> str:
    rt = runtime()
    with rt.read() as session:
        owner = _owner(session, token)
        found = queries.page_of_endpoints(session, 0, AT_ONCE, owner.id)
        wishes = queries.wishes_of(session, owner.id, rt.clock() - asking.VALID)
        names = {page.id: page for page in pages.pages(session)}
        return render_template(
            "webhooks/mine.html",
            token=token,
            owner=owner,
            zone=subscribers.subscriber(session, owner.subscriber_id).timezone,
            endpoints=[Shown(*row) for row in found],
            wishes=[(each, names.get(each.page_id)) for each in wishes],
        )


def _page(
    token: str, endpoint_id: str, said: Said | None = None, faults: tuple[Fault, ...] = ()
) -> str:
    here: dict[str, Any] = {"token": token, "endpoint_id": endpoint_id}
    with runtime().read() as session:
        return render_template(
            "webhooks/show_own.html",
            **{**desk.surroundings(session, _own(session, token, endpoint_id)), "watchable": ()},
            may_act=True,
            said=said or Said(),
            faults=faults,
            action=lambda step: url_for("own_webhooks.act", **here, step=step),
            log=lambda **given: url_for("own_webhooks.show", **here, **given),
            one=lambda number: url_for("own_webhooks.attempt", **here, number=number),
            back=url_for("own_webhooks.mine", token=token),
        )


def _owner(session: Session, token: str) -> Address:
    target = links.read_stateless(Purpose.ENDPOINTS, token)
    found = subscribers.address(session, int(target.partition(":")[2]))
    if found is None:
        raise NotFound("this link leads nowhere", code="unknown_link")
    return found


def _own(session: Session, token: str, endpoint_id: str) -> Endpoint:
    owner = _owner(session, token)
    found = queries.endpoint_named(session, endpoint_id)
    if found is None or found.owner_id != owner.id:
        raise NotFound("there is no such endpoint")
    return found


def _found(session: Session, slug: str, language: str) -> Page:
    page = pages.page_by_slug(session, slug)
    if page is None or language not in page.languages:
        raise NotFound(f"there is no page {slug} in {spoken()}")
    return page
