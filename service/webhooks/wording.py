"""The mails to owners of endpoints, plain and short. Nothing in them was typed by a stranger."""

from channels.base import Text
from service.web.i18n import translate
from service.web.parsing import LANGUAGES


def mail(what: str, **values: str) -> dict[str, Text]:
    """Return the mail about *what* (`claim`, `warned`, `suspended`), by language."""
    return {
        language: Text(
            translate(language, f"webhooks.mail.{what}.title", **values),
            translate(language, f"webhooks.mail.{what}.body", **values),
        )
        for language in LANGUAGES
    }


def labels() -> dict[str, str]:
    """Return the words of the button that leads to one's endpoints, by language."""
    return {language: translate(language, "webhooks.mail.manage") for language in LANGUAGES}
