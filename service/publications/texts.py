"""Whether what was written is complete: both parts of a language, every language promised."""

from collections.abc import Iterator, Mapping, Sequence

from channels.base import Text
from service.errors import Fault
from service.web.parsing import LANGUAGES


def unpaired(title: Mapping[str, str], body: Mapping[str, str]) -> Iterator[Fault]:
    """Yield each language in which only one of *title* and *body* was written."""
    for language in LANGUAGES:
        if (language in title) != (language in body):
            part = "body" if language in title else "title"
            yield Fault(f"/{part}/{language}", "is missing: write both, or neither", "missing")


def missing_languages(body: Mapping[str, str], promised: Sequence[str]) -> Iterator[Fault]:
    """Yield each language a page or list promises and *body* lacks: flagged, never refused."""
    instead = next(iter(body), "")
    for language in promised:
        if language not in body:
            yield Fault(
                f"/body/{language}",
                f"is missing: those who chose it will get {instead}",
                "missing_language",
            )


def texts(title: Mapping[str, str], body: Mapping[str, str]) -> dict[str, Text]:
    """Return the words of a message by language; a title that lacks one lends another."""
    lent = next(iter(title.values()))
    return {
        language: Text(title.get(language, lent), body[language])
        for language in LANGUAGES
        if language in body
    }
