"""The interface words of a mail, in the languages there are."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """All that a mail says by itself in one language; there is one of each language."""

    language: str
    categories: Mapping[str, str]
    stages: Mapping[str, str]  # `stage`, or `category/stage` where the word agrees with it
    states: Mapping[str, str]
    months: tuple[str, ...]
    weekdays: tuple[str, ...]  # from Monday
    colon: str
    published: str
    starts: str
    ends: str
    affected: str
    details: str
    unsubscribe: str
    preferences: str
    test: str

    def stage(self, category: str, stage: str) -> str | None:
        """Return what *stage* of *category* is called; None if we have no word for it."""
        return self.stages.get(f"{category}/{stage}", self.stages.get(stage))

    def day(self, moment: datetime) -> str:
        """Return the day and hour of *moment*, on whatever clock it is."""
        weekday, month = self.weekdays[moment.weekday()], self.months[moment.month - 1]
        return f"{weekday} {moment.day} {month} {moment.year}, {moment:%H:%M}"


FRENCH = Words(
    language="fr",
    categories={
        "incident": "Incident",
        "maintenance": "Maintenance",
        "action_required": "Action à effectuer",
        "announcement": "Annonce",
        "general_message": "Message général",
        "message": "Message",
        "confirmation": "Confirmation",
        "staff": "Équipe",
        "webhook": "Webhook",
    },
    stages={
        "investigating": "analyse en cours",
        "identified": "cause identifiée",
        "monitoring": "sous surveillance",
        "resolved": "résolu",
        "postmortem": "bilan",
        "scheduled": "prévue",
        "in_progress": "en cours",
        "verifying": "vérification",
        "completed": "terminée",
        "cancelled": "annulée",
        "retracted": "retirée",
        "published": "publiée",
        "open": "ouverte",
        "closed": "close",
        "ended": "terminée",
        "incident/retracted": "retiré",
        "general_message/published": "publié",
        "general_message/ended": "terminé",
        "general_message/retracted": "retiré",
    },
    states={
        "operational": "opérationnel",
        "minor_disruption": "perturbation mineure",
        "major_disruption": "perturbation majeure",
        "down": "non opérationnel",
        "maintenance": "maintenance",
    },
    months=(
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ),
    weekdays=("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
    colon=" : ",
    published="Publié",
    starts="Début",
    ends="Fin",
    affected="Services concernés",
    details="Voir le détail",
    unsubscribe="Se désinscrire",
    preferences="Modifier mes préférences",
    test="Ceci est un essai : il n'y a rien à faire.",
)

ENGLISH = Words(
    language="en",
    categories={
        "incident": "Incident",
        "maintenance": "Maintenance",
        "action_required": "Action required",
        "announcement": "Announcement",
        "general_message": "General message",
        "message": "Message",
        "confirmation": "Confirmation",
        "staff": "Staff",
        "webhook": "Webhook",
    },
    stages={
        "investigating": "investigating",
        "identified": "identified",
        "monitoring": "monitoring",
        "resolved": "resolved",
        "postmortem": "post-mortem",
        "scheduled": "scheduled",
        "in_progress": "in progress",
        "verifying": "verifying",
        "completed": "completed",
        "cancelled": "cancelled",
        "retracted": "retracted",
        "published": "published",
        "open": "open",
        "closed": "closed",
        "ended": "ended",
    },
    states={
        "operational": "operational",
        "minor_disruption": "minor disruption",
        "major_disruption": "major disruption",
        "down": "down",
        "maintenance": "maintenance",
    },
    months=(
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ),
    weekdays=("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    colon=": ",
    published="Published",
    starts="Start",
    ends="End",
    affected="Affected services",
    details="See the details",
    unsubscribe="Unsubscribe",
    preferences="Change my preferences",
    test="This is a test: nothing needs to be done.",
)

_LANGUAGES = {words.language: words for words in (ENGLISH, FRENCH)}


def words_for(*locales: str) -> Words:
    """Return the words of the first of *locales* that we speak, else the English ones."""
    for locale in locales:
        known = _LANGUAGES.get(locale.replace("_", "-").partition("-")[0].lower())
        if known is not None:
            return known
    return ENGLISH
