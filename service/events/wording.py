"""Texts of the service's own about events, in French and English."""

from datetime import datetime

from service.web.dates import span

Times = tuple[datetime | None, datetime | None]

_MOVED = {
    "fr": "**Nouvel horaire :** {now}\n\n**Au lieu de :** {before}",
    "en": "**New time:** {now}\n\n**Instead of:** {before}",
}

#: What a maintenance says by itself, by kind.
ITSELF = {
    "started": {
        "fr": "La maintenance a commencé, comme prévu.",
        "en": "The maintenance has begun as planned.",
    },
    "completed": {
        "fr": "La maintenance est terminée, comme prévu.",
        "en": "The maintenance has ended as planned.",
    },
    "reminder": {
        "fr": "Rappel : cette maintenance commence dans une heure environ.",
        "en": "Reminder: this maintenance begins in about an hour.",
    },
    "undone": {
        "fr": "Rappel : la date limite approche. Si c’est fait, dites-le sur votre page de "
        "préférences : vous ne serez plus relancé.",
        "en": "Reminder: the deadline is near. If it is done, say so on your preference page: you "
        "will not be reminded again.",
    },
}

_PROMISED = {
    "fr": ("Mise à jour promise : {title}", ("Une mise à jour était promise pour {at}. Donnez des "
           "nouvelles, même s’il n’y en a pas.")),
    "en": ("Update promised: {title}", ("An update was promised for {at}. Say how it stands, even "
           "if nothing is new.")),
}  # fmt: skip

_DUTY = {
    "fr": ("Votre rôle : {name}", "Vous avez désormais le rôle « {name} » pour {page}.\n\n{tasks}"),
    "en": ("Your role: {name}", "You now have the role “{name}” for {page}.\n\n{tasks}"),
}

Letter = dict[str, tuple[str, str]]


def moved(language: str, body: str, zone: str, before: Times, now: Times) -> str:
    """Return *body* followed by the old and the new time, on the clock of *zone*, said once."""
    told = _MOVED[language].format(
        now=_span(now, zone, language), before=_span(before, zone, language)
    )
    return body if body.endswith(told) else f"{body}\n\n{told}"


def promised(titles: dict[str, str], at: dict[str, str]) -> Letter:
    """Return the mail to staff whose promise of news has passed: title and body by language."""
    return {
        language: (title.format(title=titles[language]), body.format(at=at[language]))
        for language, (title, body) in _PROMISED.items()
    }


def duty(name: str, tasks: str, pages: dict[str, str]) -> Letter:
    """Return the mail to whoever was given a role."""
    return {
        language: (
            title.format(name=name),
            body.format(name=name, page=pages[language], tasks=tasks).strip(),
        )
        for language, (title, body) in _DUTY.items()
    }


def _span(times: Times, zone: str, language: str) -> str:
    begins, ends = times
    return span(begins, ends, zone, language) if begins else "—"
