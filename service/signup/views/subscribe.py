"""The public form: anybody may ask to subscribe an address.

It carries no CSRF token: there is no session to ride on, and what another site could make a
browser send here, anybody can send with a bare HTTP client. What counts is that nothing but a mail
follows, and how many: the limits see to that. A post that a browser says comes from another site
is refused all the same, so that nobody spends a visitor's share of those limits.
"""

from http import HTTPStatus
from typing import Annotated, Any, Literal

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from sqlalchemy.orm import Session

from service.errors import Fault, Forbidden, Invalid, NotFound, invalid
from service.pages import queries as pages
from service.pages.models import Page
from service.signup import queries
from service.signup.actions.requests import (
    Application,
    check_network,
    is_hardened,
    network_of,
    submit,
)
from service.signup.offering import groups
from service.signup.views import puzzle
from service.signup.views.visiting import origin
from service.signup.zone_names import zone_groups
from service.subscribers.filters import CATEGORIES, MOST_NAMES, SEVERITIES, Filters
from service.subscribers.models import Method
from service.subscribers.targets import Target, targets_on
from service.web.callers import public
from service.web.context import runtime
from service.web.forms import parse_form
from service.web.limits import visitor
from service.web.parsing import LANGUAGES, Language, Line, ZoneName

site = Blueprint("signup", __name__, template_folder="../templates")

Names = Annotated[list[Annotated[str, Line(80)]], Field(max_length=MOST_NAMES)]
OTHER_SITES = ("cross-site",)


class Form(BaseModel):
    """What is filled in."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    address: Annotated[str, Line(254)]
    targets: Names = []
    follow: Literal["everything", "some"] = "everything"
    sections: Names = []
    components: Names = []
    categories: Names = []
    severity: Annotated[str, Line(20)] = SEVERITIES[0]
    event: Annotated[str, Line(40, least=0)] = ""
    language: Language
    timezone: Annotated[ZoneName | Literal[""], BeforeValidator(lambda value: value or "")] = ""

    def filters(self) -> Filters:
        """What is wanted of the page."""
        if self.event:
            return Filters(everything=False, events=(self.event,))
        return Filters(
            everything=self.follow == "everything",
            sections=tuple(self.sections),
            components=tuple(self.components),
            categories=tuple(self.categories),
            minimum_severity=self.severity,
        )


@site.get("/<page>/<any(fr, en):language>/subscribe", strict_slashes=False)
@public
def form(page: str, language: str) -> ResponseReturnValue:
    """The form, filled in as a deep link asks."""
    return _form(page, language, _prefilled(language))


@site.post("/<page>/<any(fr, en):language>/subscribe")
@public
def subscribe(page: str, language: str) -> ResponseReturnValue:
    """Keep the request; the answer says nothing of the address."""
    if request.headers.get("Sec-Fetch-Site") in OTHER_SITES:
        raise Forbidden("this form belongs to another site", code="cross_site")
    try:
        wish = parse_form(Form, request.form)
        rt = runtime()
        with rt.work("visitor") as uow:
            check_network(uow.session, network_of(visitor()), uow.now)
            if is_hardened(uow.session, uow.now):
                puzzle.check(request.form, uow.now)
            targets = _chosen(
                targets_on(uow.session, _page(uow.session, page, language)), wish.targets
            )
            application = Application(
                wish.address, targets, wish.language, wish.timezone, wish.filters()
            )
            submit(uow, rt.channels, application, origin(Method.FORM))
    except Invalid as error:
        return _form(
            page, language, _repeated(language), error.faults
        ), HTTPStatus.UNPROCESSABLE_ENTITY
    return redirect(url_for("signup.sent", page=page, language=language), HTTPStatus.SEE_OTHER)


@site.get("/<page>/<any(fr, en):language>/subscribe/sent")
@public
def sent(page: str, language: str) -> ResponseReturnValue:
    """What happens next, whatever the address."""
    with runtime().read() as session:
        found = _page(session, page, language)
        return render_template("signup/sent.html", page=found)


def _form(slug: str, language: str, values: dict[str, Any], faults: tuple[Fault, ...] = ()) -> str:
    with runtime().read() as session:
        page = _page(session, slug, language)
        now = runtime().clock()
        return render_template(
            "signup/subscribe.html",
            page=page,
            targets=targets_on(session, page),
            groups=groups(session, page.id),
            categories=CATEGORIES,
            zones=zone_groups(),
            tongues=[each for each in LANGUAGES if each in page.languages] or LANGUAGES,
            values={**values, "timezone": values["timezone"] or page.timezone},
            is_zone_open=not values["timezone"],
            event=queries.public_event(session, page.id, values["event"]),
            severities=SEVERITIES,
            puzzle=puzzle.pose(now) if is_hardened(session, now) else None,
            faults=faults,
        )


def _page(session: Session, slug: str, language: str) -> Page:
    page = pages.page_by_slug(session, slug)
    if page is None or language not in page.languages:
        raise NotFound(f"there is no page {slug} in {language}")
    return page


def _chosen(offered: tuple[Target, ...], names: list[str]) -> tuple[Target, ...]:
    """Targets by the name their box has: `page`, or a list's slug."""
    by_name = {"page" if each.kind == "page" else each.slug: each for each in offered}
    for place, name in enumerate(names):
        if name not in by_name:
            raise invalid(f"/targets/{place}", "there is no such list here", "unknown")
    return tuple(by_name[name] for name in dict.fromkeys(names))


def _prefilled(language: str) -> dict[str, Any]:
    """What a deep link asks for.

    `?components=webmail,smtp&categories=incident&severity=major`, `?lists=works`, `?event=k2j3…`.
    """
    asked = {name: _named(name) for name in ("sections", "components", "categories", "lists")}
    return {
        "address": "",
        "targets": asked["lists"] or ["page"],
        "follow": "some" if asked["sections"] or asked["components"] else "everything",
        "sections": asked["sections"],
        "components": asked["components"],
        "categories": asked["categories"] or CATEGORIES,
        "severity": request.args.get("severity", SEVERITIES[0]),
        "event": request.args.get("event", ""),
        "language": language,
        "timezone": "",
    }


def _named(name: str) -> list[str]:
    return [each for given in request.args.getlist(name) for each in given.split(",") if each]


def _repeated(language: str) -> dict[str, Any]:
    given = request.form
    several = ("targets", "sections", "components", "categories")
    return {
        "address": given.get("address", ""),
        "follow": given.get("follow", "everything"),
        "severity": given.get("severity", SEVERITIES[0]),
        "event": given.get("event", ""),
        "language": given.get("language", language),
        "timezone": given.get("timezone", ""),
        **{name: given.getlist(name) for name in several},
    }
