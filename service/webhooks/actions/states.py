"""Tells endpoints when a component's effective state has changed.

Events and people write words about components into a log; what the worst of them comes to is
compared with what was told last, so that a word that changes nothing tells nothing, and looking
again is harmless.
"""

from collections.abc import Mapping

from channels.base import Message, Sender, Text, Touched
from service.config import Settings
from service.db.unit_of_work import UnitOfWork
from service.pages import queries as pages
from service.pages.models import RANK, Component, ComponentState, Page, State
from service.pages.places import address_of
from service.publications.freezing import freeze
from service.subscribers.audience import Audience
from service.subscribers.filters import SEVERITIES
from service.web.i18n import localised, translate
from service.webhooks import queries_states
from service.webhooks.actions import bookmarks, outbox
from service.webhooks.models import StateChange, ToldState

NAME = "states"
TYPE = queries_states.TYPE
GRAVITY = {State.MINOR: "minor", State.MAJOR: "major", State.DOWN: "critical"}


def tell_states(uow: UnitOfWork, settings: Settings) -> int:
    """Tell what changed since the last time; return how many components did.

    A new reader begins with what holds now.
    """
    found = bookmarks.unread(uow, NAME, ComponentState)
    if found is None:
        for states in pages.states_by_page(uow.session).values():
            uow.session.add_all(ToldState(component_id=each, state=states[each]) for each in states)
        return 0
    touched = queries_states.components_with_words(uow.session, found.mark.position, found.upto)
    found.mark.position = found.upto
    return sum(_tell_page(uow, settings, *each) for each in touched.items())


def _tell_page(uow: UnitOfWork, settings: Settings, page_id: int, touched: frozenset[int]) -> int:
    now = pages.effective_states(uow.session, page_id)
    page = uow.session.get_one(Page, page_id)
    told = queries_states.told_states(uow.session, touched)
    count = 0
    for component_id in sorted(touched & now.keys()):
        row = told.get(component_id)
        before = State(row.state) if row else State.OPERATIONAL
        if before is now[component_id]:
            continue
        if row is None:
            row = ToldState(component_id=component_id, sequence=0)
            uow.session.add(row)
        row.state, row.sequence = now[component_id], row.sequence + 1
        component = uow.session.get_one(Component, component_id)
        message = _message(uow, settings, page, component, row)
        to = queries_states.followers(uow.session, _audience(component, before, now[component_id]))
        outbox.put(uow, to, TYPE, message)
        uow.session.add(StateChange(at=uow.now, content=freeze(message)))
        count += 1
    return count


def _audience(component: Component, before: State, now: State) -> Audience:
    """Those whose filters let the worse of both states through: who heard of it, hears its end."""
    worst = max(before, now, key=RANK.__getitem__)
    return Audience(
        pages=(component.page_id,),
        category="maintenance" if worst is State.MAINTENANCE else "incident",
        severity=SEVERITIES.index(GRAVITY.get(worst, "none")),
        components=(component.id,),
    )


def _message(
    uow: UnitOfWork, settings: Settings, page: Page, component: Component, told: ToldState
) -> Message:
    state = State(told.state)
    impact = {} if state is State.OPERATIONAL else component.impact
    return Message(
        id=f"state_{component.public_id}_{told.sequence}",
        type=TYPE,
        category="component",
        stage="",
        severity=GRAVITY.get(state, "none"),
        texts={each: _text(each, component.name, state) for each in page.languages},
        sender=Sender(page.sender_name, page.sender_address or settings.mail_from),
        source=page.name,
        url=address_of(settings, page, f"/components/{component.slug}"),
        subject=f"component:{component.public_id}",
        sequence=told.sequence,
        published_at=uow.now,
        touched=(Touched(component.public_id, component.name, state, impact),),
    )


def _text(language: str, name: Mapping[str, str], state: State) -> Text:
    words = translate(language, f"state.{state}")
    return Text(f"{localised(name, language)} — {words}", "")
