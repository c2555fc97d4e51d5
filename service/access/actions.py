"""What can be done about who may call: keys and staff come and go, people sign in and out."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from email_validator import EmailNotValidError, validate_email

from service.access import passwords, queries
from service.access.keys import digest, new_token
from service.access.models import ApiKey, Role, Scope, Staff, StaffSession
from service.audit.actions import record
from service.db.unit_of_work import UnitOfWork
from service.errors import Conflict, NotFound, invalid
from service.web.parsing import LANGUAGES, Unclean, clean

KEY_PREFIX = "tcs_"
SESSION = timedelta(hours=12)
MEMORY = timedelta(hours=24)  # how long the answer to an idempotent request is kept
PORTION = 5_000  # rows of a table that are forgotten in one transaction
LONGEST_NAME = 120


@dataclass(frozen=True, slots=True)
class Origin:
    """Where somebody signs in from."""

    address: str
    agent: str


def create_key(uow: UnitOfWork, name: str, scopes: Iterable[str]) -> tuple[ApiKey, str]:
    """Give a program a way in; the second part is the key itself, which nobody can show again.

    Raises `Invalid`, and `Conflict` where the name is taken.
    """
    name, wanted = _name(name), _scopes(scopes)
    if queries.key_named(uow.session, name):
        raise Conflict(f"there is a key named {name!r}", code="taken")
    token = KEY_PREFIX + new_token()
    key = ApiKey(name=name, digest=digest(token), scopes=wanted, created_at=uow.now)
    uow.session.add(key)
    uow.session.flush()
    record(uow, "key.created", f"key:{key.id}", name=name, scopes=wanted)
    return key, token


def revoke_key(uow: UnitOfWork, name: str) -> ApiKey:
    """Make a key open nothing, from now on and for ever; raises `NotFound`."""
    key = queries.key_named(uow.session, name)
    if key is None:
        raise NotFound(f"there is no key named {name!r}")
    if key.revoked_at is None:
        key.revoked_at = uow.now
        record(uow, "key.revoked", f"key:{key.id}", name=name)
    return key


def add_staff(uow: UnitOfWork, email: str, name: str, role: str, password: str) -> Staff:
    """Let somebody work in the console; raises `Invalid`, and `Conflict` for a known address."""
    email = normal_email(email)
    if queries.staff_with_email(uow.session, email):
        raise Conflict(f"{email} has an account", code="taken")
    person = Staff(
        email=email,
        name=_name(name),
        password_hash=passwords.hashed(password),
        role=_role(role),
        created_at=uow.now,
    )
    uow.session.add(person)
    uow.session.flush()
    record(uow, "staff.added", f"staff:{person.id}", role=person.role)
    return person


def set_role(uow: UnitOfWork, email: str, role: str) -> Staff:
    """Change what somebody may do; raises `NotFound` and `Invalid`."""
    person = person_with(uow, email)
    person.role = _role(role)
    record(uow, "staff.role_set", f"staff:{person.id}", role=person.role)
    return person


def set_password(uow: UnitOfWork, email: str, password: str, keep: str = "") -> Staff:
    """Change somebody's password and end their sessions, but the one whose cookie is *keep*."""
    person = person_with(uow, email)
    person.password_hash = passwords.hashed(password)
    queries.end_sessions(uow.session, person.id, uow.now, digest(keep) if keep else "")
    record(uow, "staff.password_set", f"staff:{person.id}")
    return person


def disable_staff(uow: UnitOfWork, email: str) -> Staff:
    """Let somebody no longer in; what they did keeps their name. Raises `NotFound`."""
    person = person_with(uow, email)
    if person.disabled_at is None:
        person.disabled_at = uow.now
        queries.end_sessions(uow.session, person.id, uow.now)
        record(uow, "staff.disabled", f"staff:{person.id}")
    return person


def enable_staff(uow: UnitOfWork, email: str) -> Staff:
    """Let somebody in again; raises `NotFound`."""
    person = person_with(uow, email)
    if person.disabled_at is not None:
        person.disabled_at = None
        record(uow, "staff.enabled", f"staff:{person.id}")
    return person


def set_locale(uow: UnitOfWork, staff_id: int, locale: str) -> None:
    """Choose the language of the mails somebody gets; raises `Invalid`."""
    person = queries.staff_by_id(uow.session, staff_id)
    if person is None or locale not in LANGUAGES:
        raise invalid("/language", f"use one of {', '.join(LANGUAGES)}", "unknown_language")
    person.locale = locale


def end_own_session(uow: UnitOfWork, staff_id: int, session_digest: str) -> None:
    """End one session of somebody; harmless twice, and for anybody else's."""
    mine = queries.sessions_of(uow.session, staff_id, uow.now)
    if any(each.digest == session_digest for each in mine):
        queries.end_session(uow.session, session_digest, uow.now)
        record(uow, "staff.session_ended", f"staff:{staff_id}")


def sign_in(uow: UnitOfWork, staff_id: int, origin: Origin, former: str = "") -> str:
    """Open a session and return its cookie; the browser's *former* one ends."""
    if former:
        queries.end_session(uow.session, digest(former), uow.now)
    token = new_token()
    uow.session.add(
        StaffSession(
            digest=digest(token),
            staff_id=staff_id,
            created_at=uow.now,
            expires_at=uow.now + SESSION,
            address=origin.address,
            agent=origin.agent[:200],
        )
    )
    record(uow, "staff.signed_in", f"staff:{staff_id}")
    return token


def sign_out(uow: UnitOfWork, token: str) -> None:
    """End the session of this cookie; harmless twice."""
    staff_id = queries.end_session(uow.session, digest(token), uow.now)
    if staff_id is not None:
        record(uow, "staff.signed_out", f"staff:{staff_id}")


def sign_out_elsewhere(uow: UnitOfWork, staff_id: int, token: str) -> None:
    """End somebody's sessions but the one of this cookie."""
    ended = queries.end_sessions(uow.session, staff_id, uow.now, digest(token))
    record(uow, "staff.signed_out_elsewhere", f"staff:{staff_id}", sessions=ended)


def forget_old(uow: UnitOfWork) -> None:
    """Forget a portion of what nobody can use any more: old answers, sessions and links."""
    queries.forget_before(uow.session, uow.now - MEMORY, uow.now, PORTION)


def normal_email(email: str, pointer: str = "/email") -> str:
    """Return *email* the way it is stored; raises `Invalid`."""
    try:
        return validate_email(email, check_deliverability=False).normalized.lower()
    except EmailNotValidError as error:
        raise invalid(pointer, str(error), "email") from None


def person_with(uow: UnitOfWork, email: str) -> Staff:
    """Return whose account this address opens; raises `NotFound`, `Invalid`."""
    person = queries.staff_with_email(uow.session, normal_email(email))
    if person is None:
        raise NotFound(f"there is no account for {email}")
    return person


def _name(name: str) -> str:
    try:
        tidy = clean(name, LONGEST_NAME)
    except Unclean as error:
        raise invalid("/name", str(error), error.code) from None
    if not tidy:
        raise invalid("/name", "write a name", "missing")
    return tidy


def _scopes(scopes: Iterable[str]) -> list[str]:
    wanted = sorted(set(scopes))
    known = {scope.value for scope in Scope}
    if not wanted or set(wanted) - known:
        raise invalid("/scopes", f"use some of {', '.join(sorted(known))}", "unknown_scope")
    return [str(Scope(scope)) for scope in wanted]


def _role(role: str) -> Role:
    if role not in {each.value for each in Role}:
        raise invalid("/role", f"use one of {', '.join(Role)}", "unknown_role")
    return Role(role)
