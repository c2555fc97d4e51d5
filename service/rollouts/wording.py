"""What staff are mailed about rollouts."""

from channels.base import Text
from service.rollouts.models import PauseReason
from service.web.i18n import translate
from service.web.parsing import LANGUAGES


def asking(reason: PauseReason | None, titles: dict[str, str], why: str) -> dict[str, Text]:
    """Tell staff that a rollout needs them: paused for *reason*, or held; by language."""
    key = f"pause.{reason}" if reason else "held"
    return {
        language: Text(
            translate(language, "rollouts.mail.title", title=_in(titles, language)),
            translate(
                language,
                "rollouts.mail.body",
                title=_in(titles, language),
                state=translate(language, f"rollouts.mail.{key}"),
                why=why,
            ),
        )
        for language in LANGUAGES
    }


def labels() -> dict[str, str]:
    """The words of the button, by language."""
    return {language: translate(language, "rollouts.mail.button") for language in LANGUAGES}


def _in(words: dict[str, str], language: str) -> str:
    return words.get(language) or next(iter(words.values()), "")
