"""Writes to owners of endpoints, at the mail address that proves who they are."""

from collections.abc import Mapping
from datetime import timedelta

from channels.base import Link, Message, Sender, Text
from service.access import links
from service.config import Settings
from service.db.unit_of_work import UnitOfWork
from service.publications.actions import Draft
from service.publications.models import Purpose, Urgency
from service.publications.plans import URGENT
from service.rollouts.actions import send_single
from service.subscribers.audience import Audience
from service.webhooks import wording

DELIVERABLE = timedelta(days=2)


def write(
    uow: UnitOfWork, settings: Settings, owner_id: int, kind: str, texts: Mapping[str, Text]
) -> None:
    """Mail *texts* to an owner, with the link to what is theirs."""
    message = Message(
        id="",
        type=f"endpoint.{kind}",
        category="webhook",
        stage="",
        severity="none",
        texts=texts,
        sender=Sender("Tocsin", settings.mail_from),
        source={},
        url="",
        subject=f"endpoints:{owner_id}",
        sequence=0,
        published_at=uow.now,
        links=(Link(wording.labels(), f"{settings.public_url}/h/{links.ENDPOINTS_SLOT}"),),
        bulk=False,
    )
    draft = Draft(
        purpose=Purpose.STAFF,
        message=message,
        audience=Audience(addresses=(owner_id,)),
        plan=URGENT,
        urgency=Urgency.IMPORTANT,
        expires_at=uow.now + DELIVERABLE,
    )
    send_single(uow, draft, owner_id)
