"""Which sections and components an export makes of its own, and which are here already."""

from collections.abc import Sequence
from datetime import UTC, datetime, time

from sqlalchemy.orm import Session

from service.pages import queries as pages
from service.pages.models import Component, Section, State
from service.transfers import queries
from service.transfers.plan import NewComponent, NewSection, Plan, Verdict
from service.transfers.shapes import ComponentShape
from service.transfers.translating import STATES, own_id, plain, slug_of
from service.web.i18n import localised

OTHERS = "services"  # the section of components that are in no group


def decide_places(session: Session, plan: Plan, given: Sequence[ComponentShape]) -> None:
    """Decide on groups and components; those of retired pages and of other pages stay theirs."""
    every = pages.every_section(session, plan.page.id) if plan.page else ()
    groups = _usable(session, plan, every, [each for each in given if _is_group(each)])
    members = [each for each in given if not _is_group(each)]
    homes = _homes(groups, members)
    _sections(plan, every, groups, set(homes.values()))
    _components(session, plan, members, homes)


def _is_group(each: ComponentShape) -> bool:
    return each.group or bool(each.components) or each.status is None


def _usable(
    session: Session, plan: Plan, every: Sequence[Section], given: Sequence[ComponentShape]
) -> dict[str, ComponentShape]:
    """The groups that are sections here, or can be, by public id."""
    groups = {own_id(each.id): each for each in given}
    here = {each.public_id: each for each in every}
    elsewhere = queries.homes(session, Section, [key for key in groups if key not in here])
    for public_id, group in list(groups.items()):
        if public_id in elsewhere:
            plan.note(Verdict.REFUSED, "section", group.name, "elsewhere")
            del groups[public_id]
        elif public_id in here and here[public_id].retired_at:
            plan.note(Verdict.LEFT, "section", group.name, "retired")
            del groups[public_id]
    return groups


def _homes(groups: dict[str, ComponentShape], members: Sequence[ComponentShape]) -> dict[str, str]:
    """The section of each member: public id, or the one of those in no group."""
    named = {child: public_id for public_id, group in groups.items() for child in group.components}
    homes = {}
    for each in members:
        home = own_id(each.group_id) if each.group_id else named.get(each.id, OTHERS)
        homes[each.id] = home if home in groups else OTHERS
    return homes


def _sections(
    plan: Plan, every: Sequence[Section], groups: dict[str, ComponentShape], used: set[str]
) -> None:
    here = {each.public_id for each in every}
    taken = {OTHERS, *(each.slug for each in every)}
    for public_id, group in sorted(groups.items(), key=lambda pair: pair[1].position or 0):
        if public_id in here:
            plan.note(Verdict.LEFT, "section", group.name, "here")
        elif public_id not in used:
            plan.note(Verdict.LEFT, "section", group.name, "empty")
        else:
            plan.sections.append(NewSection(public_id, slug_of(group.name, taken), group.name))
            plan.note(Verdict.MADE, "section", group.name)
    if OTHERS in used and OTHERS not in {each.slug for each in every if not each.retired_at}:
        plan.sections.append(NewSection("", OTHERS, "Services"))
        plan.note(Verdict.MADE, "section", "Services", "no_group")


def _components(
    session: Session, plan: Plan, members: Sequence[ComponentShape], homes: dict[str, str]
) -> None:
    every = pages.every_component(session, plan.page.id) if plan.page else ()
    here = {each.public_id: each for each in every}
    by_name = {localised(each.name).casefold(): each for each in every if not each.retired_at}
    taken = {each.slug for each in every}
    fresh = [own_id(each.id) for each in members]
    elsewhere = queries.homes(session, Component, [key for key in fresh if key not in here])
    for each in sorted(members, key=lambda it: it.position or 0):
        public_id = own_id(each.id)
        known = here.get(public_id) or by_name.get(each.name.casefold())
        if known is not None:
            plan.known[each.id] = known.public_id
            why = "retired" if known.retired_at else "here"
            plan.note(Verdict.LEFT, "component", each.name, why)
        elif public_id in elsewhere:
            plan.note(Verdict.REFUSED, "component", each.name, "elsewhere")
        elif each.status not in STATES:
            plan.note(Verdict.REFUSED, "component", each.name, "status", each.status or "")
        else:
            plan.known[each.id] = public_id
            plan.components.append(_new(each, homes[each.id], taken))
            plan.note(Verdict.MADE, "component", each.name)


def _new(each: ComponentShape, section: str, taken: set[str]) -> NewComponent:
    began = datetime.combine(each.start_date, time(), UTC) if each.start_date else None
    return NewComponent(
        public_id=own_id(each.id),
        section=section,
        slug=slug_of(each.name, taken),
        name=each.name,
        description=plain(each.description or "")[:2000],
        since=began or each.created_at,
        state=STATES.get(each.status or "", State.OPERATIONAL),
    )
