"""What staff do with the export of another status page: hand it in, take it over, throw it away."""

from service.audit.actions import record
from service.db.unit_of_work import UnitOfWork
from service.errors import NotFound
from service.transfers import queries
from service.transfers.models import Takeover
from service.transfers.plan import Wish
from service.transfers.reading import Content


def hand_in(uow: UnitOfWork, content: Content, wish: Wish) -> Takeover:
    """Keep *content* until somebody has looked at what it would come to."""
    row = Takeover(
        page=wish.page,
        language=wish.language,
        consent_text=wish.consent_text,
        content=content,
        created_at=uow.now,
        created_by=uow.by,
    )
    uow.session.add(row)
    uow.session.flush()
    record(uow, "takeover.handed_in", f"takeover:{row.public_id}", page=wish.page)
    return row


def claim(uow: UnitOfWork, public_id: str) -> tuple[Content, Wish]:
    """Return what was handed in, which is kept no longer: nobody takes it twice.

    Raises `NotFound`.
    """
    row = queries.for_taking(uow.session, public_id)
    if row is None:
        raise NotFound("it was taken over or thrown away: hand the files in again")
    found = (row.content, wish_of(row))
    uow.session.delete(row)
    record(uow, "takeover.claimed", f"takeover:{public_id}", page=row.page)
    return found


def wish_of(row: Takeover) -> Wish:
    """Return where what was handed in is to be taken to."""
    return Wish(row.page, row.language, row.consent_text)
