"""What a digest says around the messages it is made of."""

from collections.abc import Sequence
from datetime import datetime

from channels.base import Message, Text
from service.subscribers.models import Frequency
from service.web.dates import moment
from service.web.i18n import translate
from service.web.parsing import LANGUAGES

#: Messages told in full; of more, the title and the link.
IN_FULL = 30


def digest(
    frequency: Frequency, told: Sequence[tuple[Message, datetime]], zone: str
) -> dict[str, Text]:
    """The words of a digest of *told* (message, when it would have left), by language."""
    return {language: _text(language, frequency, told, zone) for language in LANGUAGES}


def _text(
    language: str, frequency: Frequency, told: Sequence[tuple[Message, datetime]], zone: str
) -> Text:
    title = translate(language, f"digests.title.{frequency}", count=len(told))
    lead = translate(language, f"digests.lead.{frequency}", count=len(told))
    parts = (
        _part(language, message, moment(at, zone, language=language), in_full=no < IN_FULL)
        for no, (message, at) in enumerate(told)
    )
    return Text(title, "\n\n".join((lead, *parts)))


def _part(language: str, message: Message, when: str, *, in_full: bool) -> str:
    text = message.text(language)
    source = message.source.get(language) or next(iter(message.source.values()), "")
    lines = [f"## {text.title}", f"*{source} · {when}*"]
    if in_full:
        lines.append(text.body)
    if message.url:
        lines.append(f"<{message.url}>")
    return "\n\n".join(lines)
