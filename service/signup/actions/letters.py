"""One letter to one address: what everybody in double opt-in mails with."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from channels.base import Link, Message, Sender, Text
from channels.email.rendition import message_id
from service.config import Settings
from service.db.base import Localised
from service.db.unit_of_work import UnitOfWork
from service.deliveries.parcels import parcel_id
from service.publications.actions import Draft
from service.publications.models import Publication, Purpose, Urgency
from service.publications.plans import URGENT
from service.rollouts.actions import send_single
from service.subscribers.audience import Audience
from service.subscribers.targets import Target

DELIVERABLE = timedelta(days=2)  # how long we try to deliver a letter


@dataclass(frozen=True, slots=True)
class Origin:
    """In whose name a letter leaves."""

    sender: Sender
    name: Localised  # of the page, the list or the service

    @classmethod
    def of(cls, target: Target, settings: Settings) -> "Origin":
        """A page or a list writes."""
        address = target.sender_address or settings.mail_from
        return cls(Sender(target.sender_name, address), dict(target.name))

    @classmethod
    def of_service(cls, settings: Settings) -> "Origin":
        """The service itself writes: about an address rather than about what it gets."""
        return cls(Sender("Tocsin", settings.mail_from), {"fr": "Tocsin", "en": "Tocsin"})


@dataclass(frozen=True, slots=True)
class Letter:
    """What is written to one address, outside any rollout."""

    type: str
    purpose: Purpose
    subject: str  # `subscription:12`: a newer letter takes the place of an older
    texts: Mapping[str, Text]
    links: tuple[Link, ...]
    origin: Origin


def send(uow: UnitOfWork, letter: Letter, address_id: int, settings: Settings) -> str:
    """Send *letter* at once, in the language of who gets it; return its Message-ID."""
    message = Message(
        id="",
        type=letter.type,
        category="confirmation",
        stage="",
        severity="none",
        texts=letter.texts,
        sender=letter.origin.sender,
        source=letter.origin.name,
        url="",
        subject=letter.subject,
        sequence=0,
        published_at=uow.now,
        links=letter.links,
        bulk=False,
    )
    draft = Draft(
        purpose=letter.purpose,
        message=message,
        audience=Audience(addresses=(address_id,)),
        plan=URGENT,
        urgency=Urgency.CRITICAL,  # somebody is waiting in front of a screen
        expires_at=uow.now + DELIVERABLE,
    )
    rollout = send_single(uow, draft, address_id)
    publication = uow.session.get_one(Publication, rollout.publication_id)
    return message_id(parcel_id(publication.public_id, 1), settings.mail_host)
