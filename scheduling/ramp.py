"""Splits an audience into stages that grow, and says what a stage of some size can reveal."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import ClassVar

from scheduling.plan_fields import BadField, listing, number, table, text, whole

SMALLEST_STAGE = 45
"""People a stage needs before it can tell anything: a 5 % fault shows with a chance of 90 %."""


def _must_grow(steps: tuple[float, ...]) -> None:
    if not steps or not all(math.isfinite(step) and step > 0 for step in steps):
        raise BadField("steps", "must be numbers above 0")
    if not all(smaller < larger for smaller, larger in pairwise(steps)):
        raise BadField("steps", "must grow")


@dataclass(frozen=True, slots=True)
class Percent:
    """Stages that end at these percentages of the audience, the last being 100."""

    steps: tuple[float, ...] = (1, 5, 20, 50, 100)

    kind: ClassVar[str] = "percent"

    def __post_init__(self) -> None:
        _must_grow(self.steps)
        if self.steps[-1] != 100:  # noqa: PLR2004  the whole of anything
            raise BadField("steps", "must end at 100")

    def marks(self, audience: int) -> Iterator[int]:
        """Yield the number of people reached after each stage; may repeat itself."""
        for step in self.steps:
            # 0.1 is not a tenth in binary: the text of the number is what the plan's author meant.
            yield math.ceil(audience * Fraction(str(step)) / 100)

    def to_plan(self) -> dict[str, object]:
        """The JSON that `parse_growth` reads."""
        return {"kind": self.kind, "steps": list(self.steps)}


@dataclass(frozen=True, slots=True)
class Absolute:
    """Stages that end at these numbers of people; everyone else is the last stage."""

    steps: tuple[int, ...] = (100, 1_000, 10_000)

    kind: ClassVar[str] = "absolute"

    def __post_init__(self) -> None:
        _must_grow(self.steps)

    def marks(self, audience: int) -> Iterator[int]:
        """Yield the number of people reached after each stage; may exceed the audience."""
        yield from self.steps
        yield audience

    def to_plan(self) -> dict[str, object]:
        """The JSON that `parse_growth` reads."""
        return {"kind": self.kind, "steps": list(self.steps)}


@dataclass(frozen=True, slots=True)
class Geometric:
    """A first stage of *base* people, each next one *factor* times larger, none above *cap*."""

    base: int
    factor: float
    cap: int

    kind: ClassVar[str] = "geometric"

    def __post_init__(self) -> None:
        if self.base < 1:
            raise BadField("base", "must be at least 1")
        if not (math.isfinite(self.factor) and self.factor >= 1):
            raise BadField("factor", "must be at least 1")
        if self.cap < self.base:
            raise BadField("cap", "must be at least the base")

    def marks(self, audience: int) -> Iterator[int]:
        """Yield the number of people reached after each stage, up to the audience."""
        reached, size = 0, float(self.base)
        while reached < audience:
            reached += int(size)
            yield reached
            size = min(size * self.factor, float(self.cap))

    def to_plan(self) -> dict[str, object]:
        """The JSON that `parse_growth` reads."""
        return {"kind": self.kind, "base": self.base, "factor": self.factor, "cap": self.cap}


@dataclass(frozen=True, slots=True)
class Cohort:
    """A named filter: people of some *clients*, *regions* and *groups*; an empty one lets all by.

    Somebody belongs to the first cohort of a plan whose every filter names them.
    """

    name: str
    clients: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not (self.clients or self.regions or self.groups):
            raise BadField("first", f"{self.name} must name clients, regions or groups")

    @classmethod
    def from_plan(cls, raw: object, field: str) -> "Cohort":
        """Read {"name": "pilot", "groups": ["staff"]}; *field* is its path."""
        plan = table(raw, field, ("name", *_FILTERS))
        filters = {key: _names(plan[key], f"{field}/{key}") for key in _FILTERS if key in plan}
        return cls(text(plan.get("name"), f"{field}/name"), **filters)

    def to_plan(self) -> dict[str, object]:
        """The JSON that `from_plan` reads."""
        given = {key: list(getattr(self, key)) for key in _FILTERS if getattr(self, key)}
        return {"name": self.name, **given}


_FILTERS = ("clients", "regions", "groups")


def _names(raw: object, field: str) -> tuple[str, ...]:
    return tuple(text(each, field) for each in listing(raw, field))


@dataclass(frozen=True, slots=True)
class Cohorts:
    """Named cohorts first, a stage each, and *then* everybody else."""

    first: tuple[Cohort, ...]
    then: Percent | Absolute | Geometric = Percent()

    kind: ClassVar[str] = "cohorts"

    def __post_init__(self) -> None:
        names = [cohort.name for cohort in self.first]
        if not names or len(set(names)) < len(names):
            raise BadField("first", "must be cohorts with different names")

    def marks(self, audience: int) -> Iterator[int]:
        """Yield how many of everybody else are reached after each stage."""
        yield from self.then.marks(audience)

    def to_plan(self) -> dict[str, object]:
        """The JSON that `parse_growth` reads."""
        first = [cohort.to_plan() for cohort in self.first]
        return {"kind": self.kind, "first": first, "then": self.then.to_plan()}


Growth = Percent | Absolute | Geometric | Cohorts
"""How a rollout grows from a few people to everyone."""

DEFAULT_GROWTH = Percent()


def parse_growth(raw: object) -> Growth:
    """Read a growth from a plan's JSON. Raises BadField, a ValueError that names the field.

    {"kind": "percent", "steps": [1, 5, 20, 50, 100]}, {"kind": "absolute", "steps": [100, 1000]}
    or {"kind": "geometric", "base": 100, "factor": 3, "cap": 20000}, or {"kind": "cohorts",
    "first": [{"name": "pilot", "groups": ["staff"]}], "then": one of the others}.
    """
    plan = table(raw, "growth", ("kind", "steps", "base", "factor", "cap", "first", "then"))
    match text(plan.get("kind"), "kind"):
        case Percent.kind:
            plan = table(raw, "growth", ("kind", "steps"))
            steps = listing(plan.get("steps", DEFAULT_GROWTH.to_plan()["steps"]), "steps")
            return Percent(tuple(number(step, "steps") for step in steps))
        case Absolute.kind:
            plan = table(raw, "growth", ("kind", "steps"))
            steps = listing(plan.get("steps"), "steps")
            return Absolute(tuple(whole(step, "steps", 1) for step in steps))
        case Geometric.kind:
            plan = table(raw, "growth", ("kind", "base", "factor", "cap"))
            return Geometric(
                whole(plan.get("base"), "base", 1),
                number(plan.get("factor"), "factor"),
                whole(plan.get("cap"), "cap", 1),
            )
        case Cohorts.kind:
            return _cohorts(table(raw, "growth", ("kind", "first", "then")))
    raise BadField("kind", "must be one of percent, absolute, geometric, cohorts")


def _cohorts(plan: Mapping[str, object]) -> Cohorts:
    then = parse_growth(plan.get("then", DEFAULT_GROWTH.to_plan()))
    if isinstance(then, Cohorts):
        raise BadField("then", "must grow in percent, absolute or geometric steps")
    first = enumerate(listing(plan.get("first"), "first"))
    return Cohorts(tuple(Cohort.from_plan(each, f"first/{place}") for place, each in first), then)


def cumulative(growth: Growth, audience: int, min_stage: int = SMALLEST_STAGE) -> tuple[int, ...]:
    """The number of people reached after each stage: strictly increasing, everyone at last.

    A stage of fewer than *min_stage* people joins the next, and the last joins the one before.
    So an audience below twice *min_stage* is one stage, and no audience is no stage.
    """
    if audience < 0:
        raise BadField("audience", "must not be negative")
    if min_stage < 1:
        raise BadField("min_stage", "must be at least 1")
    ends = [0]
    for mark in growth.marks(audience):
        if mark - ends[-1] >= min_stage and audience - mark >= min_stage:
            ends.append(mark)
    return (*ends[1:], audience) if audience else ()


def people_needed(fault_share: float, chance: float = 0.9) -> int:
    """The fewest people of whom one meets a fault of *fault_share*, with this *chance*.

    Exact binomial: the smallest n with 1 - (1 - fault_share)^n ≥ chance. For a chance of 90 % that
    is 45 people at 5 %, 230 at 1 % and 2 302 at 0.1 %.
    """
    _must_be_share(fault_share, "fault_share")
    _must_be_share(chance, "chance")
    # Rounding must not ask for one more person when the quotient is whole.
    return math.ceil(math.log1p(-chance) / math.log1p(-fault_share) - 1e-9)


def reveals(people: int, chance: float = 0.9) -> float:
    """The smallest share of faulty messages that *people* show at least once, with this *chance*.

    The inverse of `people_needed`: 1 - (1 - chance)^(1/people).
    """
    if people < 1:
        raise BadField("people", "must be at least 1")
    _must_be_share(chance, "chance")
    return -math.expm1(math.log1p(-chance) / people)


def _must_be_share(share: float, field: str) -> None:
    if not 0 < share < 1:
        raise BadField(field, "must be between 0 and 1")
