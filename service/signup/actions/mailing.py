"""A worker decides what a request leads to, and mails it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from channels.base import Address as Parsed
from channels.base import Link, Message, Sender, Text
from service.access import links
from service.access.models import Purpose as LinkPurpose
from service.audit.actions import record
from service.db.unit_of_work import UnitOfWork
from service.publications.actions import Draft
from service.publications.models import Purpose, Urgency
from service.publications.plans import URGENT
from service.rollouts.actions import send_single
from service.signup import queries, wording
from service.signup.deciding import MEMORY, Known, decide
from service.signup.models import SignupDecision, SignupRequest
from service.subscribers import queries as subscribers
from service.subscribers.actions import Evidence, Person, ask, find_or_create, introduce
from service.subscribers.audience import Audience
from service.subscribers.filters import Choice
from service.subscribers.models import Address, Consent, Method, Subscription, ZoneOrigin
from service.subscribers.targets import Target, target

VALID = timedelta(days=7)  # how long a confirmation link works
DELIVERABLE = timedelta(days=2)  # how long we try to deliver the mail


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail of the double opt-in."""

    type: str
    purpose: Purpose
    texts: Mapping[str, Text]
    links: tuple[Link, ...]


def settle(uow: UnitOfWork, request_id: int, public_url: str) -> SignupDecision | None:
    """Decide a stored request, once, and mail what follows; None if there is nothing to decide."""
    request = queries.undecided(uow.session, request_id)
    if request is None:
        return None
    wanted = target(uow.session, request.target)
    if wanted is None or wanted.is_retired:
        return _close(request, SignupDecision.UNUSABLE)
    wish = request.wish
    person = _person(wish, wanted)
    address = find_or_create(uow, request.channel, _parsed(request), person)
    known = _known(uow, address, request)
    decision = decide(known, uow.now)
    match decision:
        case SignupDecision.CONFIRM:
            if known.state is not Consent.ACTIVE:  # else the click only lifts a suppression
                introduce(uow, subscribers.subscriber(uow.session, address.subscriber_id), person)
                ask(uow, address, wanted, Choice.from_json(wish["choice"]), _evidence(request))
            _confirm(uow, address, wanted, public_url)
        case SignupDecision.REMIND:
            _remind(uow, address, wanted, public_url)
        case SignupDecision.COMPLAINED | SignupDecision.SUPPRESSED:
            record(uow, f"signup.{decision}", f"address:{address.id}", target=request.target)
    return _close(request, decision)


def _close(request: SignupRequest, decision: SignupDecision) -> SignupDecision:
    request.decision, request.wish = decision, {}
    return decision


def _known(uow: UnitOfWork, address: Address, request: SignupRequest) -> Known:
    subscription = subscribers.subscription_to(uow.session, address.id, request.target)
    return Known(
        target=request.target,
        state=subscription.state if subscription else None,
        ended_reason=subscription.ended_reason if subscription else None,
        suppressed=(address.suppressed_reason or "unknown") if address.suppressed_at else "",
        mailed=queries.mailed(uow.session, request.channel, request.address_key, uow.now - MEMORY),
    )


def _confirm(uow: UnitOfWork, address: Address, wanted: Target, public_url: str) -> None:
    subscription = _subscription(uow, address, wanted)
    links.issue(uow, LinkPurpose.SIGNUP, f"subscription:{subscription.id}", VALID)
    zone = subscribers.subscriber(uow.session, address.subscriber_id).timezone
    url = f"{public_url}/c/{links.SIGNUP_SLOT}"
    mail = Mail(
        type="signup.confirm",
        purpose=Purpose.CONFIRMATION,
        texts=wording.confirmation(wanted, uow.now + VALID, zone),
        links=(
            Link(wording.labels("accept"), url),
            Link(wording.labels("refuse"), f"{url}?answer=refuse"),
        ),
    )
    _send(uow, mail, address, wanted)


def _remind(uow: UnitOfWork, address: Address, wanted: Target, public_url: str) -> None:
    mail = Mail(
        type="signup.already",
        purpose=Purpose.CONFIRMATION,
        texts=wording.already(wanted),
        links=(Link(wording.labels("preferences"), f"{public_url}/p/{links.PREFERENCES_SLOT}"),),
    )
    _send(uow, mail, address, wanted)


def _send(uow: UnitOfWork, mail: Mail, address: Address, wanted: Target) -> None:
    subscription = _subscription(uow, address, wanted)
    message = Message(
        id="",
        type=mail.type,
        category="confirmation",
        stage="",
        severity="none",
        texts=mail.texts,
        sender=Sender(wanted.sender_name, wanted.sender_address),
        source=wanted.name,
        url="",
        subject=f"subscription:{subscription.id}",  # a newer mail takes the place of an older
        sequence=0,
        published_at=uow.now,
        links=mail.links,
        bulk=False,
    )
    draft = Draft(
        purpose=mail.purpose,
        message=message,
        audience=Audience(addresses=(address.id,)),
        plan=URGENT,
        urgency=Urgency.CRITICAL,  # somebody is waiting in front of a screen
        expires_at=uow.now + DELIVERABLE,
    )
    send_single(uow, draft, address.id)


def _subscription(uow: UnitOfWork, address: Address, wanted: Target) -> Subscription:
    subscription = subscribers.subscription_to(uow.session, address.id, wanted.key)
    if subscription is None:  # every mail is about one
        raise LookupError(wanted.key)
    return subscription


def _parsed(request: SignupRequest) -> Parsed:
    wish = request.wish
    return Parsed(request.address_key, wish["value"], wish["shown"], wish["lane"])


def _person(wish: Mapping[str, Any], wanted: Target) -> Person:
    origin = ZoneOrigin.CHOSEN if wish["timezone"] else ZoneOrigin.FALLBACK
    return Person(wish["locale"], wish["timezone"] or wanted.timezone, origin)


def _evidence(request: SignupRequest) -> Evidence:
    wish = request.wish
    return Evidence(
        method=Method(wish["method"]),
        locale=wish["locale"],
        text=wish["text"],
        version=wish["version"],
        ip=wish["ip"],
        agent=wish["agent"],
        at=request.at,
    )
