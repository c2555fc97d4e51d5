"""What a page's staff agree on: criteria, roles, ways to inform, templates."""

import re
from dataclasses import dataclass

from service.access import queries as access
from service.audit.actions import record
from service.db.base import Localised
from service.db.unit_of_work import UnitOfWork
from service.errors import Conflict, NotFound, invalid
from service.events import queries_handbook as queries
from service.events.models import Category, Duty, EventStage, EventTemplate, Handbook, Outlet
from service.events.stages import STAGES
from service.pages.models import Page

#: What looks like a secret in a text that many may read.
_SECRET = re.compile(r"(?i)\b(password|passwd|mot de passe|secret|token|api[_ ]?key)\b\s*[:=]\s*\S")


@dataclass(frozen=True, slots=True)
class HandbookWish:
    """What is an incident, what counts, and where the public gets help."""

    criteria: Localised
    principles: Localised
    help: Localised


@dataclass(frozen=True, slots=True)
class DutyWish:
    """A role, what it answers for, and whom it names; 0 for nobody yet."""

    name: str
    tasks: str
    staff_id: int


@dataclass(frozen=True, slots=True)
class OutletWish:
    """A way to inform: which incidents, which service, how access is obtained."""

    name: Localised
    purpose: Localised
    url: str
    incidents: str
    service: str
    access: str
    is_public: bool


@dataclass(frozen=True, slots=True)
class TemplateWish:
    """Words for a stage of a category."""

    category: Category
    stage: EventStage
    name: str
    title: Localised
    body: Localised


def save_handbook(uow: UnitOfWork, page: Page, wish: HandbookWish) -> Handbook:
    """Write a page's handbook anew."""
    found = queries.of_page(uow.session, page.id)
    found.criteria, found.principles = dict(wish.criteria), dict(wish.principles)
    found.help = dict(wish.help)
    uow.session.add(found)
    record(uow, "handbook.changed", f"page:{page.public_id}")
    return found


def save_duty(uow: UnitOfWork, page: Page, public_id: str, wish: DutyWish) -> Duty:
    """Create a role ("" for *public_id*) or change it; whoever it names is told of it.

    Raises `NotFound`, `Invalid`.
    """
    there = queries.duties(uow.session, page.id)
    duty = queries.duty(uow.session, page.id, public_id) if public_id else None
    if public_id and duty is None:
        raise NotFound(f"there is no role {public_id}")
    if wish.staff_id and access.staff_by_id(uow.session, wish.staff_id) is None:
        raise invalid("/staff_id", "choose a member of staff", "unknown")
    if duty is None:
        duty = Duty(page_id=page.id, position=len(there) + 1)
    holder = wish.staff_id or None
    if holder != duty.staff_id:
        duty.told_at = None
    duty.name, duty.tasks, duty.staff_id = wish.name, wish.tasks, holder
    uow.session.add(duty)
    uow.session.flush()
    record(uow, "duty.saved", f"duty:{duty.public_id}", holder=holder)
    return duty


def drop_duty(uow: UnitOfWork, page: Page, public_id: str) -> None:
    """Do without a role; raises `NotFound`."""
    duty = queries.duty(uow.session, page.id, public_id)
    if duty is None:
        raise NotFound(f"there is no role {public_id}")
    uow.session.delete(duty)
    record(uow, "duty.dropped", f"duty:{public_id}")


def save_outlet(uow: UnitOfWork, page: Page, public_id: str, wish: OutletWish) -> Outlet:
    """Create or change a way to inform; raises `NotFound`, `Invalid` for what may be a secret."""
    for key in ("incidents", "service", "access", "url"):
        if _SECRET.search(getattr(wish, key)):
            raise invalid(f"/{key}", "say how access is obtained, never the secret", "secret")
    there = queries.outlets(uow.session, page.id)
    outlet = queries.outlet(uow.session, page.id, public_id) if public_id else None
    if public_id and outlet is None:
        raise NotFound(f"there is no channel {public_id}")
    if outlet is None:
        outlet = Outlet(page_id=page.id, position=len(there) + 1)
    outlet.name, outlet.purpose, outlet.url = dict(wish.name), dict(wish.purpose), wish.url
    outlet.incidents, outlet.service = wish.incidents, wish.service
    outlet.access, outlet.is_public = wish.access, wish.is_public
    outlet.changed_at = uow.now
    uow.session.add(outlet)
    uow.session.flush()
    record(uow, "outlet.saved", f"outlet:{outlet.public_id}")
    return outlet


def drop_outlet(uow: UnitOfWork, page: Page, public_id: str) -> None:
    """Do without a way to inform; raises `NotFound`."""
    outlet = queries.outlet(uow.session, page.id, public_id)
    if outlet is None:
        raise NotFound(f"there is no channel {public_id}")
    uow.session.delete(outlet)
    record(uow, "outlet.dropped", f"outlet:{public_id}")


def save_template(uow: UnitOfWork, public_id: str, wish: TemplateWish) -> EventTemplate:
    """Create or change a template; raises `NotFound`, `Invalid`, `Conflict`."""
    if wish.stage not in STAGES[wish.category]:
        known = ", ".join(STAGES[wish.category])
        raise invalid("/stage", f"{wish.category} has the stages {known}", "unknown")
    there = queries.templates(uow.session)
    found = next((each for each in there if each.public_id == public_id), None)
    if public_id and found is None:
        raise NotFound(f"there is no template {public_id}")
    key = (wish.category, wish.stage, wish.name)
    if any((it.category, it.stage, it.name) == key and it is not found for it in there):
        raise Conflict("another template has this name", code="taken")
    found = found or EventTemplate()
    found.category, found.stage, found.name = key
    found.title, found.body = dict(wish.title), dict(wish.body)
    uow.session.add(found)
    uow.session.flush()
    record(uow, "template.saved", f"template:{found.public_id}")
    return found


def drop_template(uow: UnitOfWork, public_id: str) -> None:
    """Do without a template; raises `NotFound`."""
    found = queries.template(uow.session, public_id)
    if found is None:
        raise NotFound(f"there is no template {public_id}")
    uow.session.delete(found)
    record(uow, "template.dropped", f"template:{public_id}")
