"""Every mail there is, as its reader gets it: each category and stage, in each language.

`python -m tests.channels.email.snapshots` writes them anew; look at what changed before committing.
"""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from channels.base import Message, Sender, Slots, Touched
from channels.email.rendition import Letter, splice
from service.deliveries.wording import about, why
from service.events.models import Category
from service.events.stages import STAGES
from tests.channels.email.factories import MONDAY, a_message, a_parcel, a_rendition, parsed, part

FOLDER = Path(__file__).parent / "snapshots"
LANGUAGES = ("fr", "en")
ENDED = {"resolved", "completed", "closed", "ended", "retracted", "cancelled", "postmortem"}
STATES = {"incident": "down", "maintenance": "maintenance"}
STYLE = re.compile(r' style="[^"]*"|<style>.*?</style>', re.DOTALL)

KINDS = {
    **{category.value: tuple(map(str, STAGES[category])) for category in Category},
    "message": ("",),
    "confirmation": ("",),
}


def a_told(category: str, stage: str) -> Message:
    """Return a message as events of *category* tell of *stage*."""
    is_planned = category == "maintenance"
    state = "operational" if stage in ENDED else STATES.get(category, "operational")
    impact = {} if stage in ENDED else {"fr": "Aucun courriel n’est lu.", "en": "No mail is read."}
    names = {"fr": "Webmail", "en": "Webmail"}
    sender = Sender(
        "Réseau",
        "status@notify.example.org",
        list_id="reseau.notify.example.org",
        help_url="https://notify.example.org/reseau/channels/",
        archive_url="https://notify.example.org/reseau/history/",
    )
    starts_at = MONDAY + (timedelta(days=1) if is_planned else timedelta(minutes=-20))
    has_time = category in STATES
    return a_message(
        category=category,
        stage=stage,
        type=f"{category}.updated",
        severity="critical" if category == "incident" else "none",
        sender=sender,
        subject="event:ev1",
        starts_at=starts_at if has_time else None,
        ends_at=starts_at + timedelta(hours=2) if is_planned else None,
        touched=(Touched("c1", names, state, impact),) if has_time else (),
        bulk=category != "confirmation",
    )


def a_letter(category: str, stage: str, language: str) -> Letter:
    """Return the mail of one recipient."""
    message = a_told(category, stage)
    slots = Slots()
    if message.bulk:
        slots = Slots(
            why=why(language, ["Réseau"], about(message)),
            unsubscribe_url="https://notify.example.org/u/" + "A" * 150,
            preferences_url="https://notify.example.org/p/" + "B" * 40,
            thread="d0",
            return_path="b+abcdefgh",
            unsubscribe_mail="u+abcdefgh",
            complaints="f+abcdefgh",
        )
    rendition = a_rendition(message, language, "Europe/Paris")
    return splice(rendition, a_parcel(1, rendition, slots=slots))


def shown(category: str, language: str) -> str:
    """Return all mails of *category*: heads unfolded, texts, and pages without their styles."""
    return "\n".join(_shown(category, language))


def _shown(category: str, language: str) -> Iterator[str]:
    for stage in KINDS[category]:
        mail = parsed(a_letter(category, stage, language).message())
        yield f"==== {category} {stage}".rstrip()
        yield from (f"{name}: {value}" for name, value in mail.items() if name != "Content-Type")
        yield f"---- text\n{part(mail, 'plain')}"
        yield f"---- html\n{STYLE.sub('', part(mail, 'html'))}"


def main() -> None:
    """Write them anew."""
    FOLDER.mkdir(exist_ok=True)
    for category in KINDS:
        for language in LANGUAGES:
            (FOLDER / f"{category}.{language}.txt").write_text(shown(category, language), "utf-8")


if __name__ == "__main__":
    main()
