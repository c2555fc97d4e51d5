"""An address that people read elsewhere proves itself by a code: sent there, typed here.

The code is derived when it is sent and again when it comes back (`links.code`): no table holds it.
"""

import hmac
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy.orm import Session

from channels.registry import Registry
from service.access import links
from service.access.models import Purpose as LinkPurpose
from service.access.sealing import sealed_address
from service.audit.actions import record
from service.config import Settings
from service.db.base import new_public_id
from service.db.unit_of_work import UnitOfWork
from service.errors import Conflict, TooMany
from service.publications.models import Purpose
from service.signup import queries, queries_codes, wording
from service.signup.actions.letters import Letter, send
from service.signup.actions.letters import Origin as Sent
from service.signup.actions.requests import Origin
from service.signup.deciding import DAY, has_had_enough
from service.signup.models import SignupDecision, SignupRequest
from service.subscribers.actions import Evidence, Person, accept, ask, find_or_create, lift, parse
from service.subscribers.filters import Choice
from service.subscribers.models import Address, Subscriber, Subscription, Suppression
from service.subscribers.moving import join
from service.subscribers.targets import target_of

VALID = timedelta(minutes=15)
MOST_TRIES = 5  # of one code
MOST_A_DAY = 5  # codes that one person asks for, whatever the addresses


class Answer(StrEnum):
    """What a typed code is worth."""

    RIGHT = "right"
    WRONG = "wrong"
    SPENT = "spent"  # too late, too many tries, or used


@dataclass(frozen=True, slots=True)
class Parts:
    """What sending a code needs of the service."""

    channels: Registry
    settings: Settings


@dataclass(frozen=True, slots=True)
class Wanted:
    """Who wants which address (channel, address) to get what."""

    person: Subscriber
    way: tuple[str, str]
    active: tuple[tuple[Subscription, Choice], ...]


def ask_code(uow: UnitOfWork, parts: Parts, wanted: Wanted, origin: Origin) -> SignupRequest:
    """Send a code to an address, unless it has had enough of them: the answer is the same.

    Raises `Invalid` for what is no address, `TooMany` for who asked too often.
    """
    owner = _target(wanted.person.id)
    if len(queries_codes.codes_for(uow.session, owner, uow.now - DAY)) >= MOST_A_DAY:
        raise TooMany("enough codes for a day", retry_after=int(DAY.total_seconds()))
    channel, raw = wanted.way
    parsed = sealed_address(parse(parts.channels, channel, raw, "/way"))
    address = find_or_create(uow, channel, parsed, _like(wanted.person))
    is_enough = _has_had_enough(uow, address)
    request = SignupRequest(
        submission=new_public_id(),
        at=uow.now,
        due_at=uow.now + VALID,
        channel=channel,
        address_key=address.key,
        target=owner,
        network=origin.network,
        wish={"address_id": address.id, "tries": 0, "held": _pending(uow, address, wanted, origin)},
        decision=SignupDecision.LIMITED if is_enough else SignupDecision.CODE,
    )
    uow.session.add(request)
    uow.session.flush()
    if not is_enough:
        _send(uow, parts.settings, request, address)
    return request


def waiting(session: Session, person_id: int, now: datetime) -> list[tuple[SignupRequest, Address]]:
    """The codes that a person may type now, newest first, with where they went."""
    found = queries_codes.codes_for(session, _target(person_id), now - VALID)
    return [
        (each, session.get_one(Address, each.wish["address_id"]))
        for each in found
        if each.answered_at is None
    ]


def prove(
    uow: UnitOfWork, person_id: int, request_id: int, typed: str, evidence: Evidence
) -> Answer:
    """Accept what a code was sent for, if *typed* is that code; every try counts."""
    request = queries_codes.code_request(uow.session, _target(person_id), request_id)
    if request is None or request.answered_at or request.at <= uow.now - VALID:
        return Answer.SPENT
    if request.wish["tries"] >= MOST_TRIES:
        return Answer.SPENT
    request.wish = {**request.wish, "tries": request.wish["tries"] + 1}
    code = links.code(uow.session, f"request:{request.id}", uow.now)
    given = "".join(typed.split()).encode("utf-8", "replace")
    if not code or not hmac.compare_digest(code.encode(), given):
        return Answer.SPENT if request.wish["tries"] >= MOST_TRIES else Answer.WRONG
    request.answered_at = uow.now
    _accept(uow, person_id, request, evidence)
    return Answer.RIGHT


def _accept(uow: UnitOfWork, person_id: int, request: SignupRequest, evidence: Evidence) -> None:
    address = uow.session.get_one(Address, request.wish["address_id"])
    join(uow, person_id, address)
    lift(uow, address.id)
    if address.suppressed_reason in (Suppression.GONE, Suppression.SUSPENDED):
        address.suppressed_at, address.suppressed_reason = None, ""  # it proved itself anew
    for subscription_id in request.wish["held"]:
        with suppress(Conflict):  # answered or left meanwhile
            accept(uow, subscription_id, evidence)
    record(uow, "address.proven", f"address:{address.id}", channel=address.channel)


def _send(uow: UnitOfWork, settings: Settings, request: SignupRequest, address: Address) -> None:
    subject = f"request:{request.id}"
    links.issue(uow, LinkPurpose.CODE, subject, VALID)
    letter = Letter(
        type=links.CODED,
        purpose=Purpose.OWN,
        subject=subject,
        texts=wording.code(),
        links=(),
        origin=Sent.of_service(settings),
    )
    send(uow, letter, address.id, settings)


def _pending(uow: UnitOfWork, address: Address, wanted: Wanted, origin: Origin) -> list[int]:
    held = []
    evidence = Evidence(
        origin.method,
        locale=wanted.person.locale,
        text=address.shown,
        ip=origin.ip,
        agent=origin.agent,
    )
    for each, choice in wanted.active:
        target = target_of(uow.session, each)
        with suppress(Conflict):  # active there, or its owner complained: not for others to know
            asked = ask(uow, address, target, choice, replace(evidence, version=target.version))
            held.append(asked.id)
    return held


def _has_had_enough(uow: UnitOfWork, address: Address) -> bool:
    """Whoever asked: a number is not rung again because somebody else types it in."""
    mailed = queries.mailed(uow.session, address.channel, address.key, uow.now - DAY)
    codes = [replace(each, target="code") for each in mailed]
    return has_had_enough("code", codes, uow.now)


def _like(person: Subscriber) -> Person:
    return Person(person.locale, person.timezone, person.timezone_origin, subscriber_id=person.id)


def _target(person_id: int) -> str:
    return f"code:{person_id}"
