"""A service of one process around a database, as `tocsin serve` would assemble it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from channels.base import Link, Message, Sender, Text
from service import assembly
from service.assembly import Assembly
from service.config import Settings
from service.db.base import new_public_id
from service.moderation import actions as moderation
from service.publications import actions as publications
from service.publications.actions import Draft
from service.publications.models import Purpose, Urgency
from service.publications.plans import Plan
from service.rollouts.queries import states
from service.runtime import Runtime
from service.subscribers.audience import Audience
from tests.factories import both

BODY = """On Tuesday from 06:00 we **move the mail servers**.

- nothing is lost
- [more](https://status.example.org)
"""


@contextmanager
def service(
    database_url: str,
    smtp_port: int,
    folder: Path,
    channels: tuple[str, ...] = ("email",),
    **more: Any,
) -> Iterator[Assembly]:
    """Assemble a service on a fresh database, which mails to *smtp_port* of this machine.

    *more*: settings of its own.
    """
    settings = Settings(
        database_url=database_url,
        data_dir=folder,
        secret_key=SecretStr("benchmark" * 4),
        public_url="https://notify.example.org",
        mail_host="notify.example.org",
        smtp_url=SecretStr(f"smtp://127.0.0.1:{smtp_port}"),
        channels=channels,
        **more,
    )
    assembly.upgrade_database(settings)
    parts = assembly.assemble(settings)
    try:
        yield parts
    finally:
        parts.close()


def publish(rt: Runtime, audience: Audience, plan: Plan) -> int:
    """Have an announcement to *audience* held and approved; return its rollout's id."""
    with rt.work("staff:1") as uow:
        held = publications.hold(uow, draft(audience, plan, uow.now))
        public_id, seen, key = held.public_id, held.hash, held.id
    with rt.work("staff:2") as uow:
        moderation.approve(uow, public_id, seen)
    with rt.read() as session:
        rollout = states.of_publication(session, key)
        return rollout.id if rollout else 0


def draft(audience: Audience, plan: Plan, now: datetime, purpose: Purpose = Purpose.BULK) -> Draft:
    """Return an announcement to *audience*."""
    message = Message(
        id="",
        type="announcement.published",
        category="announcement",
        stage="",
        severity="none",
        texts={"fr": Text("Les serveurs déménagent", BODY * 4), "en": Text("Moving", BODY * 4)},
        sender=Sender("Status", "status@example.org", list_id="mail.notify.example.org"),
        source=both("Mail"),
        url="https://notify.example.org/mail/en/events/x",
        subject=f"event:{new_public_id()}",
        sequence=0,
        published_at=now,
        links=(Link(both("Follow"), "https://notify.example.org/mail/en/follow"),),
    )
    return Draft(
        purpose=purpose,
        message=message,
        audience=audience,
        plan=plan,
        urgency=Urgency.NORMAL,
        expires_at=now + timedelta(days=7),
    )
