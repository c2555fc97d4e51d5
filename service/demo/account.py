"""Adds up what became of everybody, and compares it with what the far sides really got."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from service.demo.consumer import Received
from service.mailbox.store import Tally

ENDED = ("accepted", "rejected", "skipped", "cancelled")


@dataclass(frozen=True, slots=True)
class Account:
    """The balance of a rollout."""

    planned: int
    outcomes: Counter[tuple[str, str, str]]  # channel, state, reason
    mails: Tally
    webhooks: Received

    def total(self, state: str, channel: str = "") -> int:
        """How many ended in *state*, on *channel* or any."""
        return sum(
            number
            for (where, what, _), number in self.outcomes.items()
            if what == state and channel in ("", where)
        )

    @property
    def unaccounted(self) -> int:
        """Recipients of whom nobody can say what became."""
        return self.planned - sum(self.total(state) for state in ENDED)

    @property
    def duplicates(self) -> int:
        """Messages that somebody got twice."""
        return self.mails.letters - self.mails.recipients + self.webhooks.repeated

    @property
    def agrees(self) -> bool:
        """Whether what we recorded is what the far sides got, to the last one."""
        mails = (self.mails.letters, self.mails.message_ids, self.mails.recipients)
        return (
            set(mails) == {self.total("accepted", "email")}
            and len(self.webhooks.verified) == self.total("accepted", "webhook")
            and self.unaccounted == self.duplicates == self.webhooks.forged == 0
        )

    def to_json(self, seconds: float) -> dict[str, Any]:
        """The balance in a line for programs."""
        return {
            "planned": self.planned,
            "accepted": self.total("accepted"),
            "skipped": self.total("skipped"),
            "unaccounted": self.unaccounted,
            "duplicates": self.duplicates,
            "seconds": round(seconds, 1),
        }


def balance(
    planned: int, proof: Iterable[dict[str, Any]], mails: Tally, webhooks: Received
) -> Account:
    """Return the account of a rollout from its proof, recipient by recipient."""
    outcomes = Counter((each["channel"], each["state"], each["reason"]) for each in proof)
    return Account(planned, outcomes, mails, webhooks)
