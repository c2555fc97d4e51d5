"""From what an export holds to all that an import would do. Changes nothing."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError
from sqlalchemy.orm import Session

from scheduling import zones
from service.errors import Fault, Invalid, invalid
from service.transfers import queries
from service.transfers.histories import decide_past
from service.transfers.people import decide_people
from service.transfers.places import decide_places
from service.transfers.plan import Plan, Verdict, Wish
from service.transfers.reading import Content
from service.transfers.shapes import (
    ComponentShape,
    IncidentShape,
    PageShape,
    Shape,
    SubscriberShape,
)
from service.web.forms import faults_of
from service.web.parsing import LANGUAGES, PageSlug

_SLUG = TypeAdapter(PageSlug)

Shaped = TypeVar("Shaped", bound=Shape)


def decide(session: Session, now: datetime, content: Content, wish: Wish) -> Plan:
    """Return what taking *content* over would come to; raises `Invalid` where it cannot be."""
    if wish.language not in LANGUAGES:
        raise invalid("/language", f"use one of {', '.join(LANGUAGES)}", "unknown")
    plan = _begun(session, content, wish)
    decide_places(session, plan, _shaped(plan, ComponentShape, "component", content["components"]))
    decide_past(session, plan, _shaped(plan, IncidentShape, "incident", content["incidents"]), now)
    people = _shaped(plan, SubscriberShape, "subscriber", content["subscribers"])
    decide_people(session, plan, wish, people, now)
    return plan


def _begun(session: Session, content: Content, wish: Wish) -> Plan:
    page = queries.page_of_slug(session, wish.page)
    if page is not None:
        if page.retired_at:
            raise invalid("/page", f"{wish.page} is out of use: take it into use first", "retired")
        return Plan(page)
    given = content["page"]
    if given is None:
        detail = f"there is no page {wish.page!r}, and the files do not say how to make it"
        raise invalid("/page", detail, "unknown")
    _check_slug(wish.page)
    shape = _page_shape(given)
    zone = shape.time_zone if zones.is_zone(shape.time_zone) else "Etc/UTC"
    plan = Plan(None, page_name=shape.name, zone=zone)
    guessed = "" if zone == shape.time_zone else "zone"
    plan.note(Verdict.MADE, "page", shape.name, guessed, zone)
    return plan


def _check_slug(slug: str) -> None:
    try:
        _SLUG.validate_python(slug)
    except ValidationError as error:
        raise invalid(
            "/page", error.errors()[0]["msg"].removeprefix("Value error, "), "slug"
        ) from None


def _page_shape(given: Mapping[str, Any]) -> PageShape:
    try:
        return PageShape.model_validate(given)
    except ValidationError as error:
        detail = faults_of(error)[0].detail
        raise Invalid([Fault("/files", f"the page in them: {detail}", "page")]) from None


def _shaped(
    plan: Plan, shape: type[Shaped], kind: str, items: Sequence[Mapping[str, Any]]
) -> list[Shaped]:
    """The items that can be used; the others are refused one by one."""
    found = []
    for item in items:
        try:
            found.append(shape.model_validate(item))
        except ValidationError as error:
            fault = faults_of(error)[0]
            plan.note(Verdict.REFUSED, kind, _name(item), "unusable", _where(fault))
    return found


def _where(fault: Fault) -> str:
    return f"{fault.pointer.lstrip('/')}: {fault.detail}"


def _name(item: Mapping[str, Any]) -> str:
    return str(item.get("name") or item.get("email") or item.get("id") or "?")[:120]
