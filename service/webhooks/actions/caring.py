"""Watches endpoints that fail: their owner is warned, and in the end they are told nothing."""

from datetime import timedelta

from service.audit.actions import record
from service.config import Settings
from service.db.unit_of_work import UnitOfWork
from service.deliveries.models import Circuit
from service.deliveries.queries import circuits
from service.subscribers import queries as subscribers
from service.subscribers.models import Address, Suppression
from service.web.dates import moment
from service.webhooks import queries, wording
from service.webhooks.actions import mailing, settings
from service.webhooks.models import Endpoint

WARNED_AFTER = timedelta(hours=24)
SUSPENDED_AFTER = timedelta(hours=72)
LEAST_ATTEMPTS = 10


def look_after(uow: UnitOfWork, config: Settings) -> None:
    """Warn owners of what fails for a day; suspend what fails for three, after ten attempts."""
    for circuit in circuits.failing(uow.session, uow.now - WARNED_AFTER, 1):
        address = subscribers.locked_address(uow.session, circuit.address_id)
        if address is None or address.channel != queries.CHANNEL or address.suppressed_at:
            continue
        endpoint = settings.claim(uow, address)
        since = circuit.failing_since or uow.now
        if since <= uow.now - SUSPENDED_AFTER and circuit.failures >= LEAST_ATTEMPTS:
            _suspend(uow, config, endpoint, address, circuit)
        elif endpoint.warned_at is None or endpoint.warned_at < since:
            endpoint.warned_at = uow.now
            record(uow, "endpoint.degraded", f"endpoint:{endpoint.public_id}")
            _tell(uow, config, endpoint, address, circuit, "warned")


def _suspend(
    uow: UnitOfWork, config: Settings, endpoint: Endpoint, address: Address, circuit: Circuit
) -> None:
    address.suppressed_at, address.suppressed_reason = uow.now, Suppression.SUSPENDED
    record(uow, "endpoint.suspended", f"endpoint:{endpoint.public_id}", failures=circuit.failures)
    _tell(uow, config, endpoint, address, circuit, "suspended")


def _tell(
    uow: UnitOfWork,
    config: Settings,
    endpoint: Endpoint,
    address: Address,
    circuit: Circuit,
    what: str,
) -> None:
    owner = subscribers.address(uow.session, endpoint.owner_id) if endpoint.owner_id else None
    if owner is None or owner.verified_at is None or owner.suppressed_at is not None:
        return
    zone = subscribers.subscriber(uow.session, owner.subscriber_id).timezone
    since = moment(circuit.failing_since or uow.now, zone, language="en")
    texts = wording.mail(what, host=address.shown, since=since)
    mailing.write(uow, config, owner.id, what, texts)
