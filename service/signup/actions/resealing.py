"""After the secret key was replaced: what is sealed at rest is sealed anew under the new one."""

from dataclasses import dataclass

from service.access import queries as access
from service.access.sealing import SEALED, BrokenSeal, resealed
from service.audit.actions import record
from service.runtime import Runtime
from service.signup.queries_sealed import sealed_after

PORTION = 500  # addresses a transaction


@dataclass(slots=True)
class Renewal:
    """How many secrets were sealed anew, were so already, or cannot be read by any key."""

    renewed: int = 0
    current: int = 0
    lost: int = 0


def renew(rt: Runtime) -> Renewal:
    """Seal everything anew, portion by portion; again is harmless, while the service runs too."""
    tally = Renewal()
    with rt.work("cli") as uow:
        for person in access.staff_with_secrets(uow.session):
            person.totp_secret = _anew(person.totp_secret, tally)
    last = 0
    while True:
        with rt.work("cli") as uow:
            found = sealed_after(uow.session, last, PORTION)
            for address in found:
                last = address.id
                address.secrets = _anew(address.secrets, tally)
                if address.value.startswith(SEALED):
                    address.value = _anew(address.value, tally)
        if len(found) < PORTION:
            break
    with rt.work("cli") as uow:
        record(uow, "secret.renewed", "secret", renewed=tally.renewed, lost=tally.lost)
    return tally


def _anew(sealed: str, tally: Renewal) -> str:
    if not sealed:
        return sealed
    try:
        made = resealed(sealed)
    except BrokenSeal:
        tally.lost += 1
        return sealed
    if made is None:
        tally.current += 1
        return sealed
    tally.renewed += 1
    return made
