"""How an endpoint is told: its format, its secret, whether at all."""

from dataclasses import dataclass
from datetime import timedelta

from channels.webhook.formats import Format
from channels.webhook.signing import new_secret
from service.access.sealing import seal, unseal
from service.audit.actions import record
from service.db.unit_of_work import UnitOfWork
from service.deliveries.queries import circuits
from service.errors import Conflict, NotFound, invalid
from service.subscribers import queries as subscribers
from service.subscribers.models import Address, Suppression
from service.webhooks import queries
from service.webhooks.models import Endpoint

#: How long the older secret goes on signing beside the newer one.
OVERLAP = timedelta(hours=24)
LONGEST_OVERLAP = timedelta(days=7)

#: What operators may have told of themselves, by the noun of its type.
WATCHABLE = ("rollout", "publication", "subscriber", "endpoint", "delivery")


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to change; None leaves it."""

    label: str | None = None
    style: str | None = None
    watches: tuple[str, ...] | None = None


def claim(uow: UnitOfWork, address: Address, owner_id: int | None = None) -> Endpoint:
    """Return what is decided about *address*, begun if nothing is; owned by *owner_id*."""
    found = queries.endpoint(uow.session, address.id)
    if found is None:
        found = Endpoint(address_id=address.id, watches=[], created_at=uow.now, created_by=uow.by)
        uow.session.add(found)
        uow.session.flush()
    if owner_id is not None and found.owner_id is None:
        found.owner_id = owner_id
    return found


def adopt(uow: UnitOfWork) -> None:
    """Begin what is decided about endpoints that programs registered."""
    for address_id in queries.without_row(uow.session):
        if address := subscribers.address(uow.session, address_id):
            claim(uow, address)


def change(uow: UnitOfWork, endpoint: Endpoint, wish: Wish) -> None:
    """Apply *wish*; raises `Invalid`."""
    address = _address(uow, endpoint)
    if wish.style is not None:
        if wish.style not in list(Format):
            raise invalid("/format", f"use one of {', '.join(Format)}", "unknown_format")
        address.options = {**(address.options or {}), "format": wish.style}
    if wish.watches is not None:
        for place, noun in enumerate(wish.watches):
            if noun not in WATCHABLE:
                raise invalid(f"/watches/{place}", f"use {', '.join(WATCHABLE)}", "unknown")
        endpoint.watches = list(dict.fromkeys(wish.watches))
    if wish.label is not None:
        endpoint.label = wish.label
    record(uow, "endpoint.changed", f"endpoint:{endpoint.public_id}")


def rotate(uow: UnitOfWork, endpoint: Endpoint, overlap: timedelta = OVERLAP) -> str:
    """Return a new secret; the last one signs beside it for *overlap*, then no more."""
    if not timedelta() <= overlap <= LONGEST_OVERLAP:
        raise invalid("/overlap_hours", "between 0 and 168 hours", "too_long")
    address = _address(uow, endpoint)
    secret = new_secret()
    kept = unseal(address.secrets).split()[:1] if address.secrets and overlap else []
    address.secrets = seal(" ".join([secret, *kept]))
    endpoint.retires_at = uow.now + overlap if kept else None
    record(uow, "endpoint.secret_rotated", f"endpoint:{endpoint.public_id}")
    return secret


def retire_secrets(uow: UnitOfWork) -> int:
    """Let older secrets sign no more once their time is over; return of how many endpoints."""
    ended = queries.with_old_secrets(uow.session, uow.now)
    for endpoint in ended:
        address = _address(uow, endpoint)
        address.secrets = seal(unseal(address.secrets).split()[0])
        endpoint.retires_at = None
    return len(ended)


def pause(uow: UnitOfWork, endpoint: Endpoint) -> None:
    """Tell it nothing for now: what happens is recorded as skipped, and may be replayed."""
    address = _address(uow, endpoint)
    if address.suppressed_at is not None:
        raise Conflict("it is told nothing already", code="suppressed")
    address.suppressed_at, address.suppressed_reason = uow.now, Suppression.PAUSED
    record(uow, "endpoint.paused", f"endpoint:{endpoint.public_id}")


def resume(uow: UnitOfWork, endpoint: Endpoint) -> None:
    """Tell it again, whatever stopped it, and forget its failures; again is harmless."""
    address = _address(uow, endpoint)
    if address.suppressed_reason in (Suppression.BOUNCE, Suppression.STAFF):
        raise Conflict("staff stopped it", code="staff")
    address.suppressed_at, address.suppressed_reason = None, ""
    endpoint.warned_at = None
    circuits.forget(uow.session, address.id)
    circuits.release_waiting(uow.session, address.id)
    record(uow, "endpoint.resumed", f"endpoint:{endpoint.public_id}")


def _address(uow: UnitOfWork, endpoint: Endpoint) -> Address:
    found = subscribers.locked_address(uow.session, endpoint.address_id)
    if found is None:
        raise NotFound("there is no such endpoint")
    return found
