"""A worker decides what a request leads to, and mails it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from channels.base import Address as Parsed
from channels.base import Link, Text
from service.access import links
from service.access.models import Purpose as LinkPurpose
from service.audit.actions import record
from service.config import Settings
from service.db.unit_of_work import UnitOfWork
from service.publications.models import Purpose
from service.signup import queries, wording
from service.signup.actions import owning
from service.signup.actions.letters import Letter, Origin, send
from service.signup.deciding import MEMORY, Known, decide
from service.signup.models import SignupDecision, SignupRequest
from service.subscribers import queries as subscribers
from service.subscribers.actions import Evidence, Person, ask, find_or_create, introduce
from service.subscribers.filters import Choice
from service.subscribers.hashing import hash_of
from service.subscribers.models import Address, Consent, Method, Subscription, ZoneOrigin
from service.subscribers.targets import Target, target

VALID = timedelta(days=7)  # how long a confirmation link works


def settle(uow: UnitOfWork, request_id: int, settings: Settings) -> SignupDecision | None:
    """Decide a stored request, once, and mail what follows; None if there is nothing to decide."""
    request = queries.undecided(uow.session, request_id)
    if request is None:
        return None
    if request.target in owning.ERRANDS:
        request.decision = owning.settle(uow, request, settings)
        return request.decision
    wanted = target(uow.session, request.target)
    if wanted is None or wanted.is_retired:
        return _close(request, SignupDecision.UNUSABLE)
    address = find_or_create(uow, request.channel, _parsed(request), _person(request, wanted))
    known = _known(uow, address, request)
    decision = decide(known, uow.now)
    match decision:
        case SignupDecision.CONFIRM:
            _ask(uow, request, known, Asked(address, wanted, settings))
        case SignupDecision.REMIND:
            _remind(uow, Asked(address, wanted, settings))
        case SignupDecision.COMPLAINED | SignupDecision.SUPPRESSED | SignupDecision.DECLINED:
            record(uow, f"signup.{decision}", f"address:{address.id}", target=request.target)
    return _close(request, decision)


@dataclass(frozen=True, slots=True)
class Asked:
    """Who is written to about what."""

    address: Address
    target: Target
    settings: Settings


def _close(request: SignupRequest, decision: SignupDecision) -> SignupDecision:
    request.decision, request.wish = decision, {}
    return decision


def _known(uow: UnitOfWork, address: Address, request: SignupRequest) -> Known:
    subscription = subscribers.subscription_to(uow.session, address.id, request.target)
    said_no = subscribers.refusal(
        uow.session, hash_of(address.channel, address.key), request.target
    )
    return Known(
        target=request.target,
        state=subscription.state if subscription else None,
        ended_reason=(subscription.ended_reason if subscription else None) or said_no,
        suppressed=(address.suppressed_reason or "unknown") if address.suppressed_at else "",
        mailed=queries.mailed(uow.session, request.channel, request.address_key, uow.now - MEMORY),
        is_invited=_is_invitation(request),
    )


def _ask(uow: UnitOfWork, request: SignupRequest, known: Known, asked: Asked) -> None:
    address, wanted = asked.address, asked.target
    if known.state is not Consent.ACTIVE:  # else the click only lifts a suppression
        person = subscribers.subscriber(uow.session, address.subscriber_id)
        introduce(uow, person, _person(request, wanted))
        choice = Choice.from_json(request.wish["choice"])
        ask(uow, address, wanted, choice, _evidence(request))
    subscription = _subscription(uow, asked)
    links.issue(uow, LinkPurpose.SIGNUP, f"subscription:{subscription.id}", VALID)
    zone = subscribers.subscriber(uow.session, address.subscriber_id).timezone
    kind = "invite" if known.is_invited else "confirm"
    texts = wording.question(kind, wanted, uow.now + VALID, zone)
    url = f"{asked.settings.public_url}/c/{links.SIGNUP_SLOT}"
    answers = (
        Link(wording.labels("accept"), url),
        Link(wording.labels("decline" if known.is_invited else "refuse"), f"{url}?answer=refuse"),
    )
    message_id = _send(uow, asked, f"signup.{kind}", texts, answers)
    if known.state is not Consent.ACTIVE:
        subscribers.note_mail(uow.session, subscription.id, message_id)


def _remind(uow: UnitOfWork, asked: Asked) -> None:
    url = f"{asked.settings.public_url}/p/{links.PREFERENCES_SLOT}"
    here = (Link(wording.labels("preferences"), url),)
    _send(uow, asked, "signup.already", wording.already(asked.target), here)


def _send(
    uow: UnitOfWork, asked: Asked, kind: str, texts: Mapping[str, Text], ways: tuple[Link, ...]
) -> str:
    letter = Letter(
        type=kind,
        purpose=Purpose.CONFIRMATION,
        subject=f"subscription:{_subscription(uow, asked).id}",
        texts=texts,
        links=ways,
        origin=Origin.of(asked.target, asked.settings),
    )
    return send(uow, letter, asked.address.id, asked.settings)


def _subscription(uow: UnitOfWork, asked: Asked) -> Subscription:
    found = subscribers.subscription_to(uow.session, asked.address.id, asked.target.key)
    if found is None:  # every mail is about one
        raise LookupError(asked.target.key)
    return found


def _is_invitation(request: SignupRequest) -> bool:
    return request.wish.get("method") == Method.INVITATION


def _parsed(request: SignupRequest) -> Parsed:
    wish = request.wish
    return Parsed(request.address_key, wish["value"], wish["shown"], wish["lane"])


def _person(request: SignupRequest, wanted: Target) -> Person:
    wish = request.wish
    return Person(
        wish["locale"],
        wish["timezone"] or wanted.timezone,
        ZoneOrigin.CHOSEN if wish["timezone"] else ZoneOrigin.FALLBACK,
        external_ref=wish.get("external_ref", ""),
        subscriber_id=wish.get("subscriber_id"),
    )


def _evidence(request: SignupRequest) -> Evidence:
    wish = request.wish
    return Evidence(
        method=Method(wish["method"]),
        locale=wish["locale"],
        text=wish["text"],
        version=wish["version"],
        ip=wish["ip"],
        agent=wish["agent"],
        by=wish.get("by", ""),
        at=request.at,
    )
