"""The mails of the double opt-in, plain and warm. They hold nothing that the asker typed."""

import re
from datetime import datetime

from channels.base import Text
from service.subscribers.targets import Target
from service.web.dates import moment
from service.web.i18n import translate
from service.web.parsing import LANGUAGES

_MARKS = re.compile(r"([\\`*_\[\]<>&#|])")


def confirmation(target: Target, until: datetime, zone: str) -> dict[str, Text]:
    """Ask the owner of an address to accept or refuse *target*, by language."""
    return {
        language: _text(language, "confirm", target, until=moment(until, zone, language=language))
        for language in LANGUAGES
    }


def already(target: Target) -> dict[str, Text]:
    """Tell somebody who gets *target* that there is nothing to do, by language."""
    return {language: _text(language, "already", target) for language in LANGUAGES}


def labels(key: str) -> dict[str, str]:
    """The words of a button, by language."""
    return {language: translate(language, f"signup.mail.{key}") for language in LANGUAGES}


def consent_text(target: Target, locale: str) -> str:
    """What the form shows beside a page or list: what one consents to."""
    name, description = target.named(locale), target.described(locale)
    shown = translate(locale, f"signup.consent.{target.kind}", name=name)
    return f"{shown} {description}".strip()


def _text(language: str, mail: str, target: Target, **values: str) -> Text:
    name = target.named(language)
    plain = _MARKS.sub(r"\\\1", name)
    what = translate(language, f"signup.mail.{target.kind}", name=plain)
    body = translate(language, f"signup.mail.{mail}.body", what=what, **values)
    return Text(translate(language, f"signup.mail.{mail}.title", name=name), body)
