"""Reads the tokens of links; guessing them is slow."""

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.orm import Session

from service.access import links
from service.access.models import Purpose
from service.errors import NotFound
from service.signup.actions.requests import network_of
from service.subscribers import queries as subscribers
from service.subscribers.models import Address, Subscription
from service.web.context import absolute
from service.web.limits import limits, visitor

MISSES = "30 per 10 minute"

Found = TypeVar("Found")


def address_of(session: Session, token: str) -> Address:
    """Return the address whose preferences *token* opens; raises `NotFound`, `TooMany`."""
    target = counted(lambda: links.read_stateless(Purpose.PREFERENCES, token))
    address = subscribers.address(session, _number(target))
    if address is None:
        raise NotFound("there is no such address")
    return address


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
