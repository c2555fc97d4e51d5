"""Takes the export of another status page over: what `deciding` decided, batch by batch.

Each batch is a unit of work; where one is cut off, a second import goes on.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from service.audit.actions import record
from service.db.unit_of_work import UnitOfWork
from service.errors import NotFound
from service.events import queries as events
from service.events.stages import in_force
from service.pages import queries as pages
from service.pages.actions import set_state
from service.pages.apply import become
from service.pages.editing import PageWish, save_page
from service.pages.models import Component, Page, Section, State
from service.pages.states import BASELINE
from service.runtime import Runtime
from service.signup.importing.storing import Tally, store
from service.subscribers.targets import Target
from service.transfers import queries
from service.transfers.deciding import decide
from service.transfers.past import Place, write_past
from service.transfers.people import BATCH as PEOPLE
from service.transfers.people import in_batches
from service.transfers.places import OTHERS
from service.transfers.plan import NewComponent, Person, Plan, Verdict, Wish
from service.transfers.reading import Content

EVENTS = 50  # of one unit of work
COMMENT = "as it was on the status page before"


def preview(rt: Runtime, content: Content, wish: Wish) -> Plan:
    """Return what taking *content* over would come to; the database is only read."""
    with rt.read() as session:
        return decide(session, rt.clock(), content, wish)


def take(rt: Runtime, by: str, content: Content, wish: Wish) -> Plan:
    """Take *content* over and return what was done; a second time changes nothing.

    Nobody is told of what is past. Raises `Invalid` where it cannot be taken over.
    """
    with rt.work(by) as uow:
        plan = decide(uow.session, uow.now, content, wish)
        _make_places(uow, plan, wish)
        counts = {verdict: len(plan.of(verdict)) for verdict in Verdict}
        record(uow, "page.taken_over", f"page:{wish.page}", **counts)
    for past in in_batches(plan.past, EVENTS):
        with rt.work(by) as uow:
            page = _page(uow, wish)
            components = events.component_names(
                uow.session, queries.component_ids(uow.session, page.id).values()
            )
            known = {each.public_id: each for each in components.values()}
            write_past(uow, Place(rt.settings, page, wish.language, known), past)
    for people in in_batches(plan.people, PEOPLE):
        with rt.work(by) as uow:
            _take_people(uow, _page(uow, wish), people)
    return plan


def _make_places(uow: UnitOfWork, plan: Plan, wish: Wish) -> None:
    """Make the page, sections and components of *plan*."""
    if plan.page is None:
        name = {wish.language: plan.page_name}
        save_page(uow, PageWish(wish.page, name, {}, (wish.language,), plan.zone))
    page = _page(uow, wish)
    here = {each.slug: each for each in pages.every_section(uow.session, page.id)}
    last = max((each.position for each in here.values()), default=0)
    for position, new in enumerate(plan.sections, last + 1):
        section = here.get(new.slug) or Section(page_id=page.id, slug=new.slug)
        named = {"public_id": new.public_id} if new.public_id else {}
        values = {"name": _everywhere(page, new.name), "position": position, **named}
        become(uow, section, values, f"section {page.slug}/{new.slug}")
    _make_components(uow, page, plan, wish)


def _make_components(uow: UnitOfWork, page: Page, plan: Plan, wish: Wish) -> None:
    every = pages.every_section(uow.session, page.id)
    homes = {each.public_id: each.id for each in every}
    homes |= {each.slug: each.id for each in every if each.slug == OTHERS}
    last = Counter[int]()  # in each section
    for each in pages.every_component(uow.session, page.id):
        last[each.section_id] = max(last[each.section_id], each.position)
    running = {
        name
        for past in plan.past
        for word in past.words[-1:]
        if in_force(word.stage)
        for name in word.states
    }
    for new in plan.components:
        home = homes[new.section]
        last[home] += 1
        component = Component(page_id=page.id, slug=new.slug)
        values = {
            "public_id": new.public_id,
            "section_id": home,
            "name": _everywhere(page, new.name),
            "description": {wish.language: new.description} if new.description else {},
            "impact": {},
            "position": last[home],
            "known_since": _since(uow, new),
        }
        become(uow, component, values, f"component {page.slug}/{new.slug}")
        if new.state is not State.OPERATIONAL and new.public_id not in running:
            set_state(uow, component.id, BASELINE, new.state, COMMENT)


def _since(uow: UnitOfWork, new: NewComponent) -> datetime:
    return min(new.since or uow.now, uow.now)


def _everywhere(page: Page, name: str) -> dict[str, str]:
    """A name as it is in every language: names are rarely translated."""
    return dict.fromkeys(page.languages, name)


def _page(uow: UnitOfWork, wish: Wish) -> Page:
    page = queries.page_of_slug(uow.session, wish.page)
    if page is None:
        raise NotFound(f"there is no page {wish.page}")
    return page


def _take_people(uow: UnitOfWork, page: Page, people: Sequence[Person]) -> None:
    ids = queries.component_ids(uow.session, page.id)
    target = Target.of_page(page)
    entries = [
        replace(
            person.entry,
            targets=(target,),
            components=frozenset(ids[name] for name in person.components),
        )
        for person in people
    ]
    store(uow, entries, Tally())
