"""The second factor: codes of an app (RFC 6238), and recovery codes for when it is lost."""

import secrets
from dataclasses import dataclass

import pyotp
import segno
from markupsafe import Markup

from service.access import queries
from service.access.keys import digest
from service.access.models import Staff
from service.access.sealing import seal, unseal
from service.audit.actions import record
from service.db.unit_of_work import UnitOfWork
from service.errors import NotFound

ISSUER = "Tocsin"
CODES = 10  # recovery codes
DRIFT = (-1, 0, 1)  # steps of 30 seconds that a clock may be off (RFC 6238 §5.2)
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that looks like another


@dataclass(frozen=True, slots=True)
class Setup:
    """What somebody puts into their app."""

    secret: str
    uri: str

    @property
    def qr(self) -> Markup:
        """The address as an SVG of black squares."""
        drawn = segno.make(self.uri, error="m").svg_inline(scale=5, border=3, light="#fff")
        return Markup(drawn)  # noqa: S704 - drawn by us: shapes, no text


def begin(uow: UnitOfWork, staff_id: int) -> Setup:
    """Give somebody a new secret, which counts once it is confirmed; raises `NotFound`.

    A factor in use stays in use until then.
    """
    person = _person(uow, staff_id)
    if person.totp_since is None:
        person.totp_secret = seal(pyotp.random_base32())
        uow.session.flush()
    return _setup(person)


def pending(person: Staff) -> Setup | None:
    """Return what somebody has still to confirm."""
    return _setup(person) if person.totp_secret and person.totp_since is None else None


def confirm(uow: UnitOfWork, staff_id: int, code: str) -> tuple[str, ...]:
    """Ask for codes from now on; return the recovery codes, or nothing where *code* is wrong."""
    person = _person(uow, staff_id)
    if person.totp_since is not None or not _fits(uow, person, code):
        return ()
    codes = tuple(_recovery_code() for _ in range(CODES))
    person.totp_since, person.recovery = uow.now, [digest(each) for each in codes]
    record(uow, "staff.factor_set", f"staff:{staff_id}")
    return codes


def use(uow: UnitOfWork, staff_id: int, code: str) -> bool:
    """Whether *code* is one of the app's, or a recovery code; none is good twice."""
    person = _person(uow, staff_id)
    if person.totp_since is None or person.disabled_at is not None:
        return False
    return _fits(uow, person, code) or _recovers(uow, person, code)


def end(uow: UnitOfWork, staff_id: int) -> None:
    """Sign in with the password alone again; raises `NotFound`."""
    person = _person(uow, staff_id)
    person.totp_secret, person.totp_since, person.recovery = "", None, None
    record(uow, "staff.factor_ended", f"staff:{staff_id}")


def _fits(uow: UnitOfWork, person: Staff, code: str) -> bool:
    if not person.totp_secret:
        return False
    app, given = pyotp.TOTP(unseal(person.totp_secret)), "".join(code.split())
    now = app.timecode(uow.now)
    for step in (now + drift for drift in DRIFT):
        good = secrets.compare_digest(app.generate_otp(step).encode(), given.encode())
        if good and step > person.totp_step:  # a code that somebody looked at is of no use
            person.totp_step = step
            return True
    return False


def _recovers(uow: UnitOfWork, person: Staff, code: str) -> bool:
    wanted = digest("".join(code.split()).lower())
    if wanted not in (person.recovery or []):
        return False
    person.recovery = [each for each in person.recovery or [] if each != wanted]
    record(uow, "staff.recovery_used", f"staff:{person.id}", left=len(person.recovery))
    return True


def _setup(person: Staff) -> Setup:
    secret = unseal(person.totp_secret)
    uri = pyotp.TOTP(secret).provisioning_uri(name=person.email, issuer_name=ISSUER)
    return Setup(secret, uri)


def _recovery_code() -> str:
    parts = ("".join(secrets.choice(_LETTERS) for _ in range(5)) for _ in range(3))
    return "-".join(parts)  # 74 bits


def _person(uow: UnitOfWork, staff_id: int) -> Staff:
    person = queries.staff_by_id(uow.session, staff_id)
    if person is None:
        raise NotFound("there is no such account")
    return person
