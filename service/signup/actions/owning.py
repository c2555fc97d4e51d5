"""The owner of an address asks for a link of an hour, or for a test mail."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from channels.base import Address as Parsed
from channels.base import Link
from channels.registry import Registry
from service.access import links
from service.access.models import Purpose as LinkPurpose
from service.bounces import queries as bounces
from service.config import Settings
from service.db.base import new_public_id
from service.db.unit_of_work import UnitOfWork
from service.publications.models import Purpose
from service.signup import queries, wording
from service.signup.actions.letters import Letter, send
from service.signup.actions.letters import Origin as Sent
from service.signup.actions.requests import CHANNEL, Origin, check_network, keep
from service.signup.deciding import MEMORY, has_had_enough
from service.signup.models import SignupDecision, SignupRequest
from service.subscribers import actions
from service.subscribers import queries as subscribers
from service.subscribers.models import Address

HOUR = timedelta(minutes=60)  # how long "my link" works
TEST_VALID = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Errand:
    """A letter that the owner of an address asked for."""

    decision: SignupDecision
    purpose: LinkPurpose
    valid: timedelta
    path: str
    label: str


#: By the target of the request.
ERRANDS: Mapping[str, Errand] = {
    "link:0": Errand(
        SignupDecision.LINK, LinkPurpose.MANAGE, HOUR, f"/p/{links.MANAGE_SLOT}", "manage"
    ),
    "test:0": Errand(
        SignupDecision.TEST, LinkPurpose.ARRIVED, TEST_VALID, f"/a/{links.ARRIVED_SLOT}", "arrived"
    ),
}


def request_link(uow: UnitOfWork, channels: Registry, raw: str, origin: Origin) -> None:
    """Keep the wish for a link, whatever is known of the address; raises `TooMany`, `Invalid`."""
    check_network(uow.session, origin.network, uow.now)
    _keep(uow, "link:0", actions.parse(channels, CHANNEL, raw), origin)


def request(uow: UnitOfWork, target: str, address: Address, origin: Origin) -> None:
    """The same for a letter to an address that is known; raises `TooMany`."""
    check_network(uow.session, origin.network, uow.now)
    _keep(uow, target, Parsed(address.key, address.value, address.shown, address.lane), origin)


def settle(uow: UnitOfWork, request: SignupRequest, settings: Settings) -> SignupDecision:
    """Write what an errand asks for, if the address is known and has not had enough letters."""
    errand = ERRANDS[request.target]
    request.wish = {}
    address = subscribers.address_by_key(uow.session, request.channel, request.address_key)
    if address is None:
        return SignupDecision.UNUSABLE
    mailed = queries.mailed(uow.session, request.channel, request.address_key, uow.now - MEMORY)
    if has_had_enough(request.target, mailed, uow.now):
        return SignupDecision.LIMITED
    target = f"address:{address.id}"
    links.issue(uow, errand.purpose, target, errand.valid)
    letter = Letter(
        type=f"signup.{errand.label}",
        purpose=Purpose.OWN,
        subject=target,
        texts=wording.own(errand.label),
        links=(Link(wording.labels(errand.label), f"{settings.public_url}{errand.path}"),),
        origin=Sent.of_service(settings),
    )
    send(uow, letter, address.id, settings)
    return errand.decision


def arrived(uow: UnitOfWork, token: str) -> None:
    """A test mail came through: the address works. Raises `NotFound` and `Expired`."""
    target = links.redeem(uow, LinkPurpose.ARRIVED, token)
    address_id = int(target.partition(":")[2])
    actions.lift(uow, address_id)
    bounces.forgive(uow.session, address_id)


def _keep(uow: UnitOfWork, target: str, parsed: Parsed, origin: Origin) -> None:
    keep(uow, target, parsed, {}, origin, new_public_id())
