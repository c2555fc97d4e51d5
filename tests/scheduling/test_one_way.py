"""I8: the engine goes from instants to clocks only, never from a clock's time to an instant."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

# zones.py defines both ways; recurrence.py reads what people type: "every first Tuesday at 06:00".
EXEMPT = {"zones.py", "recurrence.py"}
ROOT = Path(__file__).parents[2]
ENGINE = sorted(
    path
    for folder in ("scheduling", "service/deliveries", "service/rollouts")
    for path in (ROOT / folder).rglob("*.py")
    if path.name not in EXEMPT and "views" not in path.parts
)
BACKWARDS = {"to_utc", "day_edges", "localize", "is_dst", "fold"}


def named(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Attribute(attr=name) | ast.Name(id=name) | ast.alias(name=name):
                yield name
            case ast.keyword(arg=str(name)):
                yield name


@pytest.mark.parametrize("path", ENGINE, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_engine_never_turns_a_clocks_time_into_an_instant(path: Path):
    """I8."""
    assert BACKWARDS.isdisjoint(named(path))
