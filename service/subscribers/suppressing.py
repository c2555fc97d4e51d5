"""The suppression list: addresses that get no bulk mail, whoever they belong to, and why."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from channels.base import Address as Parsed
from channels.base import Refused
from channels.email.address import parse_address
from service.audit.actions import record
from service.db.unit_of_work import UnitOfWork
from service.errors import Fault, NotFound
from service.runtime import Runtime
from service.subscribers import queries
from service.subscribers import queries_suppressed as suppressed
from service.subscribers.hashing import address_hash
from service.subscribers.models import Address, SuppressedStranger, Suppression

CHANNEL = "email"
MOST = 100_000  # lines of an import
PAGE = 1_000  # addresses of a list that are read at once


@dataclass(slots=True)
class Imported:
    """What an import came to."""

    suppressed: int = 0
    known: int = 0  # suppressed already
    strangers: int = 0  # nobody we know: remembered by a hash
    faults: list[Fault] = field(default_factory=list)


def suppress(uow: UnitOfWork, address: Address, reason: Suppression, note: str = "") -> bool:
    """Send *address* nothing in bulk any more; False where it was so already."""
    if address.suppressed_at is not None:
        return False
    address.suppressed_at, address.suppressed_reason = uow.now, reason
    record(uow, "address.suppressed", f"address:{address.id}", reason=reason, note=note)
    return True


def release(uow: UnitOfWork, address: Address) -> bool:
    """Let mail go to *address* again; False where it did all the time."""
    if address.suppressed_at is None:
        return False
    address.suppressed_at, address.suppressed_reason = None, ""
    record(uow, "address.suppression_lifted", f"address:{address.id}")
    return True


def lift(uow: UnitOfWork, raw: str) -> None:
    """Let mail go to *raw* again, somebody we know or not; raises `NotFound`."""
    parsed = _parsed(raw)
    address = queries.address_by_key(uow.session, CHANNEL, parsed.key) if parsed else None
    if address is not None and release(uow, address):
        return
    hashed = address_hash(CHANNEL, parsed.key) if parsed else ""
    if not parsed or not suppressed.forget_stranger(uow.session, hashed):
        raise NotFound("this address is not suppressed")
    record(uow, "address.suppression_lifted", "address:stranger")


def import_lines(uow: UnitOfWork, lines: Iterable[str]) -> Imported:
    """Suppress the address that begins each of *lines* (CSV or bare); again is harmless."""
    result = Imported()
    for number, line in enumerate(lines):
        raw = line.split(",")[0].strip(" \t\r\n\"'\ufeff")
        if not raw or (number == 0 and "@" not in raw):  # an empty line, a heading
            continue
        parsed = _parsed(raw)
        if parsed is None:
            result.faults.append(Fault(f"/{number + 1}", "this is no mail address", "invalid"))
            continue
        _take(uow, parsed, result)
    counts = {"suppressed": result.suppressed, "strangers": result.strangers}
    record(uow, "suppressions.imported", "suppressions", **counts)
    return result


def inherit(uow: UnitOfWork, address: Address) -> None:
    """Suppress a new address that was on the list before anybody knew it."""
    hashed = address_hash(address.channel, address.key)
    if suppressed.forget_stranger(uow.session, hashed):
        suppress(uow, address, Suppression.STAFF, "imported")


def suppressed_pages(rt: Runtime, reason: str = "") -> Iterator[Sequence[Address]]:
    """All suppressed addresses by number, page by page: no look at the database lasts long."""
    after = 0
    while True:
        with rt.read() as session:
            page = suppressed.page_of(session, "", reason, after, PAGE)
        if not page:
            return
        yield page
        after = page[-1].id


def as_row(address: Address) -> tuple[str, str, str]:
    """What a file says of a suppressed address: itself, why, since when."""
    since = address.suppressed_at.isoformat() if address.suppressed_at else ""
    return address.value, address.suppressed_reason, since


def _take(uow: UnitOfWork, parsed: Parsed, result: Imported) -> None:
    address = queries.address_by_key(uow.session, CHANNEL, parsed.key)
    if address is None:
        stranger = SuppressedStranger(
            address_hash=address_hash(CHANNEL, parsed.key), at=uow.now, by=uow.by
        )
        uow.session.merge(stranger)
        result.strangers += 1
    elif suppress(uow, address, Suppression.STAFF, "imported"):
        result.suppressed += 1
    else:
        result.known += 1


def _parsed(raw: str) -> Parsed | None:
    try:
        return parse_address(raw)
    except Refused:
        return None
