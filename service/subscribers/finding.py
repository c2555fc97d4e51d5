"""Finds subscribers for staff: by address or a part of it, by reference, by hash."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from service.subscribers import queries
from service.subscribers.hashing import ERASED, erased_key
from service.subscribers.models import Address, Consent, Subscriber, Suppression

SHORTEST = 3  # characters: fewer would list everybody
MOST = 50


@dataclass(frozen=True, slots=True)
class Found:
    """One address that fits, with how it stands."""

    subscriber_id: int
    address_id: int
    channel: str
    shown: str  # masked; the hash of an erased one
    client: str
    external_ref: str
    created_at: datetime
    active: int  # subscriptions
    suppressed: str

    def words(self) -> tuple[str, ...]:
        """As a command prints it."""
        return (
            str(self.subscriber_id), self.channel, self.shown, f"{self.active} active",
            self.suppressed or "deliverable", self.client, self.external_ref,
        )  # fmt: skip


def search(session: Session, text: str) -> list[Found]:
    """Return whom *text* may mean, at most fifty; nobody where it is too short."""
    wanted = text.strip().casefold()
    if len(wanted) < SHORTEST:
        return []
    exact = [erased_key("email", wanted), f"{ERASED}{wanted.removeprefix(ERASED)}"]
    rows = queries.search(session, wanted, text.strip(), exact, MOST)
    counts = queries.counts(session, [address.id for address, _ in rows], Consent.ACTIVE)
    return [_found(address, person, counts.get(address.id, 0)) for address, person in rows]


def _found(address: Address, person: Subscriber, active: int) -> Found:
    reason = address.suppressed_reason or str(Suppression.BOUNCE)
    return Found(
        subscriber_id=person.id,
        address_id=address.id,
        channel=address.channel,
        shown=address.shown or address.key,
        client=person.client,
        external_ref=person.external_ref,
        created_at=address.created_at,
        active=active,
        suppressed=reason if address.suppressed_at else "",
    )
