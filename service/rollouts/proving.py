"""The proof of a rollout, recipient by recipient: as lines that can be streamed for hours.

Each page is read in a transaction of its own, so that none is held open while somebody downloads.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from service.deliveries.models import Outcome
from service.deliveries.queries.people import source_names
from service.publications.freezing import thaw
from service.publications.models import Publication
from service.rollouts.models import Rollout, Stage
from service.rollouts.queries import accounting, states
from service.rollouts.queries.accounting import Recipient
from service.runtime import Runtime
from service.subscribers.audience import Audience
from service.web import spreadsheets

PAGE = 1_000


class Format(StrEnum):
    """How the proof is written."""

    CSV = "csv"
    JSONL = "jsonl"


MEDIA_TYPES = {Format.CSV: spreadsheets.MEDIA_TYPE, Format.JSONL: "application/jsonl"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which proof: of which rollout, in which form, with addresses masked or whole."""

    rollout_id: int
    form: Format
    is_whole: bool = False


def proof(rt: Runtime, wanted: Wanted) -> Iterator[tuple[int, bytes]]:
    """Yield (how many recipients, their lines); the first is 0 and the head of a CSV."""
    with rt.read() as session:
        known = _Known(session, session.get_one(Rollout, wanted.rollout_id))
    yield 0, spreadsheets.lines([_COLUMNS]) if wanted.form is Format.CSV else b""
    after, more = 0, True
    while more:
        with rt.read() as session:
            page = accounting.recipients(session, wanted.rollout_id, after, PAGE)
            if not page:
                return
            first, after = page[0].n, page[-1].n
            tries = accounting.attempts(session, wanted.rollout_id, first, after)
            lines = [known.line(each, tries.get(each.n, ()), wanted) for each in page]
        more = len(page) == PAGE
        yield len(page), _written(lines, wanted.form)


_COLUMNS = (
    "n", "channel", "address", "timezone", "chosen_language", "language", "rule", "stage",
    "schedule_class", "version", "state", "reason", "attempts", "last_at", "result", "code",
    "answer", "reference",
)  # fmt: skip


class _Known:
    """What is the same for every recipient of a rollout."""

    def __init__(self, session: Session, rollout: Rollout) -> None:
        publication = session.get_one(Publication, rollout.publication_id)
        audience = Audience.from_json(publication.audience)
        names = source_names(session, audience.pages, audience.lists)
        self.targets = [
            f"{kind} {next(iter(names.get((kind, key), {}).values()), key)}"
            for kind, key in audience.targets
        ]
        self.version = publication.hash
        self.message = thaw(publication.content)
        self.stages: Sequence[Stage] = states.stages(session, rollout.id)

    def line(self, each: Recipient, tries: Sequence[Outcome], wanted: Wanted) -> dict[str, Any]:
        """One recipient's account; *attempts* as a list."""
        stage = next((it.no for it in self.stages if it.rank_lo <= each.rank <= it.rank_hi), None)
        return {
            "n": each.n,
            "channel": each.channel,
            "address": each.value if wanted.is_whole else each.shown,
            "timezone": each.timezone,
            "chosen_language": each.locale,
            "language": language_of(self.message.texts, each.locale),
            "rule": "; ".join(rules(self.targets, each.matched)),
            "stage": stage,
            "schedule_class": each.segment,
            "version": self.version,
            "state": each.state,
            "reason": each.reason,
            "attempts": [
                {
                    "attempt": one.attempt,
                    "at": one.at.isoformat(),
                    "result": one.result,
                    "reason": one.reason,
                    "code": one.code,
                    "answer": one.detail,
                    "reference": one.reference,
                }
                for one in tries
            ],
        }


def rules(targets: Sequence[str], matched: int) -> list[str]:
    """Which of *targets* selected somebody, by the bits of their delivery."""
    return [name for bit, name in enumerate(targets) if matched >> bit & 1]


def language_of(written: Sequence[str] | dict[str, Any] | Any, chosen: str) -> str:
    """The language somebody reads who chose one: that, or the first there is."""
    return chosen if chosen in written else next(iter(written))


def _written(lines: Sequence[dict[str, Any]], form: Format) -> bytes:
    if form is Format.JSONL:
        return "".join(f"{json.dumps(each, ensure_ascii=False)}\n" for each in lines).encode()
    return spreadsheets.lines(map(_row, lines))


def _row(line: dict[str, Any]) -> list[Any]:
    tries = line["attempts"]
    last = tries[-1] if tries else {}
    flat = {
        **line,
        "attempts": len(tries),
        "last_at": last.get("at", ""),
        **{key: last.get(key, "") for key in ("result", "code", "answer", "reference")},
    }
    return [flat[name] for name in _COLUMNS]
