"""Somebody asks to subscribe an address: stored first, decided later, answered the same always."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any

from sqlalchemy.orm import Session

from channels.base import Address as Parsed
from channels.registry import Registry
from service.db.base import new_public_id
from service.db.unit_of_work import UnitOfWork
from service.errors import Fault, Invalid, TooMany
from service.queue import Actor
from service.signup import queries
from service.signup.deciding import SAMPLE, TIME_TO_ANSWER, is_abused
from service.signup.models import SignupRequest
from service.signup.wording import consent_text
from service.subscribers.actions import LONGEST_AGENT, parse
from service.subscribers.filters import Choice, Filters, choose
from service.subscribers.models import Method
from service.subscribers.targets import Target

CHANNEL = "email"
MOST_FORMS, PER = 10, timedelta(minutes=10)  # from one network
MOST_HARDENED = 3  # the same while the form is abused
#: How long a job that was found by a search may take before a search finds it again.
PATIENCE = timedelta(seconds=60)
#: The same for the first job: deciding is quick, and the queue may have lost it.
HEAD_START = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Origin:
    """Who sent a form, as far as one can tell."""

    method: Method
    ip: str
    agent: str
    network: str  # counted against `MOST_FORMS`; "" for callers with a key


@dataclass(frozen=True, slots=True)
class Application:
    """What one form asks for."""

    address: str
    targets: tuple[Target, ...]
    locale: str
    timezone: str  # "": each target's own
    filters: Filters = field(default_factory=Filters)  # of the page, if it is among the targets
    choices: Mapping[str, Choice] = field(default_factory=dict)  # instead, by target
    subscriber_id: int | None = None  # who it is, where they are here already


def submit(uow: UnitOfWork, channels: Registry, wish: Application, origin: Origin) -> None:
    """Keep *wish* for a worker, whatever is known of its address.

    Raises `TooMany` before anything else is done, then `Invalid` with all that cannot be used.
    """
    check_network(uow.session, origin.network, uow.now)
    parsed, choice = _checked(uow.session, channels, wish)
    submission = new_public_id()
    for target in wish.targets:
        wanted = wish.choices.get(target.key, choice)
        keep(uow, target.key, parsed, _wish(wish, target, wanted), origin, submission)


def keep(
    uow: UnitOfWork,
    target: str,
    parsed: Parsed,
    wish: dict[str, Any],
    origin: Origin,
    submission: str = "",
) -> SignupRequest:
    """Store one request and announce it to the workers."""
    request = SignupRequest(
        submission=submission or new_public_id(),
        at=uow.now,
        due_at=uow.now + HEAD_START,
        channel=CHANNEL,
        address_key=parsed.key,
        target=target,
        network=origin.network,
        wish={
            "value": parsed.value,
            "shown": parsed.shown,
            "lane": parsed.lane,
            "method": origin.method,
            "ip": origin.ip,
            "agent": origin.agent[:LONGEST_AGENT],
            "by": uow.by,
            **wish,
        },
    )
    uow.session.add(request)
    uow.session.flush()
    uow.enqueue(Actor.SIGN_UP, f"request:{request.id}")
    return request


def is_hardened(session: Session, now: datetime) -> bool:
    """Whether the form asks more and takes less: too few of its last mails were answered."""
    return is_abused(*queries.answered(session, now - TIME_TO_ANSWER, SAMPLE))


def check_network(session: Session, network: str, now: datetime) -> None:
    """Raise `TooMany` where a network sent as many forms as it may; "" is never counted."""
    if not network:
        return
    most = MOST_HARDENED if is_hardened(session, now) else MOST_FORMS
    sent = queries.submissions(session, network, now - PER)
    if len(sent) >= most:
        wait = sent[-most] + PER - now
        raise TooMany(
            "too many requests from your network: wait a little",
            retry_after=max(1, int(wait.total_seconds()) + 1),
        )


def network_of(ip: str) -> str:
    """Return what limits count *ip* as: an IPv4 address itself, an IPv6 address's /64."""
    try:
        address = ip_address(ip.partition("%")[0])
    except ValueError:
        return "unknown"
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ip_network((address, 64), strict=False))


def _checked(session: Session, channels: Registry, wish: Application) -> tuple[Parsed, Choice]:
    faults: list[Fault] = []
    parsed, choice = None, Choice()
    try:
        parsed = parse(channels, CHANNEL, wish.address)
    except Invalid as error:
        faults += error.faults
    if not wish.targets:
        faults.append(Fault("/targets", "choose what to subscribe to", "nothing"))
    for page in (target for target in wish.targets if target.kind == "page"):
        try:
            choice = choose(session, page.id, wish.filters)
        except Invalid as error:
            faults += error.faults
        faults += (
            Fault(f"/filters/events/{place}", "there is no such event on this page", "unknown")
            for place, event in enumerate(wish.filters.events)
            if queries.public_event(session, page.id, event) is None
        )
    if faults or parsed is None:
        raise Invalid(faults)
    return parsed, choice


def _wish(wish: Application, target: Target, choice: Choice) -> dict[str, Any]:
    return {
        "locale": wish.locale,
        "timezone": wish.timezone,
        "choice": (choice if target.kind == "page" else Choice()).to_json(),
        "text": consent_text(target, wish.locale),
        "version": target.version,
        "subscriber_id": wish.subscriber_id,
    }
