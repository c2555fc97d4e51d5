"""These tests need no noun's routes but the ones that let people in."""

from collections.abc import Sequence

import pytest


@pytest.fixture
def nouns() -> Sequence[str]:
    return ("access",)
