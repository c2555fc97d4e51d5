"""A message as its readers will see it: the very mail, addressed to nobody."""

from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage

from channels.base import Address, Message, Parcel, Slots
from channels.email.rendition import Rendition, splice
from channels.registry import Registry, Unavailable

_NOBODY = Address("reader@example.org", "reader@example.org", "r…@example.org", "example.org")


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail taken apart."""

    subject: str
    sender: str
    text: str
    html: str
    size: int  # bytes


def letters(channels: Registry, message: Message, zone: str) -> dict[str, Letter]:
    """Return the mail in each language of *message*, for readers in *zone*."""
    return {language: letter(channels, message, language, zone) for language in message.texts}


def letter(channels: Registry, message: Message, language: str, zone: str) -> Letter:
    """Return the mail that readers of *language* in *zone* get; plain where mail is not enabled."""
    try:
        rendition = channels.push("email").render(message, language, zone)
    except Unavailable:
        rendition = None
    if not isinstance(rendition, Rendition):
        return _plain(message, language)
    # What is still being written has no id yet, and a mail needs one.
    spliced = splice(rendition, Parcel(message.id or "preview", 1, _NOBODY, rendition, Slots()))
    raw = spliced.message()
    mail = message_from_bytes(raw, policy=policy.default)
    return Letter(
        subject=str(mail["Subject"]),
        sender=str(mail["From"]),
        text=_part(mail, "plain"),
        html=_part(mail, "html"),
        size=len(raw),
    )


def _part(mail: EmailMessage, subtype: str) -> str:
    body = mail.get_body((subtype,))
    return str(body.get_content()).replace("\r\n", "\n") if body else ""


def _plain(message: Message, language: str) -> Letter:
    words = message.text(language)
    sender = f"{message.sender.name} <{message.sender.address}>"
    return Letter(words.title, sender, words.body, "", len(words.body.encode()))
