"""Tells a proven sender why a post was not taken: nobody else is ever answered.

An answer is rare on purpose: a program that posts all night hears of it once an hour.
"""

from dataclasses import dataclass
from datetime import timedelta

from channels.base import Text
from service.bounces.telling import staff_message, tell
from service.db.unit_of_work import UnitOfWork
from service.inbound import queries
from service.inbound.desk import Understood
from service.inbound.models import Letter
from service.moderation.models import Sender
from service.moderation.wording import plain
from service.runtime import Runtime
from service.web.i18n import translate
from service.web.parsing import LANGUAGES

PAUSE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class About:
    """The post that is answered, and in which language."""

    letter: Letter
    sender: Sender
    title: str
    language: str


def answer(rt: Runtime, uow: UnitOfWork, about: About, found: Understood) -> bool:
    """Mail the author why *found* came of it; False where they were answered a moment ago."""
    to_them = f"answer:{about.sender.id}:"
    if queries.has_answered(uow.session, to_them, uow.now - PAUSE):
        return False
    texts = {each: _text(each, about, found) for each in LANGUAGES}
    message = staff_message(
        uow, rt.settings, "post.not_taken", f"{to_them}{about.letter.id}", texts
    )
    return tell(uow, rt.channels, about.sender.address or "", about.language, message)


def _text(language: str, about: About, found: Understood) -> Text:
    why = translate(language, f"inbound.answer.why.{found.outcome}", detail=plain(found.detail))
    body = translate(
        language,
        "inbound.answer.body",
        to=plain(about.letter.recipient.partition("+")[0].partition("@")[0]),
        title=plain(about.title) or "–",
        why=why,
    )
    return Text(translate(language, "inbound.answer.title"), body)
