"""Messages, parcels and channels as the tests of e-mail like them."""

import time
from datetime import UTC, datetime, timedelta
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from typing import Any

from channels.base import (
    Host,
    HttpReply,
    Link,
    Message,
    Outcome,
    Parcel,
    Sender,
    Slots,
    Text,
    Touched,
)
from channels.email.address import parse_address
from channels.email.channel import EmailChannel
from channels.email.config import EmailConfig
from channels.email.rendition import splice

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
LONG = "https://notify.example.org/u/" + "A" * 120 + "?list=travaux&from=mail"
SLOTS = Slots(
    why="Vous suivez « Travaux » : incidents.",
    unsubscribe_url=LONG,
    preferences_url="https://notify.example.org/p/abc?x=1&y=2",
)


class NoDoor:
    """An e-mail channel never goes out over HTTP."""

    def post(self, url: str, body: bytes, headers: object, seconds: float) -> HttpReply:
        raise AssertionError(f"e-mail went out over HTTP to {url}")


def an_hour_east(zone: str, at: datetime) -> datetime:
    """Tell the wall clock of a country that is always one hour ahead."""
    return (at.astimezone(UTC) + timedelta(hours=1)).replace(tzinfo=None)


HOST = Host("https://notify.example.org", NoDoor(), an_hour_east)


def a_channel(port: int = 1, scheme: str = "smtp", query: str = "", **config: Any) -> EmailChannel:
    """Return a channel towards *port* of this machine."""
    login = config.pop("login", "")
    settings = EmailConfig.model_validate(
        {
            "smtp_url": f"{scheme}://{login}127.0.0.1:{port}{query}",
            "mail_host": "notify.example.org",
            **config,
        }
    )
    return EmailChannel(settings, HOST)


def a_message(**changes: Any) -> Message:
    """Return an incident in two languages."""
    usual: dict[str, Any] = {
        "id": "pub1",
        "type": "incident.updated",
        "category": "incident",
        "stage": "identified",
        "severity": "major",
        "texts": {
            "fr": Text("Connexion dégradée", "Nous voyons des **erreurs**.\n\n- réessayez"),
            "en": Text("Sign-in is slow", "We see **errors**.\n\n- try again"),
        },
        "sender": Sender(
            "Équipe « Réseau »",
            "status@notify.example.org",
            list_id="travaux.notify.example.org",
            help_url="https://notify.example.org/help",
            archive_url="https://notify.example.org/archive",
        ),
        "source": {"fr": "Réseau", "en": "Network"},
        "url": "https://status.example.org/events/1",
        "subject": "evt1",
        "sequence": 2,
        "published_at": MONDAY,
        "starts_at": MONDAY - timedelta(minutes=20),
        "touched": (
            Touched("c1", {"fr": "Connexion", "en": "Sign-in"}, "major_disruption", {"fr": "lent"}),
        ),
        "links": (Link({"fr": "Suivre", "en": "Follow"}, "https://status.example.org/f?a=1&b=2"),),
    }
    return Message(**(usual | changes))


def a_rendition(message: Message | None = None, locale: str = "fr", zone: str = "Test/East") -> Any:
    """Return *message* compiled."""
    return a_channel().render(message or a_message(), locale, zone)


def a_parcel(number: int = 1, rendition: Any = None, **changes: Any) -> Parcel:
    """Return the parcel of one person."""
    usual: dict[str, Any] = {
        "id": f"d{number}",
        "attempt": 1,
        "address": parse_address(f"person{number}@example.org"),
        "rendition": rendition or a_rendition(),
        "slots": SLOTS,
    }
    return Parcel(**(usual | changes))


def parcels(count: int) -> list[Parcel]:
    """Return the parcels of *count* people."""
    rendition = a_rendition()
    return [a_parcel(number, rendition) for number in range(count)]


def written(parcel: Parcel) -> bytes:
    """Return the mail of *parcel* as it travels."""
    return splice(parcel.rendition, parcel).message()


def parsed(data: bytes) -> EmailMessage:
    """Return a mail as a strict reader sees it."""
    return BytesParser(policy=policy.default).parsebytes(data)


def part(message: EmailMessage, subtype: str) -> str:
    """Return the decoded text of one part."""
    body = message.get_body((subtype,))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


def sent(channel: EmailChannel, parcels: list[Parcel], seconds: float = 20) -> list[Outcome]:
    """Send and wait for every outcome, in the order of the parcels."""
    outcomes = {o.parcel.id: o for o in channel.send(parcels, time.monotonic() + seconds)}
    assert len(outcomes) == len(parcels)
    return [outcomes[parcel.id] for parcel in parcels]
