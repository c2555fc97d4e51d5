"""From a notice to its cause: words first, then codes; pure, and never harder than the evidence.

The class of a code says how long a refusal lasts, never whose fault it is: "5xx means a dead
address" is wrong two times out of three on public corpora of bounces.
"""

import re
from dataclasses import dataclass

from channels.email.bounces.causes import HARD, Cause
from channels.email.bounces.codes import REPLY, STATUS, by_provider, by_reply, by_status
from channels.email.bounces.marks import OWN_WORDS
from channels.email.bounces.notices import Notice, Stage
from channels.email.bounces.phrases import PHRASES

LONGEST = 2000  # characters of a diagnostic that are read
_PART = r"[^\s<>@,;:\"'()\[\]\u3000-\u303f\uff00-\uff20]+"
_ADDRESS = re.compile(rf"{_PART}@{_PART}\w")
_LINK = re.compile(r"(?:https?://|www\.)\S+")
_NOISE = re.compile(r"[<>\"()\[\]{}*…]|\.{2,}")
# Who said it is not what was said: "host mx.example.org said: 550 unknown user".
_SPEAKER = re.compile(
    r"(?:remote |receiving |mail )?(?:host|server|smtp server|mta)(?: \S+){0,4}?"
    r" (?:said|returned|answered|responded|replied|gave this error)\b:?"
)
_SPACE = re.compile(r"\s+")
_JOINED = re.compile(r"(?<=[a-z])_(?=[a-z])")  # ADDRESS_NOT_FOUND
_VAGUE = frozenset({Cause.EXPIRED, Cause.SYSTEM_ERROR, Cause.MAILER_ERROR, Cause.NETWORK_ERROR})
# Where words are alike, the status decides between a full disk and a full mailbox, and so on.
_TOLD_BY_STATUS = frozenset({Cause.SYSTEM_FULL, Cause.EXCEED_LIMIT})
_FOR_GOOD = 500
_ABOUT_US = frozenset({Stage.BEFORE, Stage.MAIL})
# What is said of an address also when the refusal names it only in passing.
_OWN_WORDS = re.compile(OWN_WORDS)
_SURE = re.compile(r"^[245]\.1\.(?:0|1|2|3|10|6|351)$")


@dataclass(frozen=True, slots=True)
class Judgement:
    """Why the mail came back, and whether the address is dead."""

    cause: Cause
    hard: bool
    status: str
    reply: int


def judge(notice: Notice) -> Judgement:
    """Return what *notice* comes to; hard only if the address itself is dead, for good."""
    raw = _SPACE.sub(" ", notice.words[:LONGEST]).strip().lower()
    status, reply = _codes(raw, notice.status)
    cause = _cause(notice, raw, status, reply)
    for_now = reply < _FOR_GOOD if reply else status.startswith("4") and bool(notice.words)
    hard = cause in HARD and not (for_now and cause is not Cause.NOT_ACCEPT)
    return Judgement(cause, hard, status, reply)


def telling(notice: Notice, *, alone: bool = False) -> bool:
    """Whether *notice* can be judged by its words; *alone*, vague ones do not do."""
    raw = _SPACE.sub(" ", notice.words[:LONGEST]).strip().lower()
    cause = by_provider(raw) or by_words(plain(raw), "")
    return cause is not None and not (alone and cause in _VAGUE)


def plain(words: str) -> str:
    """Return *words* as phrases expect them: no addresses, no links, single spaces."""
    text = _LINK.sub(" ", words.lower().replace("\u2019", "'").replace("`", "'"))
    text = _SPACE.sub(" ", _NOISE.sub(" ", _ADDRESS.sub("@", text))).strip()
    text = _JOINED.sub(" ", text)
    return _SPEAKER.sub(" ", text)


def _codes(raw: str, field: str) -> tuple[str, int]:
    told = STATUS.search(_ADDRESS.sub("@", _LINK.sub(" ", raw)))
    own = STATUS.search(field)
    said, status = (told[0] if told else ""), (own[0] if own else "")
    if said and not said.endswith(".0.0"):
        status = said
    reply = REPLY.search(_ADDRESS.sub("@", _LINK.sub(" ", raw)))
    return status or said, int(reply[1]) if reply else 0


def _cause(notice: Notice, raw: str, status: str, reply: int) -> Cause:
    if notice.action in {"delivered", "relayed", "expanded"} or status.startswith("2."):
        return Cause.DELIVERED
    cause = by_provider(raw) or by_words(plain(raw), status) or by_status(status)
    if notice.program and cause is not Cause.MAILBOX_FULL:
        return Cause.MAILER_ERROR
    return _doubted(notice, cause or by_reply(reply) or _rest(reply, status), status, plain(raw))


def by_words(words: str, status: str) -> Cause | None:
    """The first cause whose phrases *words* hold; a telling status decides between two."""
    found = [cause for cause, sign in PHRASES if sign.search(words)]
    certain = by_status(status)
    if certain in found and (_SURE.match(status) or certain in _TOLD_BY_STATUS):
        return certain
    return found[0] if found else None


def _doubted(notice: Notice, cause: Cause, status: str, words: str) -> Cause:
    """Weaken a verdict on the address that the circumstances do not bear out."""
    if cause in HARD and notice.stage in _ABOUT_US:
        return Cause.REJECTED
    if cause is not Cause.USER_UNKNOWN or _SURE.match(status) or _OWN_WORDS.search(words):
        return cause
    # After DATA, or nobody knows when: filters say "user unknown" to whom they dislike, and a
    # status of a mailbox (X.2.X) says that there is one.
    quoted = notice.quoted and notice.stage is Stage.UNSAID and status[1:3] != ".2"
    return cause if quoted or notice.stage is Stage.RCPT else Cause.FILTERED


def _rest(reply: int, status: str) -> Cause:
    if status.startswith("4"):
        return Cause.EXPIRED
    return Cause.UNDEFINED if not reply and not status else Cause.ON_HOLD
