"""A visitor wants an endpoint told; who reads the mail address they gave decides."""

from dataclasses import dataclass
from datetime import timedelta

from channels.registry import Registry
from channels.webhook.formats import Format
from service.config import Settings
from service.db.unit_of_work import UnitOfWork
from service.errors import NotFound, TooMany, invalid
from service.pages import queries as pages
from service.signup.actions import endpoints
from service.signup.actions.endpoints import Registered
from service.subscribers import queries as subscribers
from service.subscribers.actions import Person, find_or_create, parse
from service.subscribers.filters import Choice, Filters, choose
from service.subscribers.models import Suppression, ZoneOrigin
from service.subscribers.targets import Target
from service.webhooks import queries, wording
from service.webhooks.actions import mailing, settings
from service.webhooks.models import EndpointWish
from service.webhooks.queries import CHANNEL

VALID = timedelta(days=7)
HOUR = timedelta(hours=1)
PER_NETWORK = 10  # an hour
PER_OWNER = 5  # mails an hour


@dataclass(frozen=True, slots=True)
class Wish:
    """What a visitor filled in."""

    url: str
    owner: str
    page: Target
    filters: Filters
    style: str
    locale: str
    network: str


def ask(uow: UnitOfWork, channels: Registry, config: Settings, wish: Wish) -> None:
    """Keep *wish* and write to the owner; says nothing of what is known of either address.

    Raises `Invalid`, and `TooMany` for a network that asks too often.
    """
    parsed = parse(channels, CHANNEL, wish.url, "/url")
    mail = parse(channels, "email", wish.owner, "/owner")
    if wish.style not in list(Format):
        raise invalid("/format", f"use one of {', '.join(Format)}", "unknown_format")
    choice = choose(uow.session, wish.page.id, wish.filters)
    person = Person(wish.locale, wish.page.timezone, ZoneOrigin.FALLBACK)
    owner = find_or_create(uow, "email", mail, person)
    asked, mailed = queries.wishes_since(uow.session, uow.now - HOUR, wish.network, owner.id)
    if asked >= PER_NETWORK:
        raise TooMany(
            "too many endpoints were put forward from here; try again in an hour", retry_after=3600
        )
    if mailed >= PER_OWNER or owner.suppressed_reason == Suppression.STAFF:
        return
    kept = EndpointWish(
        owner_id=owner.id,
        page_id=wish.page.id,
        url=parsed.value,
        choice=choice.to_json(),
        style=wish.style,
        network=wish.network,
        at=uow.now,
    )
    uow.session.add(kept)
    uow.session.flush()
    mailing.write(uow, config, owner.id, "claim", wording.mail("claim"))


def agree(uow: UnitOfWork, channels: Registry, owner_id: int, wish_id: int) -> Registered:
    """Register the endpoint that the owner's wish names; raises `NotFound`, `Conflict`."""
    wish = queries.wish(uow.session, wish_id)
    if wish is None or wish.owner_id != owner_id or uow.now > wish.at + VALID:
        raise NotFound("there is no such request, or it is too old")
    page = pages.page_by_id(uow.session, wish.page_id)
    owner = subscribers.locked_address(uow.session, owner_id)
    if page is None or owner is None:
        raise NotFound("its page is gone")
    owner.verified_at = owner.verified_at or uow.now
    made = endpoints.register_choice(
        uow,
        channels,
        endpoints.Place(wish.url),
        Target.of_page(page),
        Choice.from_json(wish.choice),
    )
    address = subscribers.address(uow.session, made.subscription.address_id)
    if address is None:
        raise NotFound("its address is gone")
    endpoint = settings.claim(uow, address, owner_id)
    settings.change(uow, endpoint, settings.Wish(style=wish.style))
    wish.registered_id = address.id
    return made


def discard(uow: UnitOfWork, owner_id: int, wish_id: int) -> None:
    """Forget a wish; again is harmless."""
    wish = queries.wish(uow.session, wish_id)
    if wish is not None and wish.owner_id == owner_id:
        uow.session.delete(wish)
