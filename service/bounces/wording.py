"""What administrators are told about storms."""

from channels.base import Link, Message, Text
from service.bounces.models import Storm
from service.bounces.telling import staff_message
from service.config import Settings
from service.db.unit_of_work import UnitOfWork
from service.web.i18n import translate
from service.web.parsing import LANGUAGES


def storm(uow: UnitOfWork, settings: Settings, blowing: Storm) -> Message:
    """Say that suppression is frozen at a provider, and where to decide about it."""
    counts = {"lane": blowing.lane, "hard": str(blowing.hard), "sent": str(blowing.sent)}
    texts = {
        language: Text(
            translate(language, "bounces.storm.mail.title", **counts),
            translate(language, "bounces.storm.mail.body", **counts),
        )
        for language in LANGUAGES
    }
    labels = {language: translate(language, "bounces.storm.mail.open") for language in LANGUAGES}
    link = Link(labels, f"{settings.public_url}/console/suppressions")
    return staff_message(uow, settings, "staff.storm", f"storm:{blowing.id}", texts, (link,))
