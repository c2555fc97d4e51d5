"""A platform with three services, and a quick way to say something about it."""

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from service.events.models import Category, Event, EventStage
from service.pages.actions import set_state
from service.pages.models import Component, Page, State
from tests.factories import a_component, a_page, a_section
from tests.service.status.happenings import an_event, an_update


class Platform(NamedTuple):
    page: Page
    webmail: Component
    sending: Component
    files: Component


@pytest.fixture
def platform(rt) -> Platform:
    with rt.work() as uow:
        page = a_page(uow, "mail", name={"fr": "Courrier", "en": "Mail"})
        mail = a_section(uow, page, "core")
        work = a_section(uow, page, "work", position=2)
        return Platform(
            page,
            a_component(uow, mail, "webmail", impact={"fr": "Rien à lire.", "en": "No reading."}),
            a_component(uow, mail, "sending", position=2),
            a_component(uow, work, "files"),
        )


@pytest.fixture
def say(rt, platform) -> Callable[..., Event]:
    """Tell of a new event with one update, public at once: `say(category, stage, **update)`."""

    def _say(
        category: Category = Category.INCIDENT,
        stage: EventStage = EventStage.INVESTIGATING,
        title: dict[str, str] | None = None,
        **given: Any,
    ) -> Event:
        with rt.work() as uow:
            event = an_event(uow, platform.page, category, **({"title": title} if title else {}))
            an_update(uow, event, stage, **{"started_at": uow.now, **given})
        return event

    return _say


@pytest.fixture
def is_now(rt) -> Callable[[Component, State], None]:
    """Put a component in a state."""

    def _is_now(component: Component, state: State) -> None:
        with rt.work() as uow:
            set_state(uow, component.id, "baseline", state, "")

    return _is_now
