"""Mails members of staff about what nobody else would notice: storms, letters to owners."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from channels.base import Link, Message, Sender, Text
from channels.registry import Registry
from service.access import queries as access
from service.access.models import Role, Staff
from service.config import Settings
from service.db.unit_of_work import UnitOfWork
from service.errors import Conflict, Invalid
from service.publications.actions import Draft
from service.publications.models import Purpose, Urgency
from service.publications.plans import URGENT
from service.rollouts.actions import send_single
from service.subscribers.actions import Person, find_or_create, parse
from service.subscribers.audience import Audience
from service.subscribers.models import ZoneOrigin

CHANNEL = "email"
LASTS = timedelta(days=2)


def tell_staff(
    uow: UnitOfWork, channels: Registry, people: Sequence[Staff], message: Message
) -> int:
    """Send *message* to each of *people* at once; return how many mails that were."""
    return sum(tell(uow, channels, each.email, each.locale, message) for each in people)


def tell(uow: UnitOfWork, channels: Registry, address: str, locale: str, message: Message) -> bool:
    """Send *message* to *address* at once; False where no mail leaves or it is no address."""
    try:
        parsed = parse(channels, CHANNEL, address)
    except (Invalid, Conflict):
        return False
    to = find_or_create(uow, CHANNEL, parsed, Person(locale, "UTC", ZoneOrigin.FALLBACK))
    draft = Draft(
        purpose=Purpose.STAFF,
        message=message,
        audience=Audience(addresses=(to.id,)),
        plan=URGENT,
        urgency=Urgency.CRITICAL,
        expires_at=uow.now + LASTS,
    )
    send_single(uow, draft, to.id)
    return True


def staff_message(
    uow: UnitOfWork,
    settings: Settings,
    kind: str,
    subject: str,
    texts: Mapping[str, Text],
    links: tuple[Link, ...] = (),
) -> Message:
    """Return a message to staff of *kind* about *subject*."""
    return Message(
        id="",
        type=kind,
        category="staff",
        stage="",
        severity="none",
        texts=texts,
        sender=Sender("Tocsin", settings.mail_from),
        source={"fr": "Tocsin", "en": "Tocsin"},
        url="",
        subject=subject,
        sequence=0,
        published_at=uow.now,
        links=links,
        bulk=False,
    )


def administrators(uow: UnitOfWork) -> list[Staff]:
    """Those who answer for everything."""
    everybody = access.all_staff(uow.session)
    return [each for each in everybody if each.disabled_at is None and each.role is Role.ADMIN]
