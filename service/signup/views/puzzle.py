"""One more question, asked of everybody while the form is abused: a sum, in words.

It keeps out what fills in any form it finds. No picture and no script, so that everybody can
answer it; the numbers are signed, good for an hour and for one answer.
"""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from werkzeug.datastructures import MultiDict

from service.access.keys import derive, every
from service.errors import TooMany, invalid
from service.web.i18n import t
from service.web.limits import limits

GOOD_FOR = timedelta(hours=1)
ONCE = "1 per 1 hour"
LARGEST = 9


@dataclass(frozen=True, slots=True)
class Puzzle:
    """A question and what the form hides to know it again."""

    token: str
    question: str


def pose(now: datetime) -> Puzzle:
    """Return a fresh question."""
    one, other = (1 + secrets.randbelow(LARGEST) for _ in range(2))
    stamp = f"{one}.{other}.{int(now.timestamp())}.{secrets.token_hex(4)}"
    words = {"one": t(f"signup.puzzle.n{one}"), "other": t(f"signup.puzzle.n{other}")}
    proof = _mac(derive("puzzle"), stamp).decode()
    return Puzzle(f"{stamp}.{proof}", t("signup.puzzle.question", **words))


def check(form: MultiDict[str, str], now: datetime) -> None:
    """Raise `Invalid` unless *form* answers a question of ours, and for the first time."""
    if not _is_right(form.get("puzzle", ""), form.get("answer", ""), now):
        raise invalid("/answer", "answer the question with a number", "puzzle")
    try:
        limits().take("puzzles", ONCE, form["puzzle"])
    except TooMany:
        raise invalid("/answer", "this question was answered before", "puzzle") from None


def _is_right(token: str, answer: str, now: datetime) -> bool:
    stamp, _, proof = token.rpartition(".")
    made = (_mac(key, stamp) for key in every("puzzle"))
    if not any(hmac.compare_digest(each, proof.encode("utf-8", "replace")) for each in made):
        return False
    one, other, at, _ = stamp.split(".")
    is_fresh = now.timestamp() - int(at) < GOOD_FOR.total_seconds()
    total = int(one) + int(other)
    return is_fresh and answer.strip().lower() in (str(total), t(f"signup.puzzle.n{total}"))


def _mac(key: bytes, stamp: str) -> bytes:
    text = stamp.encode("utf-8", "replace")
    return hmac.digest(key, text, "sha256").hex()[:32].encode()
