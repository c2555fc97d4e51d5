"""Decides what becomes of what somebody submits: refused, held, or trusted. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from service.moderation.models import Stance

#: From the strictest to the most lenient.
_ORDER = (Stance.REFUSED, Stance.MODERATED, Stance.TRUSTED)


@dataclass(frozen=True, slots=True)
class Rule:
    """An exception; "" stands for every category, or for every page and list."""

    stance: Stance
    category: str = ""
    target: str = ""  # `page:3`, `list:1`

    def fits(self, category: str, target: str) -> bool:
        """Whether it speaks of *category* at *target*."""
        return self.category in ("", category) and self.target in ("", target)

    @property
    def weight(self) -> int:
        """How specific it is: where it speaks of a page or list counts before what it is about."""
        return 2 * bool(self.target) + bool(self.category)


@dataclass(frozen=True, slots=True)
class Ruling:
    """A stance and the rule it comes from; None for the sender's own stance."""

    stance: Stance
    rule: Rule | None = None


def rule(default: Stance, rules: Sequence[Rule], category: str, targets: Sequence[str]) -> Ruling:
    """Return what becomes of a submission of *category* to *targets*.

    For each target the most specific rule wins; of several targets the strictest.
    """
    rulings = [_at(default, rules, category, target) for target in targets or ("",)]
    return min(rulings, key=lambda each: _ORDER.index(each.stance))


def _at(default: Stance, rules: Sequence[Rule], category: str, target: str) -> Ruling:
    fitting = [each for each in rules if each.fits(category, target)]
    best = max(fitting, key=lambda each: each.weight, default=None)
    return Ruling(best.stance, best) if best else Ruling(default)
