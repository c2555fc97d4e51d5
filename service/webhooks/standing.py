"""How an endpoint stands, in one word: a pure function of what is stored."""

from enum import StrEnum

from service.deliveries.models import Circuit
from service.subscribers.models import Address, Suppression


class Standing(StrEnum):
    """An endpoint's life."""

    PENDING = "pending"  # it has not proved itself yet
    ACTIVE = "active"
    DEGRADED = "degraded"  # it failed lately
    SUSPENDED = "suspended"  # it failed for days: told nothing until its owner says so
    PAUSED = "paused"  # by its owner
    GONE = "gone"  # it said so


_STOPPED = {
    Suppression.PAUSED: Standing.PAUSED,
    Suppression.SUSPENDED: Standing.SUSPENDED,
    Suppression.GONE: Standing.GONE,
}


def standing(address: Address, circuit: Circuit | None) -> Standing:
    """Return how the endpoint at *address* stands."""
    if address.suppressed_at is not None:
        return _STOPPED.get(Suppression(address.suppressed_reason), Standing.SUSPENDED)
    if address.verified_at is None:
        return Standing.PENDING
    return Standing.DEGRADED if circuit and circuit.failures else Standing.ACTIVE
