"""What can be done with a mailing list: make it, describe it anew, take it out of use and back."""

from dataclasses import asdict, dataclass

from service.audit.actions import record
from service.db.base import Localised
from service.db.unit_of_work import UnitOfWork
from service.errors import Conflict, NotFound, invalid
from service.lists import queries
from service.lists.models import MailingList
from service.pages import queries as pages


@dataclass(frozen=True, slots=True)
class ListWish:
    """A list as somebody wants it; *page* is a slug, "" for none."""

    name: Localised
    description: Localised  # what people consent to
    languages: list[str]
    timezone: str
    page: str = ""
    sender_name: str = ""
    sender_address: str = ""
    is_open: bool = True
    is_proposed: bool = True
    has_archive: bool = True


def add_list(uow: UnitOfWork, slug: str, wish: ListWish) -> MailingList:
    """Make a list; raises `Invalid`, and `Conflict` where the slug was ever used."""
    known = queries.every_list(uow.session)
    if any(each.slug == slug for each in known):
        raise Conflict(f"there is a list {slug!r}, perhaps out of use", code="taken")
    row = MailingList(
        slug=slug,
        **_values(uow, wish),
        version=1,
        position=max((each.position for each in known), default=0) + 1,
        created_at=uow.now,
    )
    uow.session.add(row)
    uow.session.flush()
    record(uow, "list.created", f"list:{row.public_id}", name=slug)
    return row


def change_list(uow: UnitOfWork, slug: str, wish: ListWish) -> MailingList:
    """Describe a list anew; raises `NotFound`, `Invalid`.

    Its version grows with its description: those who are on it consented to the old words.
    """
    row = _found(uow, slug)
    row.version += int(row.description != wish.description)
    for key, value in _values(uow, wish).items():
        setattr(row, key, value)
    record(uow, "list.changed", f"list:{row.public_id}", name=slug, version=row.version)
    return row


def retire_list(uow: UnitOfWork, slug: str) -> MailingList:
    """Take a list out of use: nobody can post or join; its archive stays. Raises `NotFound`."""
    row = _found(uow, slug)
    if row.retired_at is None:
        row.retired_at = uow.now
        record(uow, "list.retired", f"list:{row.public_id}", name=slug)
    return row


def restore_list(uow: UnitOfWork, slug: str) -> MailingList:
    """Take a list back into use; raises `NotFound`."""
    row = _found(uow, slug)
    if row.retired_at is not None:
        row.retired_at = None
        record(uow, "list.restored", f"list:{row.public_id}", name=slug)
    return row


def _values(uow: UnitOfWork, wish: ListWish) -> dict[str, object]:
    page = pages.page_by_slug(uow.session, wish.page) if wish.page else None
    if wish.page and page is None:
        raise invalid("/page", f"there is no page {wish.page!r}", "unknown")
    for language in wish.languages:
        if not wish.name.get(language):
            raise invalid(f"/name/{language}", "write it in each of its languages", "missing")
        if not wish.description.get(language):
            raise invalid(f"/description/{language}", "say what people consent to", "missing")
    values = asdict(wish)
    del values["page"]
    return {**values, "page_id": page.id if page else None}


def _found(uow: UnitOfWork, slug: str) -> MailingList:
    found = queries.any_list(uow.session, slug)
    if found is None:
        raise NotFound(f"there is no list {slug}")
    return found
