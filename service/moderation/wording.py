"""The mails that moderators and authors get. What others wrote stands in them as data."""

import re

from channels.base import Message, Text
from service.publications.models import Publication
from service.web.dates import moment
from service.web.i18n import translate
from service.web.parsing import LANGUAGES

_MARKS = re.compile(r"([\\`*_\[\]<>&#|~!+.()-])")


def notice(kind: str, publication: Publication, about: Message) -> dict[str, Text]:
    """Return a notice about *publication* by language; *kind* as in `Notice`."""
    word, _, rest = kind.partition(":")
    number = int(rest.partition("@")[0]) if rest else 0
    key = "escalated" if word == "reminder" and number > 1 else word
    if word in ("decided", "outcome"):
        key = f"{word}.{publication.state}"
    return {each: _text(each, key, publication, about) for each in LANGUAGES}


def labels(key: str) -> dict[str, str]:
    """The words of a button, by language."""
    return {each: translate(each, f"moderation.notice.{key}") for each in LANGUAGES}


def plain(text: str) -> str:
    """Return *text* so that Markdown shows it as it is."""
    return _MARKS.sub(r"\\\1", text)


def _text(language: str, key: str, publication: Publication, about: Message) -> Text:
    zone = str(publication.plan["fallback_zone"])
    title = about.text(language).title
    source = about.source.get(language) or next(iter(about.source.values()), "")
    body = translate(
        language,
        f"moderation.notice.{key}.body",
        title=plain(title),
        source=plain(source),
        category=translate(language, f"moderation.category.{publication.category}"),
        since=moment(publication.created_at, zone, language=language),
        until=moment(publication.expires_at, zone, language=language),
    )
    if publication.comment:
        quoted = "\n".join(f"> {plain(line)}" for line in publication.comment.splitlines())
        body = f"{body}\n\n{quoted}"
    return Text(translate(language, f"moderation.notice.{key}.title", title=title), body)
