"""Every SQL statement about pages, sections, components and their states."""

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import ColumnElement, func, or_, select, true
from sqlalchemy.orm import Session

from service.pages.models import Component, ComponentState, Page, Section, State
from service.pages.states import effective


def pages(session: Session) -> Sequence[Page]:
    """Every page the public may see, in order."""
    return session.scalars(
        select(Page).where(Page.retired_at.is_(None)).order_by(Page.position, Page.id)
    ).all()


def page_by_slug(session: Session, slug: str) -> Page | None:
    """The page the public calls *slug*."""
    return session.scalar(select(Page).where(Page.slug == slug, Page.retired_at.is_(None)))


def page_by_id(session: Session, page_id: int) -> Page | None:
    """The page with this id, retired or not."""
    return session.get(Page, page_id)


def every_page(session: Session) -> Sequence[Page]:
    """Every page there ever was, retired ones included."""
    return session.scalars(select(Page).order_by(Page.position, Page.id)).all()


def every_section(session: Session, page_id: int) -> Sequence[Section]:
    """Every section a page ever had, retired ones included, in order."""
    return session.scalars(
        select(Section).where(Section.page_id == page_id).order_by(Section.position, Section.id)
    ).all()


def every_component(session: Session, page_id: int) -> Sequence[Component]:
    """Every component a page ever had, retired ones included, in order."""
    return session.scalars(
        select(Component)
        .where(Component.page_id == page_id)
        .order_by(Component.position, Component.id)
    ).all()


def sections(session: Session, page_id: int) -> Sequence[Section]:
    """A page's sections, in order."""
    return [each for each in every_section(session, page_id) if each.retired_at is None]


def components(session: Session, page_id: int) -> Sequence[Component]:
    """A page's components, in the order of their sections' own."""
    return [each for each in every_component(session, page_id) if each.retired_at is None]


def component(session: Session, component_id: int) -> Component | None:
    """The component with this id, retired or not."""
    return session.get(Component, component_id)


def component_named(session: Session, page_id: int, name: str) -> Component | None:
    """The component of a page whose slug or public id is *name*."""
    return session.scalar(
        select(Component).where(
            Component.page_id == page_id,
            or_(Component.slug == name, Component.public_id == name),
            Component.retired_at.is_(None),
        )
    )


def last_word(session: Session, component_id: int, source: str) -> ComponentState | None:
    """What *source* said last of a component."""
    return session.scalar(
        select(ComponentState)
        .where(ComponentState.component_id == component_id, ComponentState.source == source)
        .order_by(ComponentState.id.desc())
        .limit(1)
    )


def effective_states(session: Session, page_id: int) -> dict[int, State]:
    """The state of each of a page's components, by the component's id."""
    return _states(session, Component.page_id == page_id).get(page_id, {})


def states_by_page(session: Session) -> dict[int, dict[int, State]]:
    """The state of each component of every page, by the ids of both."""
    return _states(session, true())


def _states(session: Session, concerned: ColumnElement[bool]) -> dict[int, dict[int, State]]:
    age = func.row_number().over(
        partition_by=(ComponentState.component_id, ComponentState.source),
        order_by=ComponentState.id.desc(),
    )
    newest = (
        select(
            ComponentState.component_id,
            ComponentState.source,
            ComponentState.state,
            age.label("age"),
        )
        .join(Component, Component.id == ComponentState.component_id)
        .where(concerned)  # or the whole log is numbered
        .subquery()
    )
    rows = session.execute(
        select(Component.page_id, Component.id, newest.c.source, newest.c.state)
        .outerjoin(newest, (newest.c.component_id == Component.id) & (newest.c.age == 1))
        .where(concerned, Component.retired_at.is_(None))
    )
    words: defaultdict[int, defaultdict[int, dict[str, State]]] = defaultdict(
        lambda: defaultdict(dict)
    )
    for page_id, component_id, source, state in rows:
        words[page_id][component_id].update({source: state} if state else {})
    return {
        page_id: {component_id: effective(said) for component_id, said in of_page.items()}
        for page_id, of_page in words.items()
    }
