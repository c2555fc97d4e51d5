"""The mails of the double opt-in, plain and warm. They hold nothing that the asker typed."""

import re
from datetime import datetime

from channels.base import Text
from service.access.links import CODE_SLOT
from service.subscribers.targets import Target
from service.web.dates import moment
from service.web.i18n import translate
from service.web.parsing import LANGUAGES

_ESCAPED = r"\\\1"
_MARKS = re.compile(r"([\\`*_\[\]<>&#|])")


def question(kind: str, target: Target, until: datetime, zone: str) -> dict[str, Text]:
    """Ask the owner of an address to accept or refuse *target*, by language.

    *kind*: `confirm` where somebody asked for it, `invite` where a program proposes it.
    """
    return {
        language: _text(language, kind, target, until=moment(until, zone, language=language))
        for language in LANGUAGES
    }


def already(target: Target) -> dict[str, Text]:
    """Tell somebody who gets *target* that there is nothing to do, by language."""
    return {language: _text(language, "already", target) for language in LANGUAGES}


def own(letter: str, until: datetime | None = None, zone: str = "UTC") -> dict[str, Text]:
    """A letter that the owner of an address asked for, by language."""
    texts = {}
    for language in LANGUAGES:
        ends = moment(until, zone, language=language) if until else ""
        title = translate(language, f"signup.mail.{letter}.title")
        texts[language] = Text(title, translate(language, f"signup.mail.{letter}.body", until=ends))
    return texts


def code() -> dict[str, Text]:
    """The digits for an address that is read elsewhere than in mail, by language."""
    return {
        language: Text(
            translate(language, "signup.mail.code.title", code=CODE_SLOT),
            translate(language, "signup.mail.code.body"),
        )
        for language in LANGUAGES
    }


def labels(key: str) -> dict[str, str]:
    """The words of a button, by language."""
    return {language: translate(language, f"signup.mail.buttons.{key}") for language in LANGUAGES}


def consent_text(target: Target, locale: str) -> str:
    """What the form shows beside a page or list: what one consents to."""
    name, description = target.named(locale), target.described(locale)
    shown = translate(locale, f"signup.consent.{target.kind}", name=name)
    return f"{shown} {description}".strip()


def _text(language: str, mail: str, target: Target, **values: str) -> Text:
    name = target.named(language)
    plain = _MARKS.sub(_ESCAPED, name)
    what = translate(language, f"signup.mail.{target.kind}", name=plain)
    described = target.described(language)
    about = f"> {_MARKS.sub(_ESCAPED, ' '.join(described.split()))}" if described else ""
    body = translate(language, f"signup.mail.{mail}.body", what=what, about=about, **values)
    return Text(translate(language, f"signup.mail.{mail}.title", name=name), body)
