"""Where the code is typed that went to a phone or a chat; and how such an address is stopped."""

from http import HTTPStatus

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from service.errors import Fault, NotFound
from service.signup.actions import coding
from service.signup.actions.coding import Answer
from service.signup.actions.requests import CHANNEL
from service.signup.views.tokens import address_of, owned
from service.signup.views.visiting import evidence, greet
from service.subscribers import queries as subscribers
from service.subscribers.actions import leave
from service.subscribers.models import Consent, Method
from service.web.callers import link
from service.web.context import runtime

codes = Blueprint("codes", __name__, template_folder="../templates")


@codes.get("/p/<token>/code")
@link
def show(token: str) -> ResponseReturnValue:
    """A field for each code that was asked for lately."""
    return _page(token)


@codes.post("/p/<token>/code")
@link
def enter(token: str) -> ResponseReturnValue:
    """Prove an address by its code; each try counts."""
    rt = runtime()
    number = _number(request.form.get("request", ""))
    with rt.work("visitor") as uow:
        person_id = owned(uow.session, token).subscriber_id
        typed = request.form.get("code", "")
        found = coding.prove(uow, person_id, number, typed, evidence(Method.CHALLENGE))
    if found is Answer.RIGHT:
        return _back(token, "proven")
    detail = "this is not the code" if found is Answer.WRONG else "this code is no longer good"
    fault = Fault(f"/code-{number}", detail, f"code_{found}")
    return _page(token, (fault,)), HTTPStatus.UNPROCESSABLE_ENTITY


@codes.get("/p/<token>/stop")
@link
def stopped(token: str) -> ResponseReturnValue:
    """Whoever comes back to where a button led, after choosing a language say."""
    return redirect(url_for("preferences.show", token=token), HTTPStatus.SEE_OTHER)


@codes.post("/p/<token>/stop")
@link
def stop(token: str) -> ResponseReturnValue:
    """Send nothing more to another address of the same person; mail is left by its own links."""
    rt = runtime()
    number = _number(request.form.get("address", ""))
    with rt.work("visitor") as uow:
        person_id = address_of(uow.session, token).subscriber_id
        theirs = subscribers.addresses_of(uow.session, person_id)
        if not any(each.id == number and each.channel != CHANNEL for each in theirs):
            raise NotFound("there is no such address")
        for each in subscribers.subscriptions(uow.session, number):
            if each.state is not Consent.ENDED:
                leave(uow, each.id, evidence(Method.LINK))
    return _back(token, "stopped")


def _page(token: str, faults: tuple[Fault, ...] = ()) -> str:
    rt = runtime()
    with rt.read() as session:
        person_id = owned(session, token).subscriber_id
        greet(subscribers.subscriber(session, person_id).locale)
        waiting = coding.waiting(session, person_id, rt.clock())
        return render_template("signup/codes.html", token=token, codes=waiting, faults=faults)


def _number(given: str) -> int:
    return int(given) if given.isascii() and given.isdigit() and len(given) < 19 else 0  # noqa: PLR2004


def _back(token: str, done: str) -> ResponseReturnValue:
    return redirect(url_for("preferences.show", token=token, done=done), HTTPStatus.SEE_OTHER)
