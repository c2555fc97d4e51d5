"""docs/guarantees.md: each promise of the engine is proved by tests that exist and say so."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROW = re.compile(r"^\| (I\d+) \| .+ \| (.+) \|$", re.MULTILINE)
ROWS = ROW.findall((ROOT / "docs/guarantees.md").read_text())


@cache
def told(path):
    """What the tests of a file say of themselves, by the name pytest knows them by."""
    tree = ast.parse((ROOT / path).read_text())
    kinds = [(f"{each.name}::", each.body) for each in tree.body if isinstance(each, ast.ClassDef)]
    return {
        f"{prefix}{each.name}": ast.get_docstring(each) or ""
        for prefix, body in [("", tree.body), *kinds]
        for each in body
        if isinstance(each, ast.FunctionDef)
    }


def test_each_invariant_has_its_row():
    assert [name for name, _ in ROWS] == [f"I{number}" for number in range(1, 23)]


@pytest.mark.parametrize(("name", "tests"), ROWS, ids=[name for name, _ in ROWS])
def test_it_is_proved_by_tests_that_exist_and_name_it(name, tests):
    proofs = re.findall(r"`([^`:]+)::([^`]+)`", tests)
    assert proofs
    for path, test in proofs:
        assert test in told(path), f"{path} has no {test}"
        assert re.search(rf"\b{name}\b", told(path)[test]), f"{test} does not say it is of {name}"
