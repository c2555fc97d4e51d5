"""The header lines of a message that are the same for all its recipients."""

import re
from datetime import UTC
from email.utils import format_datetime

from channels.base import Message, Sender
from channels.email import headers
from channels.email.facts import Facts

_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
_NOT_TOKEN = re.compile(r"[^A-Za-z0-9._-]+")


def static_head(message: Message, facts: Facts, host: str, boundary: str) -> bytes:
    """Return the header lines of *message* that every recipient gets; raises `Refused`."""
    sender = message.sender
    published = format_datetime(message.published_at.astimezone(UTC))
    address = headers.ascii_address("sender.address", sender.address)
    lines = [
        headers.plain("Date", published),
        headers.mailbox("From", sender.name, address),
        _reply_to(sender),
        headers.text("Subject", _subject(facts)),
        headers.plain("Auto-Submitted", "auto-generated"),
        _list_head(message, facts, host) if message.bulk else b"",
    ]
    if _LANGUAGE.fullmatch(facts.language):
        lines.append(headers.plain("Content-Language", facts.language))
    lines.append(headers.plain("MIME-Version", "1.0"))
    lines.append(f'Content-Type: multipart/alternative;\r\n boundary="{boundary}"\r\n'.encode())
    return b"".join(lines)


def _subject(facts: Facts) -> str:
    # No stage in it: some clients thread by subject, and an event is one thread.
    prefix = f"[{facts.source}] " if facts.source and facts.source not in facts.title else ""
    return f"{'[TEST] ' if facts.test else ''}{prefix}{facts.title}"


def _reply_to(sender: Sender) -> bytes:
    if not sender.reply_to:
        return b""
    address = headers.ascii_address("sender.reply_to", sender.reply_to)
    return headers.mailbox("Reply-To", "", address)


def _list_head(message: Message, facts: Facts, host: str) -> bytes:
    sender = message.sender
    owner = headers.ascii_address("sender.reply_to", sender.reply_to or sender.address)
    lines = [
        headers.plain("Precedence", "list"),
        headers.list_id(facts.source or sender.name, sender.list_id or ""),
        headers.plain("List-Post", "NO"),
        headers.uris("List-Owner", [f"mailto:{owner}"]),
        headers.plain("Feedback-ID", _feedback_id(message, host)),
    ]
    for name, url in (("List-Help", sender.help_url), ("List-Archive", sender.archive_url)):
        if url and headers.safe_url(url):
            lines.append(headers.uris(name, [url]))
    return b"".join(lines)


def _feedback_id(message: Message, host: str) -> str:
    # Campaign, customer, mail type, sender: the last must stay the same, in 5 to 15 characters.
    parts = (message.id[:60], message.subject[:60], message.category[:30], host[:15])
    return ":".join(_NOT_TOKEN.sub("-", part) or "-" for part in parts)
