"""Signed links: an address that proves what its holder was sent.

Two kinds. *Issued* links are in the database by digest, expire and remember their first use. Their
token is HMAC(key, purpose, target, issue), so whoever sends it a second time can make it again:
nothing that opens a door is stored. *Stateless* links never expire and need no row: for
unsubscribing, which must work for ever (RFC 8058). A token serves one purpose only.
"""

import hmac
import re
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from service.access import queries
from service.access.keys import derive, digest, every, mac, macs
from service.access.models import Purpose, SignedLink
from service.db.unit_of_work import UnitOfWork
from service.errors import Expired, NotFound
from service.web.context import runtime

#: What stands in frozen content for a token, which is made only when the content is sent: a leaked
#: table opens no door.
SIGNUP_SLOT, PREFERENCES_SLOT, ENDPOINTS_SLOT = "{signup}", "{preferences}", "{endpoints}"
MANAGE_SLOT, ARRIVED_SLOT = "{manage}", "{arrived}"
MOVE_SLOT, STAY_SLOT = "{move}", "{stay}"

#: The issued links: which purpose fills which slot.
SLOTS = {
    SIGNUP_SLOT: Purpose.SIGNUP,
    MANAGE_SLOT: Purpose.MANAGE,
    ARRIVED_SLOT: Purpose.ARRIVED,
    MOVE_SLOT: Purpose.MOVE,
    STAY_SLOT: Purpose.STAY,
}

#: Stands in the words of a frozen message for a code that is stored nowhere.
CODE_SLOT = "{code}"
CODED = "signup.code"  # the type of messages that have it

DIGITS = 8  # of a code
_TARGET = re.compile(r"[a-z_]+:[A-Za-z0-9_-]+")
_STATELESS = re.compile(r"([a-z_]+)~([A-Za-z0-9_-]+)~([A-Za-z0-9_-]{22})")


def issue(uow: UnitOfWork, purpose: Purpose, target: str, valid: timedelta | None) -> str:
    """Return the token of a new link to *target* (`subscription:12`), which lasts for *valid*.

    Twice in one unit of work gives the same link.
    """
    token = _issued(derive(f"link:{purpose}"), target, uow.now)
    if queries.link_with(uow.session, digest(token)) is None:
        uow.session.add(
            SignedLink(
                digest=digest(token),
                purpose=purpose,
                target=target,
                created_at=uow.now,
                expires_at=uow.now + valid if valid else None,
            )
        )
        uow.session.flush()
    return token


def current(session: Session, purpose: Purpose, target: str, now: datetime) -> str | None:
    """Return the token of the newest link to *target* again, to send it; None if none lasts."""
    link = queries.newest_link(session, purpose, target)
    if link is None or (link.expires_at and link.expires_at <= now):
        return None
    # Whichever secret was in force when it was issued: the token must be the one that is kept.
    made = (_issued(key, target, link.created_at) for key in every(f"link:{purpose}"))
    return next((token for token in made if digest(token) == link.digest), None)


def filled(session: Session, url: str, target: str, address_id: int, now: datetime) -> str:
    """Return *url* with the tokens its slots stand for: of links to *target* and to an address."""
    for slot, purpose in SLOTS.items():
        if slot in url:
            url = url.replace(slot, current(session, purpose, target, now) or "expired")
    owner = f"address:{address_id}"
    for slot, purpose in (
        (PREFERENCES_SLOT, Purpose.PREFERENCES),
        (ENDPOINTS_SLOT, Purpose.ENDPOINTS),
    ):
        url = url.replace(slot, stateless(purpose, owner))
    return url


def code(session: Session, target: str, now: datetime) -> str:
    """Return the code that proves what *target* is about, in digits; "" where none lasts.

    It is made from the newest link's token, which nobody is sent and the database does not know.
    """
    token = current(session, Purpose.CODE, target, now)
    if token is None:
        return ""
    number = int.from_bytes(mac("code", token.encode())[:8])
    return f"{number % 10**DIGITS:0{DIGITS}}"


def redeem(source: UnitOfWork | Session, purpose: Purpose, token: str) -> str:
    """Return the target of *token*; with a unit of work, note its first use.

    May be redeemed again: what a link does is harmless twice. With a session, the time is the
    runtime's, inside a request. Raises `NotFound`, and `Expired` where its time has passed.
    """
    if isinstance(source, UnitOfWork):
        target = _read(source.session, purpose, token, source.now)
        queries.use_link(source.session, digest(token), source.now)
        return target
    return _read(source, purpose, token, runtime().clock())


def _read(session: Session, purpose: Purpose, token: str, now: datetime) -> str:
    link = queries.link_with(session, digest(token))
    if link is None or link.purpose is not purpose:
        raise NotFound("this link leads nowhere", code="unknown_link")
    if link.expires_at and link.expires_at <= now:
        raise Expired("this link has expired", code="expired_link")
    return link.target


def stateless(purpose: Purpose, target: str) -> str:
    """Return the token that leads to *target* for ever."""
    if not _TARGET.fullmatch(target):
        raise ValueError(f"{target!r} is no target")
    proof = mac(f"stateless:{purpose}", target.encode())
    return f"{target.replace(':', '~')}~{_short(proof)}"


def read_stateless(purpose: Purpose, token: str) -> str:
    """Return the target of a stateless *token*; raises `NotFound` where it is not ours."""
    if found := _STATELESS.fullmatch(token):
        target = f"{found[1]}:{found[2]}"
        made = macs(f"stateless:{purpose}", target.encode())
        if any(hmac.compare_digest(_short(each), found[3]) for each in made):
            return target
    raise NotFound("this link leads nowhere", code="unknown_link")


def _issued(key: bytes, target: str, at: datetime) -> str:
    stamp = at.astimezone(UTC).isoformat(timespec="microseconds")
    proof = hmac.digest(key, f"{target} {stamp}".encode(), "sha256")
    return urlsafe_b64encode(proof).rstrip(b"=").decode()


def _short(proof: bytes) -> str:
    return urlsafe_b64encode(proof[:16]).rstrip(b"=").decode()
