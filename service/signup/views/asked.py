"""What pages ask their subscribers to do, and who says that it is done."""

from http import HTTPStatus
from typing import NamedTuple

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from service.errors import NotFound
from service.events import queries as events
from service.events import queries_keeping as keeping
from service.events.models import Category, Event
from service.events.proposing import permalink
from service.pages.models import Page
from service.signup.views.tokens import address_of
from service.subscribers import queries as subscribers
from service.subscribers.doing import mark_done, take_back
from service.subscribers.models import Address, Consent
from service.web.callers import link
from service.web.context import runtime

asked = Blueprint("asked", __name__)


class Asked(NamedTuple):
    """An action that a page asks for, and whether this person says that it is done."""

    event: Event
    url: str
    done: bool


def actions_of(session: Session, address: Address) -> list[Asked]:
    """What is asked of an address's owner now, by the pages it is subscribed to."""
    pages = [
        each.page_id
        for each in subscribers.subscriptions(session, address.id)
        if each.state is Consent.ACTIVE and each.page_id is not None
    ]
    done = subscribers.done(session, address.subscriber_id)
    return [
        Asked(
            event,
            permalink(runtime().settings, session.get_one(Page, event.page_id), event),
            f"event:{event.public_id}" in done,
        )
        for event in keeping.open_actions(session, pages, runtime().clock())
    ]


@asked.post("/p/<token>/asked/<event_id>")
@link
def answer(token: str, event_id: str) -> ResponseReturnValue:
    """Say that it is done, or take that back."""
    rt = runtime()
    with rt.read() as session:
        address = address_of(session, token)
        address_id, subscriber_id = address.id, address.subscriber_id
    with rt.work(f"address:{address_id}") as uow:
        event = events.by_public_id(uow.session, event_id)
        if event is None or event.category is not Category.ACTION_REQUIRED:
            raise NotFound("nothing of that name is asked of you")
        say = take_back if "undo" in request.form else mark_done
        say(uow, subscriber_id, f"event:{event.public_id}")
    return redirect(url_for("preferences.show", token=token) + "#asked", HTTPStatus.SEE_OTHER)
