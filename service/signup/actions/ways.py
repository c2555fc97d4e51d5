"""Other ways to reach the same person: each address proves itself before anything goes to it."""

from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy.orm import Session

from channels.base import ByCode, FromBrowser, Verifies
from channels.registry import Registry
from service.db.unit_of_work import UnitOfWork
from service.errors import Conflict, invalid
from service.signup.actions import coding, endpoints
from service.signup.actions.coding import Parts, Wanted
from service.signup.actions.requests import CHANNEL, Application, Origin, check_network, submit
from service.subscribers import queries as subscribers
from service.subscribers.filters import Choice
from service.subscribers.models import Address, Consent, Subscriber, Subscription
from service.subscribers.preferences import choices
from service.subscribers.targets import Target, target_of


def offered(channels: Registry) -> tuple[str, ...]:
    """The channels whose addresses somebody may add: each has a way to prove them."""
    return tuple(
        name
        for name in channels.push_names()
        if name == CHANNEL or _is_coded(channels, name) or isinstance(channels.push(name), Verifies)
    )


def typed(channels: Registry) -> tuple[str, ...]:
    """Those of them whose addresses people write down."""
    return tuple(
        name
        for name in offered(channels)
        if name == CHANNEL or not isinstance(channels.push(name), FromBrowser)
    )


def from_browser(channels: Registry) -> tuple[str, str] | None:
    """The channel whose addresses a browser makes, and the key it wants; None without one."""
    for name in offered(channels):
        channel = channels.push(name)
        if isinstance(channel, FromBrowser):
            return name, channel.application_server_key
    return None


@dataclass(frozen=True, slots=True)
class Added:
    """What the owner of a new address is told at once."""

    secret: str = ""  # of an endpoint, shown this once
    is_coded: bool = False  # a code was sent, to be typed


def add(
    uow: UnitOfWork, parts: Parts, address: Address, way: tuple[str, str], origin: Origin
) -> Added:
    """Ask for another address (*way*: channel, address) to get what this one gets.

    Raises `Invalid`, `Conflict`, `TooMany`.
    """
    channels = parts.channels
    channel, raw = way
    if channel not in offered(channels):
        raise invalid("/channel", "use one of the channels that are offered", "unknown_choice")
    active = _active(uow.session, address)
    if not active:
        raise Conflict("subscribe to something first: the new address gets the same", code="empty")
    person = subscribers.subscriber(uow.session, address.subscriber_id)
    if channel == CHANNEL:
        _by_mail(uow, channels, person, active, raw, origin)
        return Added()
    check_network(uow.session, origin.network, uow.now)
    if _is_coded(channels, channel):
        coding.ask_code(uow, parts, Wanted(person, way, tuple(active.values())), origin)
        return Added(is_coded=True)
    secret = _by_challenge(uow, channels, person, active, way)
    return Added("" if isinstance(channels.push(channel), FromBrowser) else secret)


def _is_coded(channels: Registry, name: str) -> bool:
    channel = channels.push(name)
    return isinstance(channel, ByCode) and channel.proves_by_code


def _active(session: Session, address: Address) -> dict[int, tuple[Subscription, Choice]]:
    held = [
        each
        for each in subscribers.subscriptions(session, address.id)
        if each.state is Consent.ACTIVE
    ]
    wanted = choices(session, held)
    return {each.id: (each, wanted[each.id]) for each in held}


def _by_mail(
    uow: UnitOfWork,
    channels: Registry,
    person: Subscriber,
    active: dict[int, tuple[Subscription, Choice]],
    raw: str,
    origin: Origin,
) -> None:
    wish = Application(
        address=raw,
        targets=tuple(target_of(uow.session, each) for each, _ in active.values()),
        locale=person.locale,
        timezone=person.timezone,
        choices={target_of(uow.session, each).key: choice for each, choice in active.values()},
        subscriber_id=person.id,
    )
    submit(uow, channels, wish, origin)


def _by_challenge(
    uow: UnitOfWork,
    channels: Registry,
    person: Subscriber,
    active: dict[int, tuple[Subscription, Choice]],
    way: tuple[str, str],
) -> str:
    channel, raw = way
    secret = ""
    for each, choice in active.values():
        page = target_of(uow.session, each)
        if page.kind == "page":
            place = endpoints.Place(raw, channel, person.id, "/way", person.locale)
            with suppress(Conflict):  # somebody registered it already: not for others to know
                secret = _registered(uow, channels, place, page, choice) or secret
    return secret


def _registered(
    uow: UnitOfWork, channels: Registry, place: endpoints.Place, page: Target, choice: Choice
) -> str:
    return endpoints.register_choice(uow, channels, place, page, choice).secret
