"""The routing matrix: which category, from which severity on, goes to which relay."""

from dataclasses import dataclass
from typing import Annotated

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict
from sqlalchemy.orm import Session

from service.errors import Conflict, Fault, Invalid, NotFound, invalid
from service.pages import queries as pages
from service.relays import actions, queries
from service.relays.queries import Relay
from service.subscribers.filters import CATEGORIES, SEVERITIES, names
from service.subscribers.targets import Target
from service.web.callers import staff
from service.web.context import NavItem, add_navigation, caller, runtime
from service.web.forms import parse_form
from service.web.i18n import t
from service.web.parsing import LANGUAGES, Language, Line

console = Blueprint(
    "relays", __name__, url_prefix="/console/relays", template_folder="../templates"
)
add_navigation(console, NavItem("relays.index", "relays.title", "viewer", 75))

OTHER_CATEGORIES = tuple(each for each in CATEGORIES if each != "incident")


class RouteForm(BaseModel):
    """What goes to a relay."""

    model_config = ConfigDict(extra="ignore")

    incidents: Annotated[str, Line(20)] = SEVERITIES[0]
    categories: list[str] = []

    def route(self) -> actions.Route:
        """Return it as actions take it."""
        if self.incidents not in (*SEVERITIES, actions.NEVER):
            raise invalid("/incidents", "there is no such severity", "unknown")
        return actions.Route(self.incidents, tuple(self.categories))


class RelayForm(RouteForm):
    """A relay to set up."""

    channel: Annotated[str, Line(60)]
    address: Annotated[str, Line(2048)]
    label: Annotated[str, Line(80)]
    page: Annotated[str, Line(80)]
    language: Language = "en"


@dataclass(frozen=True, slots=True)
class Row:
    """A relay as the matrix shows it."""

    relay: Relay

    @property
    def label(self) -> str:
        """What staff call it."""
        return (self.relay.address.options or {}).get("label") or self.relay.address.shown

    @property
    def categories(self) -> tuple[str, ...]:
        """What goes there."""
        return names(self.relay.subscription.categories)

    @property
    def incidents(self) -> str:
        """The least severity of incidents that goes there."""
        if "incident" not in self.categories:
            return actions.NEVER
        return SEVERITIES[self.relay.subscription.minimum_severity]

    def takes(self, category: str, severity: str = "") -> bool:
        """Tell whether something of *category*, of *severity*, goes there."""
        if category != "incident":
            return category in self.categories
        if self.incidents == actions.NEVER:
            return False
        return SEVERITIES.index(severity) >= SEVERITIES.index(self.incidents)


@console.get("", strict_slashes=False)
@staff("viewer")
def index() -> ResponseReturnValue:
    """The matrix, and a form for one more relay."""
    return _index()


@console.post("", strict_slashes=False)
@staff("admin")
def set_up() -> ResponseReturnValue:
    """Set a relay up."""
    rt = runtime()
    try:
        asked = parse_form(RelayForm, request.form)
        with rt.work(caller().by) as uow:
            page = pages.page_by_slug(uow.session, asked.page)
            if page is None:
                raise invalid("/page", "there is no such page", "unknown")
            wish = actions.Wish(
                channel=asked.channel,
                address=asked.address,
                label=asked.label,
                locale=asked.language,
                page=Target.of_page(page),
                route=asked.route(),
            )
            actions.set_up(uow, rt.channels, wish)
    except Invalid as error:
        return _index(error.faults), 422
    except Conflict as conflict:
        return _index((Fault("/address", conflict.detail, conflict.code),)), 409
    return _back("set_up")


@console.post("/<int:relay_id>/<any(route, try, end):step>")
@staff("admin")
def act(relay_id: int, step: str) -> ResponseReturnValue:
    """Route, try or end a relay."""
    rt = runtime()
    try:
        with rt.work(caller().by) as uow:
            relay = _found(uow.session, relay_id)
            if step == "route":
                actions.reroute(uow, relay, parse_form(RouteForm, request.form).route())
            elif step == "try":
                actions.try_out(uow, rt.settings, relay)
            else:
                actions.end(uow, relay)
    except Invalid as error:
        return _index(error.faults), 422
    return _back(step)


def _back(done: str) -> ResponseReturnValue:
    flash(t(f"relays.done.{done}"), "good")
    return redirect(url_for("relays.index"), 303)


def _found(session: Session, relay_id: int) -> Relay:
    found = queries.relay(session, relay_id, actions.offered(runtime().channels))
    if found is None:
        raise NotFound("there is no such relay")
    return found


def _index(faults: tuple[Fault, ...] = ()) -> str:
    rt = runtime()
    offered = actions.offered(rt.channels)
    with rt.read() as session:
        return render_template(
            "relays/index.html",
            rows=[Row(each) for each in queries.relays(session, offered)],
            offered=offered,
            unavailable=rt.channels.unavailable(),
            pages=pages.pages(session),
            severities=SEVERITIES,
            others=OTHER_CATEGORIES,
            never=actions.NEVER,
            tongues=LANGUAGES,
            form=request.form,
            faults=faults,
        )
