"""Endpoints in the console: all of them, and one with its log, tests and replays."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from service.errors import Conflict, Fault, Invalid
from service.pages import queries as pages
from service.signup.actions import endpoints
from service.subscribers import queries as subscribers
from service.subscribers.targets import Target
from service.web.addresses import row_named
from service.web.callers import staff
from service.web.context import NavItem, add_navigation, caller, runtime
from service.web.forms import parse_form
from service.web.i18n import t
from service.webhooks import queries
from service.webhooks.actions import settings
from service.webhooks.views import desk
from service.webhooks.views.desk import Said
from service.webhooks.views.forms import EndpointForm
from service.webhooks.views.shown import Shown, shown

console = Blueprint(
    "webhooks", __name__, url_prefix="/console/endpoints", template_folder="../templates"
)
add_navigation(console, NavItem("webhooks.index", "webhooks.title", "viewer", 70))
AT_ONCE = 50


@console.get("", strict_slashes=False)
@staff("viewer")
def index() -> ResponseReturnValue:
    """Every endpoint, and a form for one more."""
    return _index()


@console.post("", strict_slashes=False)
@staff("admin")
def register() -> ResponseReturnValue:
    """Put an endpoint forward; it proves itself before it is told anything."""
    try:
        wish = parse_form(EndpointForm, request.form)
        rt = runtime()
        with rt.work(caller().by) as uow:
            target = Target.of_page(wish.page_of(uow.session))
            made = endpoints.register(
                uow, rt.channels, endpoints.Wish(wish.url, target, wish.filters())
            )
            address = subscribers.locked_address(uow.session, made.subscription.address_id)
            assert address is not None  # noqa: S101 - made in this unit of work
            endpoint = settings.claim(uow, address)
            settings.change(uow, endpoint, settings.Wish(wish.label, wish.format))
            public_id = endpoint.public_id
    except Invalid as error:
        return _index(error.faults), 422
    except Conflict as conflict:
        return _index((Fault("/url", conflict.detail, conflict.code),)), 409
    return _page(public_id, Said("registered", secret=made.secret))


@console.get("/<endpoint_id>")
@staff("viewer")
def show(endpoint_id: str) -> ResponseReturnValue:
    """One endpoint."""
    return _page(endpoint_id)


@console.get("/<endpoint_id>/attempts/<int:number>")
@staff("viewer")
def attempt(endpoint_id: str, number: int) -> ResponseReturnValue:
    """One attempt, as it went over the wire."""
    with runtime().read() as session:
        it = shown(session, queries.endpoint_named(session, endpoint_id))
        found = desk.one_attempt(session, it, number)
        return render_template(
            "webhooks/attempt_console.html",
            it=it,
            zone=desk.zone_of(session, it),
            attempt=found,
            back=url_for("webhooks.show", endpoint_id=endpoint_id),
        )


@console.post("/<endpoint_id>/<step>")
@staff("admin")
def act(endpoint_id: str, step: str) -> ResponseReturnValue:
    """Change, test or replay."""
    try:
        with runtime().work(caller().by) as uow:
            endpoint = shown(uow.session, queries.endpoint_named(uow.session, endpoint_id)).endpoint
            said = desk.act(uow, endpoint, step, watching=True)
    except Invalid as error:
        return _page(endpoint_id, faults=error.faults), 422
    except Conflict as conflict:
        flash(conflict.detail, "bad")
        return redirect(url_for("webhooks.show", endpoint_id=endpoint_id), 303)
    if step in desk.STAYS:
        return _page(endpoint_id, said)
    flash(t(f"webhooks.done.{said.done}", **said.values), "good")
    return redirect(url_for("webhooks.show", endpoint_id=endpoint_id), 303)


def _index(faults: tuple[Fault, ...] = ()) -> str:
    after = row_named("after")
    with runtime().read() as session:
        found = queries.page_of_endpoints(session, after, AT_ONCE + 1)
        return render_template(
            "webhooks/index.html",
            endpoints=[Shown(*row) for row in found[:AT_ONCE]],
            older=found[AT_ONCE - 1][0].address_id if len(found) > AT_ONCE else None,
            pages=pages.pages(session),
            styles=desk.STYLES,
            form=request.form,
            faults=faults,
        )


def _page(endpoint_id: str, said: Said | None = None, faults: tuple[Fault, ...] = ()) -> str:
    with runtime().read() as session:
        return render_template(
            "webhooks/show_console.html",
            **desk.surroundings(session, queries.endpoint_named(session, endpoint_id)),
            may_act=caller().may("admin"),
            said=said or Said(),
            faults=faults,
            action=lambda step: url_for("webhooks.act", endpoint_id=endpoint_id, step=step),
            log=lambda **given: url_for("webhooks.show", endpoint_id=endpoint_id, **given),
            one=lambda number: url_for("webhooks.attempt", endpoint_id=endpoint_id, number=number),
            back=url_for("webhooks.index"),
        )
