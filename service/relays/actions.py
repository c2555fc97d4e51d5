"""What staff do with relays: set one up, say what goes there, try it, end it."""

from dataclasses import dataclass, replace
from datetime import timedelta

from channels.base import FromBrowser, Message, Sender
from channels.registry import Registry
from channels.webhook.catalogue import KINDS, example_message
from service.access.sealing import sealed_address
from service.audit.actions import record
from service.config import Settings
from service.db.unit_of_work import UnitOfWork
from service.errors import Conflict, invalid
from service.publications.actions import Draft
from service.publications.models import Purpose, Urgency
from service.publications.plans import URGENT
from service.relays.queries import Relay
from service.rollouts.actions import send_single
from service.subscribers import queries as subscribers
from service.subscribers.actions import (
    Evidence,
    Person,
    accept,
    apply,
    ask,
    find_or_create,
    leave,
    parse,
)
from service.subscribers.audience import Audience
from service.subscribers.filters import Choice, Filters, choose
from service.subscribers.models import Consent, Kind, Method, Subscription, ZoneOrigin
from service.subscribers.targets import Target

#: Channels whose addresses prove themselves, or have consent of their own: nobody's to fill in.
OTHERS = frozenset({"email", "webhook"})
NEVER = "never"
TRIED_FOR = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Route:
    """What goes to a relay: *incidents* from a severity on, or never; other categories or not."""

    incidents: str
    categories: tuple[str, ...]

    def filters(self) -> Filters:
        """Return it as filters of the page."""
        with_incidents = () if self.incidents == NEVER else ("incident",)
        return Filters(
            categories=(*with_incidents, *self.categories),
            minimum_severity="none" if self.incidents == NEVER else self.incidents,
        )


@dataclass(frozen=True, slots=True)
class Wish:
    """A relay to set up."""

    channel: str
    address: str
    label: str
    locale: str
    page: Target
    route: Route


def offered(channels: Registry) -> tuple[str, ...]:
    """Return the channels that work and that operators fill in."""
    return tuple(
        each
        for each in channels.push_names()
        if each not in OTHERS and not isinstance(channels.push(each), FromBrowser)
    )


def set_up(uow: UnitOfWork, channels: Registry, wish: Wish) -> Subscription:
    """Let a place be told of a page; raises `Invalid`, and `Conflict` where it is already."""
    if wish.channel not in offered(channels):
        raise invalid("/channel", f"use one of {', '.join(offered(channels))}", "unknown")
    parsed = sealed_address(parse(channels, wish.channel, wish.address))
    choice = _choice(uow, wish.page, wish.route)
    person = Person(wish.locale, wish.page.timezone, ZoneOrigin.FALLBACK, kind=Kind.SYSTEM)
    address = find_or_create(uow, wish.channel, parsed, person)
    known = subscribers.subscription_to(uow.session, address.id, wish.page.key)
    if known is not None and known.state is Consent.ACTIVE:
        raise Conflict("this place is told of this page already", code="exists")
    address.options = {**(address.options or {}), "label": wish.label}
    address.suppressed_at, address.suppressed_reason = None, ""
    evidence = Evidence(Method.API, locale=wish.locale, text="relay")
    subscription = ask(uow, address, wish.page, choice, evidence)
    accept(uow, subscription.id, evidence)
    record(uow, "relay.set_up", f"subscription:{subscription.id}", channel=wish.channel)
    return subscription


def reroute(uow: UnitOfWork, relay: Relay, route: Route) -> None:
    """Say anew what goes to a relay; raises `Invalid`."""
    apply(uow, relay.subscription, _choice(uow, Target.of_page(relay.page), route))
    record(uow, "relay.routed", f"subscription:{relay.subscription.id}")


def end(uow: UnitOfWork, relay: Relay) -> None:
    """Tell it nothing any more; again is harmless."""
    leave(uow, relay.subscription.id, Evidence(Method.API, text="relay"))
    record(uow, "relay.ended", f"subscription:{relay.subscription.id}")


def try_out(uow: UnitOfWork, settings: Settings, relay: Relay) -> None:
    """Send an example, marked as one."""
    page = relay.page
    message = replace(
        example_message(KINDS["incident.updated"]),
        id="",
        sender=Sender("Tocsin", page.sender_address or settings.mail_from),
        source=page.name,
        url=f"{settings.public_url}/{page.slug}/",
        subject=f"relay:{relay.subscription.id}",
        published_at=uow.now,
        test=True,
        bulk=False,
    )
    send_single(uow, _draft(uow, message, relay), relay.address.id)
    record(uow, "relay.tried", f"subscription:{relay.subscription.id}")


def _draft(uow: UnitOfWork, message: Message, relay: Relay) -> Draft:
    return Draft(
        purpose=Purpose.STAFF,
        message=message,
        audience=Audience(addresses=(relay.address.id,)),
        plan=URGENT,
        urgency=Urgency.NORMAL,
        expires_at=uow.now + TRIED_FOR,
    )


def _choice(uow: UnitOfWork, page: Target, route: Route) -> Choice:
    return choose(uow.session, page.id, route.filters())
