"""Leaving by one click (RFC 8058), by hand, and taking it back.

The one-click POST needs no cookie, no login and no particular body, never redirects, answers 200
for tokens nobody knows as well, and holds at once.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from http import HTTPStatus

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from service.errors import NotFound, ServiceError
from service.signup.views.tokens import preferences_url, subscription_of
from service.signup.views.visiting import evidence, greet
from service.subscribers import queries as subscribers
from service.subscribers.actions import leave, restore
from service.subscribers.models import Consent, EndReason, Method, Subscription
from service.subscribers.targets import target_of
from service.web.callers import link
from service.web.context import runtime

unsubscribe = Blueprint("unsubscribe", __name__, template_folder="../templates")


@unsubscribe.get("/u/<token>")
@link
def ask(token: str) -> ResponseReturnValue:
    """Ask before leaving; looking changes nothing."""
    with runtime().read() as session:
        subscription = subscription_of(session, token)
        address = subscribers.address(session, subscription.address_id)
        if address is None:
            raise NotFound("there is no such address")
        greet(subscribers.subscriber(session, address.subscriber_id).locale)
        return render_template(
            "signup/leave.html",
            token=token,
            address=address,
            target=target_of(session, subscription),
            has_left=subscription.state is Consent.ENDED,
            preferences=preferences_url(address.id),
        )


@unsubscribe.post("/u/<token>")
@link
def one_click(token: str) -> ResponseReturnValue:
    """Leave at once."""
    rt = runtime()
    try:
        with rt.read() as session:
            found = subscription_of(session, token)
            address_id, subscription_id = found.address_id, found.id
    except ServiceError:
        return render_template("signup/left_unknown.html")
    with rt.work(f"address:{address_id}") as uow:
        left = leave(uow, subscription_id, evidence(Method.ONE_CLICK))
    return goodbye(address_id, [left], url_for("unsubscribe.undo", token=token))


@unsubscribe.post("/u/<token>/undo")
@link
def undo(token: str) -> ResponseReturnValue:
    """Take the leaving back."""
    rt = runtime()
    with rt.read() as session:
        found = subscription_of(session, token)
        address_id, subscription_id = found.address_id, found.id
    with rt.work(f"address:{address_id}") as uow:
        for each, left_at in left_before(uow.session, address_id, request.form):
            if each == subscription_id:
                restore(uow, each, left_at, evidence(Method.LINK))
    return redirect(f"{preferences_url(address_id)}?done=restored", HTTPStatus.SEE_OTHER)


def goodbye(address_id: int, left: Sequence[Subscription], undo_url: str) -> str:
    """Return the page that says what was left, with a way back where there is one."""
    gone = [each for each in left if each.ended_reason is EndReason.LEFT]
    with runtime().read() as session:
        address = subscribers.address(session, address_id)
        if address is None:
            raise NotFound("there is no such address")
        greet(subscribers.subscriber(session, address.subscriber_id).locale)
        return render_template(
            "signup/goodbye.html",
            address=address,
            targets=[target_of(session, each) for each in left],
            undo_url=undo_url,
            undone=[f"{each.id}@{_at(each).isoformat()}" for each in gone if each.active_at],
            preferences=preferences_url(address_id),
        )


def left_before(
    session: Session, address_id: int, form: MultiDict[str, str]
) -> Iterator[tuple[int, datetime]]:
    """Yield what a goodbye page wants back: subscriptions of the address, and when it was left."""
    own = {str(each.id): each.id for each in subscribers.subscriptions(session, address_id)}
    for each in form.getlist("left"):
        number, _, at = each.partition("@")
        try:
            left_at = datetime.fromisoformat(at)
        except ValueError:
            continue
        if number in own and left_at.tzinfo is not None:
            yield own[number], left_at


def _at(subscription: Subscription) -> datetime:
    if subscription.ended_at is None:
        raise ValueError("it has not ended")
    return subscription.ended_at
