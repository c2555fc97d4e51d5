"""What a message says of itself to one recipient."""

from collections.abc import Sequence

WHY = {
    "fr": "Vous recevez ce message parce que vous suivez {sources}.",
    "en": "You receive this message because you follow {sources}.",
}
AND = {"fr": " et ", "en": " and "}


def why(locale: str, sources: Sequence[str]) -> str:
    """The line that says why somebody receives a message; "" for mail that is not bulk."""
    if not sources:
        return ""
    language = locale if locale in WHY else "en"
    *first, last = sources
    named = AND[language].join(filter(None, (", ".join(first), last)))
    return WHY[language].format(sources=named)


REPLY = {
    "fr": "Vous pouvez aussi répondre à ce courriel pour accepter, ou y répondre « non ».",
    "en": "You may also simply reply to this mail to accept, or reply “no” to refuse.",
}


def reply_hint(locale: str) -> str:
    """The line that says that a reply is an answer."""
    return REPLY.get(locale, REPLY["en"])
