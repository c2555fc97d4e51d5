"""How far a reader of a growing table may go without passing over what is committed late."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from service.db.commits import writers
from service.db.unit_of_work import UnitOfWork
from service.webhooks import queries
from service.webhooks.models import Bookmark, Growing


@dataclass(frozen=True, slots=True)
class Pages:
    """What there is to read: numbers beyond `mark.position`, `upto` included."""

    mark: Bookmark
    upto: int


def unread(uow: UnitOfWork, name: str, kind: type[Growing]) -> Pages | None:
    """Return what *name* has to read of *kind* and nobody can add to any more.

    A new reader begins at the end, so its first answer is None.
    """
    mark = queries.bookmark(uow.session, name)
    newest = queries.last_number(uow.session, kind)
    if mark is None:
        uow.session.add(Bookmark(name=name, position=newest))
        return None
    return Pages(mark, _whole_upto(uow.session, mark, kind, newest))


def _whole_upto(session: Session, mark: Bookmark, kind: type[Growing], newest: int) -> int:
    """Who writes now may hold numbers up to *newest*, and nobody else may: they are awaited."""
    busy = writers(session, kind)
    if not busy:
        mark.seen = mark.awaited = None
        return newest
    if mark.awaited and busy.intersection(mark.awaited):
        return mark.position
    whole = mark.position if mark.seen is None else mark.seen
    mark.seen, mark.awaited = newest, sorted(busy)
    return whole
