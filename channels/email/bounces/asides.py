"""Mails that come back and are no bounces: complaints (RFC 5965), automatic replies (3834)."""

import re

from channels.email.bounces.marks import AWAY, DAEMON
from channels.email.bounces.reading import Mail

_FIELD = re.compile(r"^([A-Za-z][\w-]*):[ \t]*(.*)$", re.MULTILINE)
_ADDRESS = re.compile(r"[^\s<>@,;:\"()\[\]\u3000-\u303f\uff00-\uff20]+@[\w\-]+(?:\.[\w\-]+)+")
_TO = re.compile(r"^to:[ \t]*(.*(?:\n[ \t].*)*)", re.MULTILINE | re.IGNORECASE)
_AWAY = re.compile(rf"^(?:re: ?)?{AWAY}", re.IGNORECASE)
_DAEMON = re.compile(DAEMON, re.IGNORECASE)
_COMPLAINT = re.compile(
    r"complaint about (?:a )?message from|email abuse report|feedback-type:", re.IGNORECASE
)
_ANSWERING = (
    "X-Auto-Response-Suppress",
    "X-Autoreply",
    "X-Autorespond",
    "X-Autoresponder",
    "X-Mail-Autoreply",
)


def is_daemon(mail: Mail) -> bool:
    """Whether a mail system wrote *mail*, by its From."""
    return _DAEMON.search(mail.header("From")) is not None


def is_feedback(mail: Mail) -> bool:
    """Whether *mail* reports a complaint or an authentication failure."""
    if mail.feedback or "feedback-report" in str(mail.headers.get("Content-Type") or "").lower():
        return True
    return not mail.fields and bool(
        mail.headers.get("X-HmXmrOriginalRecipient") or _COMPLAINT.match(mail.header("Subject"))
    )


def feedback_type(mail: Mail) -> str:
    """`abuse`, `fraud`, `opt-out`, `auth-failure` …; `abuse` where none is given."""
    fields = {name.lower(): value for name, value in _FIELD.findall(mail.feedback)}
    return str(fields.get("feedback-type", "abuse")).strip().lower()


def complainants(mail: Mail) -> list[str]:
    """The addresses whose readers complained, as far as the report says."""
    fields = [
        value
        for name, value in _FIELD.findall(mail.feedback)
        if name.lower() in {"original-rcpt-to", "removal-recipient"}
    ]
    named = _ADDRESS.findall(" ".join(fields)) or _ADDRESS.findall(
        str(mail.headers.get("X-HmXmrOriginalRecipient") or "")
    )
    return list(dict.fromkeys(named)) or addressees(mail)


def addressees(mail: Mail) -> list[str]:
    """Whom the returned mail was addressed to, as far as it came along."""
    to = _TO.search(mail.returned) or _TO.search(mail.notes)
    return list(dict.fromkeys(_ADDRESS.findall(to[1]))) if to else []


def is_automatic_reply(mail: Mail) -> bool:
    """Whether a person's mailbox answered by itself (RFC 3834, and the habits before it)."""
    if mail.fields or mail.headers.get("X-Failed-Recipients") or is_daemon(mail):
        return False
    if _AWAY.search(mail.header("Subject").strip()):
        return True
    if any(mail.headers.get(name) for name in _ANSWERING):
        return True
    precedence = mail.header("Precedence").lower()
    submitted = mail.header("Auto-Submitted").lower()
    return "auto_reply" in precedence or submitted.startswith(("auto-replied", "auto-generated"))
