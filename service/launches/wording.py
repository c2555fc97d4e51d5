"""What the parties of a launch are mailed."""

from collections.abc import Mapping

from channels.base import Text
from service.web.i18n import translate
from service.web.parsing import LANGUAGES


def news(title: str, kind: str) -> dict[str, Text]:
    """Tell that the launch called *title* begins or is over: by language."""
    return {
        language: Text(
            translate(language, f"launches.mail.{kind}_title", title=title),
            translate(language, f"launches.mail.{kind}_body", title=title),
        )
        for language in LANGUAGES
    }


def trouble(title: str, kind: str, why: str) -> dict[str, Text]:
    """Tell that the launch called *title* is in trouble: by language."""
    return {
        language: Text(
            translate(language, "launches.mail.title", title=title),
            translate(
                language,
                "launches.mail.body",
                title=title,
                what=translate(language, f"launches.mail.{kind}"),
                why=why,
            ),
        )
        for language in LANGUAGES
    }


def in_both(texts: Mapping[str, Text], first: str) -> dict[str, Text]:
    """Say all of *texts* to everybody, their own language first; to strangers, the *first*.

    Whom a house names as its contact may read neither as their own.
    """
    order = sorted(texts, key=lambda language: language != first)
    return {
        language: Text(
            texts[language].title,
            "\n\n".join(
                [
                    texts[language].body,
                    *(
                        f"{texts[other].title}\n{texts[other].body}"
                        for other in order
                        if other != language
                    ),
                ]
            ),
        )
        for language in order
    }


def button() -> dict[str, str]:
    """The words of the link, by language."""
    return {language: translate(language, "launches.mail.button") for language in LANGUAGES}
