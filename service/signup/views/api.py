"""Subscriptions and endpoints for programs."""

from typing import Any

from apiflask import APIBlueprint
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from service.access.idempotency import idempotent, remember
from service.access.models import Scope
from service.errors import Fault, Invalid, invalid
from service.lists import queries as lists
from service.pages import queries as pages
from service.signup.actions import endpoints
from service.signup.actions.endpoints import Endpoint
from service.signup.actions.requests import Application, submit
from service.signup.views.schemas import (
    AcceptedOut,
    EndpointIn,
    EndpointOut,
    NewEndpointOut,
    SubscriptionIn,
)
from service.signup.views.visiting import evidence, origin
from service.subscribers.actions import leave
from service.subscribers.models import Consent, Method
from service.subscribers.targets import Target, target_of
from service.web.callers import api_key
from service.web.context import absolute, caller, runtime

api = APIBlueprint("signup_api", __name__, url_prefix="/api/v1", tag="Subscribers")


@api.post("/subscriptions")
@idempotent
@api.input(SubscriptionIn)
@api.output(AcceptedOut, status_code=202)
@api.doc(summary="Put an address forward")
@api_key(Scope.SUBSCRIBERS)
def put_forward(json_data: SubscriptionIn) -> ResponseReturnValue:
    """Its owner is asked by mail and nothing else happens: the answer is always the same."""
    rt = runtime()
    with rt.work(caller().by) as uow:
        wish = Application(
            address=json_data.address,
            targets=_targets(uow.session, json_data),
            locale=json_data.language,
            timezone=json_data.timezone or "",
            filters=json_data.filters.filters(),
        )
        submit(uow, rt.channels, wish, origin(Method.API))
        return remember(uow, AcceptedOut(), 202)


@api.post("/endpoints")
@idempotent
@api.input(EndpointIn)
@api.output(NewEndpointOut, status_code=201)
@api.doc(summary="Register a webhook endpoint")
@api_key(Scope.SUBSCRIBERS)
def register(json_data: EndpointIn) -> ResponseReturnValue:
    """It is told nothing before it has answered a challenge signed with the secret given here."""
    rt = runtime()
    with rt.work(caller().by) as uow:
        page = _page(uow.session, json_data.page)
        wish = endpoints.Wish(json_data.url, page, json_data.filters.filters())
        made = endpoints.register(uow, rt.channels, wish)
        found = endpoints.endpoint(uow.session, made.subscription.id)
        body = {**_endpoint(uow.session, found), "secret": made.secret or None}
        where = {"Location": absolute(f"/api/v1/endpoints/{made.subscription.id}")}
        return remember(uow, NewEndpointOut(**body), 201, where)


@api.get("/endpoints/<int:endpoint_id>")
@api.output(EndpointOut)
@api.doc(summary="Read a webhook endpoint")
@api_key(Scope.SUBSCRIBERS)
def show(endpoint_id: int) -> EndpointOut:
    """Whether it has proved itself, and if not, why and when it is asked again."""
    with runtime().read() as session:
        return EndpointOut(**_endpoint(session, endpoints.endpoint(session, endpoint_id)))


@api.delete("/endpoints/<int:endpoint_id>")
@api.output({}, status_code=204)
@api.doc(summary="End a webhook endpoint")
@api_key(Scope.SUBSCRIBERS)
def end(endpoint_id: int) -> ResponseReturnValue:
    """Nothing is sent to it any more; again is harmless."""
    with runtime().work(caller().by) as uow:
        endpoints.endpoint(uow.session, endpoint_id)
        leave(uow, endpoint_id, evidence(Method.API))
    return "", 204


def _targets(session: Session, wish: SubscriptionIn) -> tuple[Target, ...]:
    faults, targets = [], []
    if wish.page is not None:
        targets.append(_page(session, wish.page))
    for place, slug in enumerate(dict.fromkeys(wish.lists)):
        found = lists.list_by_slug(session, slug)
        if found is None or not found.is_open:
            faults.append(Fault(f"/lists/{place}", f"there is no open list {slug}", "unknown"))
        else:
            targets.append(Target.of_list(found))
    if faults:
        raise Invalid(faults)
    if not targets:
        raise invalid("/page", "name a page, lists, or both", "nothing")
    return tuple(targets)


def _page(session: Session, slug: str) -> Target:
    page = pages.page_by_slug(session, slug)
    if page is None:
        raise invalid("/page", f"there is no page {slug}", "unknown")
    return Target.of_page(page)


def _endpoint(session: Session, found: Endpoint) -> dict[str, Any]:
    asked = found.request.wish if found.request else {}
    waits = found.request is not None and found.request.decision is None
    is_pending = found.subscription.state is Consent.PENDING
    return {
        "id": str(found.subscription.id),
        "url": found.address.value,
        "page": target_of(session, found.subscription).slug,
        "state": found.subscription.state.value,
        "created_at": found.subscription.created_at,
        "challenges": asked.get("tries", 0),
        "problem": asked.get("problem", ""),
        "next_challenge_at": found.request.due_at
        if found.request and waits and is_pending
        else None,
    }
