"""Sends a held publication to a few chosen addresses, marked as a test, and to nobody else."""

from dataclasses import replace

from sqlalchemy.orm import Session

from channels.registry import Registry
from service.access import queries as access
from service.audit.actions import record
from service.db.base import new_public_id
from service.db.unit_of_work import UnitOfWork
from service.errors import invalid
from service.moderation import queries_desk as desk
from service.moderation.agreeing import rules
from service.publications.actions import Draft, standing
from service.publications.freezing import thaw
from service.publications.models import Publication, Purpose, Urgency
from service.publications.plans import URGENT
from service.rollouts.actions import send_single
from service.subscribers.actions import Person, find_or_create, parse
from service.subscribers.audience import Audience
from service.subscribers.models import ZoneOrigin

CHANNEL = "email"


def may_get_tests(session: Session, by: str) -> tuple[str, ...]:
    """The addresses that tests may go to: one's own first, then the seeds of the rules."""
    kind, _, number = by.partition(":")
    person = access.staff_by_id(session, int(number)) if kind == "staff" else None
    own = (person.email,) if person else ()
    return tuple(dict.fromkeys((*own, *rules(desk.policy(session)).seeds)))


def send_test(
    uow: UnitOfWork, channels: Registry, public_id: str, seen: str, to: tuple[str, ...]
) -> int:
    """Mail what is held, in each of its languages, to each address of *to*; return how many mails.

    Raises `NotFound`, `Conflict`, and `Invalid` for an address that is not among those allowed.
    """
    publication = standing(uow, public_id, seen)
    allowed = may_get_tests(uow.session, uow.by)
    if not to or set(to) - set(allowed):
        raise invalid("/to", "choose among the addresses offered", "unknown_choice")
    message = thaw(publication.content)
    for address in to:
        for language in message.texts:
            _send(uow, channels, publication, language, address)
    record(
        uow, "publication.tested", f"publication:{public_id}", hash=publication.hash, count=len(to)
    )
    return len(to) * len(message.texts)


def _send(
    uow: UnitOfWork, channels: Registry, publication: Publication, language: str, address: str
) -> None:
    message, zone = thaw(publication.content), str(publication.plan["fallback_zone"])
    parsed = parse(channels, CHANNEL, address, "/to")
    place = find_or_create(uow, CHANNEL, parsed, Person(language, zone, ZoneOrigin.FALLBACK))
    draft = Draft(
        purpose=Purpose.STAFF,
        message=replace(
            message,
            texts={language: message.texts[language]},
            # A subject of its own: a test neither answers nor replaces anything.
            subject=f"test:{publication.public_id}:{new_public_id()}",
            bulk=False,
            test=True,
        ),
        audience=Audience(addresses=(place.id,)),
        plan=URGENT,
        urgency=Urgency.CRITICAL,
        expires_at=publication.expires_at,
    )
    send_single(uow, draft, place.id)
