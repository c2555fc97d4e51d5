"""What owners do with the whole of their entry: a link of an hour, their data, other addresses.

The link in a footer may only reduce; what adds or takes away needs a fresh one, mailed on demand.
"""

import json
from http import HTTPStatus

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from channels.base import Message
from service.errors import Fault, Forbidden, Invalid, invalid
from service.publications.freezing import thaw
from service.signup import queries
from service.signup.actions import changing, owning, telling, ways
from service.signup.actions.coding import Parts
from service.signup.actions.forgetting import forget
from service.signup.actions.requests import Application, submit
from service.signup.views.preferences import more, page
from service.signup.views.subscribe import OTHER_SITES
from service.signup.views.tokens import address_of, owned
from service.signup.views.visiting import evidence, greet, origin
from service.subscribers import queries as subscribers
from service.subscribers.models import Address, Method
from service.subscribers.targets import Target
from service.web.callers import link, public
from service.web.context import runtime

own = Blueprint("own", __name__, template_folder="../templates")


@own.get("/p", strict_slashes=False)
@public
def entrance() -> ResponseReturnValue:
    """Ask for the address that a link is to go to."""
    return render_template("signup/entrance.html", value="", faults=())


@own.post("/p", strict_slashes=False)
@public
def send_link() -> ResponseReturnValue:
    """Mail a link of an hour to whom it belongs; the answer says nothing of the address."""
    if request.headers.get("Sec-Fetch-Site") in OTHER_SITES:
        raise Forbidden("this form belongs to another site", code="cross_site")
    given = request.form.get("address", "")
    rt = runtime()
    try:
        with rt.work("visitor") as uow:
            owning.request_link(uow, rt.channels, given, origin(Method.FORM))
    except Invalid as error:
        form = render_template("signup/entrance.html", value=given, faults=error.faults)
        return form, HTTPStatus.UNPROCESSABLE_ENTITY
    return redirect(url_for("own.sent"), HTTPStatus.SEE_OTHER)


@own.get("/p/sent")
@public
def sent() -> ResponseReturnValue:
    """What happens next, whatever the address."""
    return render_template("signup/sent.html", page=None)


@own.get("/p/<token>/received")
@link
def received(token: str) -> ResponseReturnValue:
    """What was meant for this address lately, by which choice, and what became of it."""
    rt = runtime()
    with rt.read() as session:
        address = address_of(session, token)
        person = subscribers.subscriber(session, address.subscriber_id)
        greet(person.locale)
        found = queries.received(session, address.id, rt.clock() - telling.LATELY)
        return render_template(
            "signup/received.html",
            token=token,
            address=address,
            zone=person.timezone,
            letters=[(each, _message(each), telling.reasons(session, each)) for each in found],
        )


@own.get("/p/<token>/export")
@link
def export(token: str) -> ResponseReturnValue:
    """Everything we know of them, as JSON."""
    rt = runtime()
    with rt.read() as session:
        address = owned(session, token)
        document = telling.document(session, address.id, rt.clock())
    answer = Response(json.dumps(document, indent=2, ensure_ascii=False) + "\n")
    answer.mimetype = "application/json"
    answer.headers["Content-Disposition"] = 'attachment; filename="subscriptions.json"'
    return answer


@own.get("/p/<token>/erase")
@link
def ask_erase(token: str) -> ResponseReturnValue:
    """Ask before forgetting; looking changes nothing."""
    with runtime().read() as session:
        address = owned(session, token)
        person = subscribers.subscriber(session, address.subscriber_id)
        greet(person.locale)
        theirs = [each for each in subscribers.addresses_of(session, person.id) if each.shown]
        return render_template("signup/erase.html", token=token, addresses=theirs)


@own.post("/p/<token>/erase")
@link
def erase(token: str) -> ResponseReturnValue:
    """Forget them."""
    if request.form.get("sure") != "yes":
        raise invalid("/sure", "tick the box to go on", "missing")
    rt = runtime()
    with rt.read() as session:
        address_id = owned(session, token).id
    with rt.work(f"address:{address_id}") as uow:
        forget(uow, address_id, evidence(Method.LINK))
    return render_template("signup/erased.html")


@own.get("/p/<token>/<any(link, test, address, lists, ways):_act>")
@link
def back(token: str, _act: str) -> ResponseReturnValue:
    """Whoever comes back to where a button led, after choosing a language say."""
    return redirect(url_for("preferences.show", token=token), HTTPStatus.SEE_OTHER)


@own.post("/p/<token>/<any(link, test):errand>")
@link
def send(token: str, errand: str) -> ResponseReturnValue:
    """Mail a link of an hour, or a test, to this address."""
    rt = runtime()
    with rt.work("visitor") as uow:
        address = address_of(uow.session, token)
        owning.request(uow, f"{errand}:0", address, origin(Method.LINK))
    return _done(token, errand)


@own.post("/p/<token>/address")
@link
def change_address(token: str) -> ResponseReturnValue:
    """Ask the new address to confirm, and tell the old one."""
    rt = runtime()
    given = request.form.get("new_address", "")
    try:
        with rt.work("visitor") as uow:
            address = owned(uow.session, token)
            changing.ask(uow, rt.channels, address, given, origin(Method.LINK))
    except Invalid as error:
        return _again(token, error.faults)
    return _done(token, "address")


@own.post("/p/<token>/lists")
@link
def add_lists(token: str) -> ResponseReturnValue:
    """Ask for more: each page and list has its own confirmation."""
    rt = runtime()
    try:
        with rt.work("visitor") as uow:
            address = owned(uow.session, token)
            person = subscribers.subscriber(uow.session, address.subscriber_id)
            wish = Application(
                address=address.value,
                targets=_chosen(uow.session, address),
                locale=person.locale,
                timezone=person.timezone,
                subscriber_id=person.id,
            )
            submit(uow, rt.channels, wish, origin(Method.FORM))
    except Invalid as error:
        return _again(token, error.faults)
    return _done(token, "lists")


@own.post("/p/<token>/ways")
@link
def add_way(token: str) -> ResponseReturnValue:
    """Ask for another address to get the same; it proves itself first."""
    rt = runtime()
    given = (request.form.get("channel", ""), request.form.get("way", ""))
    try:
        with rt.work("visitor") as uow:
            address = owned(uow.session, token)
            parts = Parts(rt.channels, rt.settings)
            added = ways.add(uow, parts, address, given, origin(Method.FORM))
    except Invalid as error:
        return _again(token, error.faults)
    if added.secret:
        return render_template("signup/secret.html", token=token, secret=added.secret)
    if added.is_coded:
        return redirect(url_for("codes.show", token=token), HTTPStatus.SEE_OTHER)
    return _done(token, "ways")


def _chosen(session: Session, address: Address) -> tuple[Target, ...]:
    offered = {each.key: each for each in more(session, address.id)}
    wanted = dict.fromkeys(request.form.getlist("targets"))
    if any(key not in offered for key in wanted):
        raise invalid("/targets", "there is no such list here", "unknown")
    return tuple(offered[key] for key in wanted)


def _message(received: queries.Received) -> Message:
    return thaw(received.content)


def _again(token: str, faults: tuple[Fault, ...]) -> ResponseReturnValue:
    # The wish for an address is called so in forms of its own.
    places = {"/address": "/way"}
    shown = tuple(each._replace(pointer=places.get(each.pointer, each.pointer)) for each in faults)
    return page(token, faults=shown), HTTPStatus.UNPROCESSABLE_ENTITY


def _done(token: str, done: str) -> ResponseReturnValue:
    return redirect(url_for("preferences.show", token=token, done=done), HTTPStatus.SEE_OTHER)
