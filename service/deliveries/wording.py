"""What a message says of itself to one recipient."""

from collections.abc import Mapping, Sequence

from channels.base import Message

WHY = {
    "fr": "Vous recevez ce message parce que vous suivez {sources}.",
    "en": "You receive this message because you follow {sources}.",
}
AND = {"fr": " et ", "en": " and "}
ABOUT = {
    "fr": " Vos filtres l’ont laissé passer : {facets}.",
    "en": " Your filters let it through: {facets}.",
}
CATEGORIES = {
    "fr": {
        "incident": "incidents",
        "maintenance": "maintenances",
        "action_required": "actions à effectuer",
        "announcement": "annonces",
        "general_message": "messages généraux",
    },
    "en": {
        "incident": "incidents",
        "maintenance": "maintenances",
        "action_required": "actions required",
        "announcement": "announcements",
        "general_message": "general messages",
    },
}
SEVERITIES = {
    "fr": {"minor": "gravité mineure", "major": "gravité majeure", "critical": "gravité critique"},
    "en": {"minor": "minor severity", "major": "major severity", "critical": "critical severity"},
}
MOST = 3  # components that are named


def why(locale: str, sources: Sequence[str], about: Mapping[str, str]) -> str:
    """The line that says why somebody receives a message; "" for mail that is not bulk."""
    if not sources:
        return ""
    language = locale if locale in WHY else "en"
    *first, last = sources
    named = AND[language].join(filter(None, (", ".join(first), last)))
    return WHY[language].format(sources=named) + about.get(language, "")


def about(message: Message) -> dict[str, str]:
    """What filters could look at in *message*, as the end of the line, by language."""
    return {language: _about(message, language) for language in WHY}


def _about(message: Message, language: str) -> str:
    category = CATEGORIES[language].get(message.category)
    if category is None:
        return ""
    names = [in_language(touched.name, language) for touched in message.touched]
    if len(names) > MOST:
        names[MOST:] = ["…"]
    severity = SEVERITIES[language].get(message.severity)
    return ABOUT[language].format(facets=", ".join(filter(None, (category, severity, *names))))


def in_language(words: Mapping[str, str], language: str) -> str:
    """Return *words* in *language*, else in the first there is."""
    return words.get(language) or next(iter(words.values()), "")


REPLY = {
    "fr": "Vous pouvez aussi répondre à ce courriel pour accepter, ou y répondre « non ».",
    "en": "You may also simply reply to this mail to accept, or reply “no” to refuse.",
}


def reply_hint(locale: str) -> str:
    """The line that says that a reply is an answer."""
    return REPLY.get(locale, REPLY["en"])
