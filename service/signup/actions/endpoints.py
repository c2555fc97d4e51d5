"""Endpoints of programs: registered by a key, active once they have answered a challenge."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from channels.base import Address as Parsed
from channels.base import FromBrowser, Outcome, Reason, Result
from channels.registry import Registry
from channels.webhook.signing import new_secret
from scheduling.backoff import WEBHOOK, next_try
from service.access.sealing import opened, seal, sealed_address, unseal
from service.audit.actions import record
from service.db.base import new_public_id
from service.db.unit_of_work import UnitOfWork
from service.errors import Conflict, NotFound
from service.queue import Actor
from service.signup import queries
from service.signup.actions.requests import CHANNEL as MAIL
from service.signup.actions.requests import PATIENCE
from service.signup.models import SignupDecision, SignupRequest
from service.subscribers import queries as subscribers
from service.subscribers.actions import Evidence, Person, accept, ask, find_or_create, parse, refuse
from service.subscribers.filters import Choice, Filters, choose
from service.subscribers.models import (
    Address,
    Consent,
    Kind,
    Method,
    Subscription,
    Suppression,
    ZoneOrigin,
)
from service.subscribers.targets import Target, key_of

CHANNEL = "webhook"


@dataclass(frozen=True, slots=True)
class Wish:
    """An endpoint that somebody wants told about a page."""

    url: str
    page: Target
    filters: Filters


@dataclass(frozen=True, slots=True)
class Place:
    """Where a system is reached, and whose it is."""

    url: str
    channel: str = CHANNEL
    owner_id: int | None = None  # the person whose system it is
    pointer: str = "/url"  # where the wish names it
    locale: str = ""  # "": the page's


@dataclass(frozen=True, slots=True)
class Registered:
    """A new endpoint; *secret* is shown this once, and "" where the address has one already."""

    subscription: Subscription
    secret: str


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One address told about one page, and how far the proof is."""

    subscription: Subscription
    address: Address
    request: SignupRequest | None  # the newest


@dataclass(frozen=True, slots=True)
class Challenge:
    """Whom to ask for a proof."""

    channel: str
    address: Parsed
    secrets: tuple[str, ...]


def register(uow: UnitOfWork, channels: Registry, wish: Wish) -> Registered:
    """Keep an endpoint as pending and ask the workers to challenge it.

    Raises `Invalid`, and `Conflict` where the page tells this address already.
    """
    parse(channels, CHANNEL, wish.url, "/url")  # before the filters: its pointer comes first
    choice = choose(uow.session, wish.page.id, wish.filters)
    return register_choice(uow, channels, Place(wish.url), wish.page, choice)


def register_choice(
    uow: UnitOfWork, channels: Registry, place: Place, page: Target, choice: Choice
) -> Registered:
    """Do as `register` does, with filters that were looked up before."""
    parsed = parse(channels, place.channel, place.url, place.pointer)
    if isinstance(channels.push(place.channel), FromBrowser):
        parsed = sealed_address(parsed)
    person = Person(
        place.locale or page.languages[0],
        page.timezone,
        ZoneOrigin.FALLBACK,
        kind=Kind.SYSTEM,
        owner_id=place.owner_id,
    )
    address = find_or_create(uow, place.channel, parsed, person)
    known = subscribers.subscription_to(uow.session, address.id, page.key)
    if known is not None and known.state is not Consent.ENDED:
        raise Conflict(f"this is endpoint {known.id} already", code="exists")
    secret = _secret(uow.session, address)
    if address.suppressed_reason in (Suppression.GONE, Suppression.SUSPENDED):
        address.suppressed_at, address.suppressed_reason = None, ""  # it proves itself anew
    subscription = ask(uow, address, page, choice, Evidence(Method.API, text=parsed.shown))
    request = _ask_again(uow, address, subscription)
    record(uow, "endpoint.registered", f"subscription:{subscription.id}", request=request.id)
    return Registered(subscription, secret)


def endpoint(session: Session, subscription_id: int) -> Endpoint:
    """Return an endpoint; raises `NotFound`."""
    subscription = subscribers.subscription(session, subscription_id)
    address = subscribers.address(session, subscription.address_id) if subscription else None
    if subscription is None or address is None or address.channel == MAIL:
        raise NotFound("there is no such endpoint")
    request = queries.newest(session, address.channel, address.key, key_of(subscription))
    return Endpoint(subscription, address, request)


def challenge(session: Session, request_id: int) -> Challenge | None:
    """Return whom a request wants challenged; None if it was decided meanwhile."""
    request = queries.seen(session, request_id)
    address = subscribers.address(session, request.wish["address_id"]) if request else None
    if address is None:
        return None
    return Challenge(
        address.channel,
        Parsed(address.key, opened(address.value), address.shown, address.lane),
        tuple(unseal(address.secrets).split()),
    )


def settle(uow: UnitOfWork, request_id: int, outcome: Outcome) -> SignupDecision | None:
    """Make the endpoint active if it proved itself, else plan the next challenge or give up."""
    request = queries.undecided(uow.session, request_id)
    if request is None:
        return None
    subscription_id = int(request.wish["subscription_id"])
    try:
        if outcome.result is Result.SENT:
            accept(uow, subscription_id, Evidence(Method.CHALLENGE))
            return _close(request, SignupDecision.CONFIRM)
        return _failed(uow, request, outcome)
    except Conflict:  # left, or answered to another job, while we asked
        return _close(request, SignupDecision.UNUSABLE)


def _failed(uow: UnitOfWork, request: SignupRequest, outcome: Outcome) -> SignupDecision | None:
    tries = int(request.wish["tries"]) + 1
    problem = " ".join(filter(None, (outcome.reason, outcome.code, outcome.detail)))
    request.wish = {**request.wish, "tries": tries, "problem": problem}
    again = _next(request, tries, outcome, uow.now)
    if again is not None:
        request.due_at = again
        return None
    refuse(uow, int(request.wish["subscription_id"]), Evidence(Method.CHALLENGE, text=problem))
    request.decision = SignupDecision.UNUSABLE
    return request.decision


def _next(request: SignupRequest, tries: int, outcome: Outcome, now: datetime) -> datetime | None:
    if outcome.reason is Reason.GONE:
        return None
    return next_try(WEBHOOK, tries, now, request.id)


def _close(request: SignupRequest, decision: SignupDecision) -> SignupDecision:
    request.decision = decision
    request.wish = {**request.wish, "problem": ""}
    return decision


def _secret(session: Session, address: Address) -> str:
    others = subscribers.subscriptions(session, address.id)
    if address.secrets and any(each.state is not Consent.ENDED for each in others):
        return ""
    secret = new_secret()
    address.secrets = seal(secret)
    return secret


def _ask_again(uow: UnitOfWork, address: Address, subscription: Subscription) -> SignupRequest:
    wish: dict[str, Any] = {
        "address_id": address.id,
        "subscription_id": subscription.id,
        "tries": 0,
        "problem": "",
    }
    request = SignupRequest(
        submission=new_public_id(),
        at=uow.now,
        due_at=uow.now + PATIENCE,
        channel=address.channel,
        address_key=address.key,
        target=key_of(subscription),
        network="",
        wish=wish,
    )
    uow.session.add(request)
    uow.session.flush()
    uow.enqueue(Actor.SIGN_UP, f"endpoint:{request.id}")
    return request
