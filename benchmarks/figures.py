"""What a benchmark says last: a line of JSON a figure, beside what was asked of it.

A figure is the median of its rounds; its ratio is to the yardstick of the same run, where there is
one. A target bounds the one or the other; whether it is met is not known without a yardstick.
"""

import json
import os
import platform
import sys
from dataclasses import dataclass
from typing import Literal

Bounded = Literal["ratio", "value"]


@dataclass(frozen=True, slots=True)
class Target:
    """A bound of what is bounded: the least it may be, or the most."""

    bounded: Bounded
    bound: float
    at_most: bool = False

    def __str__(self) -> str:
        """As a table shows it."""
        return f"{self.bounded} {'≤' if self.at_most else '≥'} {self.bound:g}"

    def is_met(self, value: float, ratio: float | None) -> bool | None:
        """Whether a figure keeps it; None where that takes a yardstick that is missing."""
        found = value if self.bounded == "value" else ratio
        if found is None:
            return None
        return found <= self.bound if self.at_most else found >= self.bound


def at_least(bound: float, bounded: Bounded = "ratio") -> Target:
    """A target that more is better for."""
    return Target(bounded, bound)


def at_most(bound: float, bounded: Bounded = "value") -> Target:
    """A target that less is better for."""
    return Target(bounded, bound, at_most=True)


def announce(module: str, *more: str) -> None:
    """Print the command that *module*, the program's own name, was called by, and the machine."""
    print(f"command: python -m {module}", *sys.argv[1:])
    told = (f"{os.cpu_count()} cores", f"Python {platform.python_version()}", *more)
    print("machine:", ", ".join(told), flush=True)


def tell(
    figure: str,
    value: float,
    unit: str,
    *,
    ratio: float | None = None,
    target: Target | None = None,
) -> None:
    """Print a figure. *ratio*: to the yardstick of the same run."""
    told = {
        "figure": figure,
        "value": float(f"{value:.4g}"),
        "unit": unit,
        "ratio": None if ratio is None else round(ratio, 2),
        "target": str(target) if target else None,
        "met": target.is_met(value, ratio) if target else None,
    }
    print(json.dumps(told, ensure_ascii=False), flush=True)
