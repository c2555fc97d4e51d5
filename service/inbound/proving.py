"""What a mail says of itself before anybody reads it: loops, machines, replies, proof. Pure."""

import re
from collections.abc import Collection, Iterator
from email.message import Message
from email.utils import getaddresses

MOST_HOPS = 30
_MACHINES = ("X-Auto-Response-Suppress", "X-Autoreply", "X-Autorespond", "X-Mail-Autoreply")
_COMMENT = re.compile(r"\([^()]*\)")
_DKIM = re.compile(r"\bdkim\s*=\s*(\w+)\b(.*)", re.IGNORECASE | re.DOTALL)
_SIGNED_BY = re.compile(r"header\.(?:d|i)\s*=\s*\"?@?([^\s;\"]+)", re.IGNORECASE)


def author(message: Message) -> str:
    """The address in From, in small letters; "" where there is not exactly one."""
    values = [str(value) for value in message.get_all("From") or []]
    found = [address for _, address in getaddresses(values) if "@" in address]
    return found[0].lower() if len(found) == 1 and len(values) == 1 else ""


def is_machine(message: Message) -> bool:
    """Whether a program answered by itself (RFC 3834 and the habits before it)."""
    submitted = str(message.get("Auto-Submitted") or "no").split(";")[0].strip().lower()
    precedence = str(message.get("Precedence") or "").strip().lower()
    return (
        submitted != "no"
        or precedence in ("bulk", "junk", "auto_reply")
        or any(message.get(name) for name in _MACHINES)
    )


def is_loop(message: Message, host: str) -> bool:
    """Whether this has been here before, or turns between two machines."""
    marks = " ".join(
        str(value)
        for name in ("List-Id", "X-Loop", "X-BeenThere", "Delivered-To")
        for value in message.get_all(name) or []
    ).lower()
    ours = re.search(rf"(?<![\w-])(?:[\w+-]+[.@])?{re.escape(host.lower())}(?![\w.-])", marks)
    named = any(message.get(name) for name in ("List-Id", "X-Loop", "X-BeenThere"))
    return bool(ours and named) or len(message.get_all("Received") or []) > MOST_HOPS


def is_reply_to_us(message: Message, host: str) -> bool:
    """Whether it answers a message that we sent: those are never relayed."""
    named = " ".join(
        str(value)
        for name in ("In-Reply-To", "References")
        for value in message.get_all(name) or []
    )
    return re.search(rf"<d\.[^\s<>@]+@{re.escape(host)}>", named, re.IGNORECASE) is not None


def is_proven(message: Message, address: str, trusted: Collection[str]) -> bool:
    """Whether a server we trust found an aligned DKIM signature of *address*'s domain (RFC 8601).

    Only what stands above the first Authentication-Results of anybody else is believed: whoever
    sends a mail can write such headers, but below those of the servers it passes later.
    """
    domain = address.rpartition("@")[2].lower()
    for verdict in _believed(message, {name.lower() for name in trusted}):
        for part in _COMMENT.sub(" ", verdict).split(";")[1:]:
            found = _DKIM.search(part)
            if found is None or found[1].lower() != "pass":
                continue
            if any(_aligned(signer, domain) for signer in _SIGNED_BY.findall(found[2])):
                return True
    return False


def _believed(message: Message, trusted: Collection[str]) -> Iterator[str]:
    for value in message.get_all("Authentication-Results") or []:
        verdict = " ".join(str(value).split())
        server = verdict.partition(";")[0].split(" ")[0].strip().lower()
        if server not in trusted:
            return
        yield verdict


def _aligned(signer: str, domain: str) -> bool:
    """Strict alignment: no list of public suffixes can be wrong."""
    return signer.rpartition("@")[2].lower().rstrip(".") == domain
