"""Who a publication is for: a definition that is hashed, shown, and turned into one SELECT."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Audience:
    """The union of some pages' and lists' subscribers whose filters let the message through.

    Without *components* the message concerns its pages as a whole. *addresses* names single
    recipients instead, whatever their subscriptions.
    """

    pages: tuple[int, ...] = ()
    lists: tuple[int, ...] = ()
    category: str = ""
    severity: int = 0  # index into `SEVERITIES`
    components: tuple[int, ...] = ()
    addresses: tuple[int, ...] = ()
    subject: str = ""  # `event:k2j3…`: those who follow nothing else get it too
    reached: int = 0  # a rollout: exactly those it reached, or may have, and nobody else
    moment: int = 0  # of an event: a bit of `Moment`; 0: no event, or no matter
    nobody: bool = False  # what is told for the record: pages show it, and it is sent to nobody
    undone: str = ""  # `event:k2j3…`: but not those who said that they have done what it asks

    @property
    def targets(self) -> tuple[tuple[str, int], ...]:
        """What one can be subscribed to, in the order of the bits of `Delivery.matched`."""
        return (*(("page", each) for each in self.pages), *(("list", each) for each in self.lists))

    def to_json(self) -> dict[str, Any]:
        """The definition as a document."""
        return {key: list(v) if isinstance(v, tuple) else v for key, v in asdict(self).items()}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        """The definition a document holds."""
        values: dict[str, Any] = {
            key: tuple(v) if isinstance(v, list) else v for key, v in document.items()
        }
        return cls(**values)
