"""Reads the tokens of links; guessing them is slow."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy.orm import Session

from service.access import links
from service.access.models import Purpose
from service.errors import Forbidden, NotFound
from service.signup.actions.requests import network_of
from service.subscribers import queries as subscribers
from service.subscribers.models import Address, Subscription
from service.web.context import absolute
from service.web.limits import limits, visitor

MISSES = "30 per 10 minute"

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Entry:
    """Whose preferences a link opens, and how far."""

    address: Address
    is_full: bool  # a link of an hour, which may add, change the address, export and erase


def entry(session: Session, token: str) -> Entry:
    """Return what *token* opens; raises `NotFound`, `Expired`, `TooMany`."""
    target, is_full = counted(lambda: _preferences(session, token))
    address = subscribers.address(session, _number(target))
    if address is None or subscribers.subscriber(session, address.subscriber_id).erased_at:
        raise NotFound("there is no such address")
    return Entry(address, is_full)


def address_of(session: Session, token: str) -> Address:
    """The same, for what every link may do."""
    return entry(session, token).address


def owned(session: Session, token: str) -> Address:
    """The same, for what only the link of an hour may do; raises `Forbidden` for others."""
    found = entry(session, token)
    if not found.is_full:
        raise Forbidden("ask for a link of an hour first", code="needs_link")
    return found.address


def _preferences(session: Session, token: str) -> tuple[str, bool]:
    if "~" in token:
        return links.read_stateless(Purpose.PREFERENCES, token), False
    return links.redeem(session, Purpose.MANAGE, token), True


def subscription_of(session: Session, token: str) -> Subscription:
    """Return the subscription that *token* ends; raises `NotFound`, never `TooMany`."""
    target = links.read_stateless(Purpose.UNSUBSCRIBE, token)
    subscription = subscribers.subscription(session, _number(target))
    if subscription is None:
        raise NotFound("there is no such subscription")
    return subscription


def preferences_url(address_id: int) -> str:
    """Return where the owner of an address chooses what to get."""
    return absolute(f"/p/{links.stateless(Purpose.PREFERENCES, f'address:{address_id}')}")


def counted(read: Callable[[], Found]) -> Found:
    """Return what *read* finds in a token; too many misses from one network raise `TooMany`."""
    network = network_of(visitor())
    limits().check("token misses", MISSES, network)
    try:
        return read()
    except NotFound:
        limits().take("token misses", MISSES, network)
        raise


def _number(target: str) -> int:
    return int(target.partition(":")[2])
