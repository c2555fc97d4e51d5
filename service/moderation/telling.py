"""Mails what was noted: every notice leaves once, with a link to a page behind the login."""

from channels.base import Link, Message, Sender
from channels.registry import Registry
from service.access import queries as access
from service.config import Settings
from service.db.unit_of_work import UnitOfWork
from service.errors import Conflict, Invalid
from service.moderation import queries_duties as queries
from service.moderation import queries_senders as senders
from service.moderation import wording
from service.moderation.models import Notice
from service.moderation.waiting import EXPIRY
from service.publications.actions import Draft
from service.publications.freezing import thaw
from service.publications.models import Publication, Purpose, Urgency
from service.publications.plans import URGENT
from service.rollouts.actions import send_single
from service.subscribers.actions import Person, find_or_create, parse
from service.subscribers.audience import Audience
from service.subscribers.models import ZoneOrigin

CHANNEL = "email"


def tell(uow: UnitOfWork, channels: Registry, settings: Settings) -> int:
    """Mail what is still to be told; return how many mails that were.

    What is about somebody without an address any more counts as told.
    """
    sent = 0
    for notice in queries.unsent(uow.session):
        notice.sent_at = uow.now
        mailed = _address_of(uow, notice)
        if mailed is not None:
            sent += _mail(uow, channels, settings, notice, *mailed)
    return sent


def _mail(
    uow: UnitOfWork,
    channels: Registry,
    settings: Settings,
    notice: Notice,
    address: str,
    locale: str,
) -> bool:
    publication = uow.session.get_one(Publication, notice.publication_id)
    try:
        parsed = parse(channels, CHANNEL, address)
    except (Invalid, Conflict):  # it was no address for this channel, or mail is switched off
        return False
    zone = str(publication.plan["fallback_zone"])
    to = find_or_create(uow, CHANNEL, parsed, Person(locale, zone, ZoneOrigin.FALLBACK))
    draft = Draft(
        purpose=Purpose.STAFF,
        message=_message(settings, notice, publication),
        audience=Audience(addresses=(to.id,)),
        plan=URGENT,
        urgency=Urgency.CRITICAL,
        expires_at=uow.now + EXPIRY,
    )
    send_single(uow, draft, to.id)
    return True


def _message(settings: Settings, notice: Notice, publication: Publication) -> Message:
    about = thaw(publication.content)
    by_staff = notice.recipient.startswith("staff:")
    url = f"{settings.public_url}/console/moderation/{publication.public_id}"
    return Message(
        id="",
        type=f"moderation.{notice.kind.partition(':')[0]}",
        category="staff",
        stage="",
        severity="none",
        texts=wording.notice(notice.kind, publication, about),
        sender=Sender("Tocsin", settings.mail_from),
        source=about.source,
        url="",
        # Each is a subject of its own: a decision must not take the place of what was not sent yet.
        subject=f"notice:{notice.id}",
        sequence=0,
        published_at=notice.at,
        links=(Link(wording.labels("open"), url),) if by_staff else (),
        bulk=False,
    )


def _address_of(uow: UnitOfWork, notice: Notice) -> tuple[str, str] | None:
    """Where somebody is mailed, and in which language; None for who has left.

    Who posts by mail is written to in the language of what they wrote.
    """
    kind, _, number = notice.recipient.partition(":")
    if kind == "staff":
        person = access.staff_by_id(uow.session, int(number))
        return (person.email, person.locale) if person and not person.disabled_at else None
    sender = senders.sender_by_id(uow.session, int(number))
    if sender is None or not sender.address or sender.retired_at:
        return None
    publication = uow.session.get_one(Publication, notice.publication_id)
    return sender.address, next(iter(thaw(publication.content).texts))
