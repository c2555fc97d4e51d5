"""Whom an incoming mail is for: checked while the other side still listens (RCPT)."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from service.access.envelopes import Door, opened
from service.access.keys import digest
from service.errors import NotFound
from service.inbound.models import Entrance
from service.lists import queries as lists
from service.moderation import queries_senders as senders

OWNER = "-owner"
_DOORS = {
    Door.BOUNCE: Entrance.BOUNCE,
    Door.COMPLAINT: Entrance.COMPLAINT,
    Door.LEAVE: Entrance.LEAVE,
    Door.CONFIRM: Entrance.CONFIRM,
}


@dataclass(frozen=True, slots=True)
class Knock:
    """One address of ours, understood."""

    entrance: Entrance
    numbers: tuple[int, ...] = ()  # what a signed address leads to
    list_slug: str = ""
    sender_id: int | None = None  # whose secret address it is


def knock(session: Session, recipient: str, host: str) -> Knock:
    """Return what stands behind *recipient*; raises `NotFound` where nobody does."""
    local, _, domain = recipient.strip("<> ").rpartition("@")
    if domain.lower() != host.lower():
        raise NotFound("there is no such address")
    if local.lower() in ("postmaster", "abuse"):  # RFC 2142
        return Knock(Entrance.POSTMASTER)
    try:
        door, numbers = opened(local)
    except NotFound:
        return _at_list(session, local.lower())
    if door not in _DOORS:
        raise NotFound("there is no such address")
    return Knock(_DOORS[door], numbers)


def _at_list(session: Session, local: str) -> Knock:
    slug, _, word = local.partition("+")
    if not word and (found := lists.list_by_slug(session, slug)):
        return Knock(Entrance.POST, list_slug=found.slug)
    if slug.endswith(OWNER) and (found := lists.list_by_slug(session, slug.removesuffix(OWNER))):
        return Knock(Entrance.OWNER, list_slug=found.slug)
    if word and (found := lists.list_by_slug(session, slug)):
        sender = senders.sender_with_secret(session, digest(word))
        if sender is not None:
            return Knock(Entrance.POST, list_slug=found.slug, sender_id=sender.id)
    raise NotFound("there is no such address")
