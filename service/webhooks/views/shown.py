"""Endpoints and attempts as the outside sees them."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from channels.webhook.formats import Format
from service.deliveries.models import Attempt, Circuit
from service.deliveries.queries import circuits
from service.errors import NotFound
from service.subscribers import queries as subscribers
from service.subscribers.models import Address
from service.webhooks import queries
from service.webhooks.models import Endpoint
from service.webhooks.standing import Standing, standing
from service.webhooks.views.schemas import AttemptOut, SettingsOut


@dataclass(frozen=True, slots=True)
class Shown:
    """One endpoint on a page."""

    endpoint: Endpoint
    address: Address
    circuit: Circuit | None

    @property
    def standing(self) -> Standing:
        """How it stands."""
        return standing(self.address, self.circuit)

    @property
    def style(self) -> str:
        """Its format."""
        return (self.address.options or {}).get("format", Format.STANDARD)


def shown(session: Session, endpoint: Endpoint | None) -> Shown:
    """Return *endpoint* with its address and how it does; raises `NotFound`."""
    address = subscribers.address(session, endpoint.address_id) if endpoint else None
    if endpoint is None or address is None:
        raise NotFound("there is no such endpoint")
    return Shown(endpoint, address, circuits.circuit(session, address.id))


def settings_out(session: Session, it: Shown) -> SettingsOut:
    """Return an endpoint as programs read it."""
    return SettingsOut(
        id=it.endpoint.public_id,
        url=it.address.value,
        label=it.endpoint.label,
        state=it.standing.value,
        format=Format(it.style),
        watches=it.endpoint.watches,
        failures=it.circuit.failures if it.circuit else 0,
        failing_since=it.circuit.failing_since if it.circuit else None,
        succeeded_at=it.circuit.succeeded_at if it.circuit else None,
        old_secret_until=it.endpoint.retires_at,
        waiting=queries.waiting_notices(session, it.address.id),
    )


def attempt_out(row: Attempt) -> AttemptOut:
    """Return an attempt as programs read it."""
    known: dict[str, Any] = {
        "number": row.id,
        "id": row.parcel,
        "type": row.kind,
        "attempt": row.attempt,
        "at": row.at,
        "result": row.result,
        "reason": row.reason,
        "detail": row.detail,
        "next_at": row.next_at,
        "why": row.why,
    }
    return AttemptOut(**known, **row.trace)
