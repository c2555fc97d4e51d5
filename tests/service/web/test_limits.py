"""service.web.limits"""

import pytest

from service.errors import TooMany
from service.web.limits import Limits


class TestLimits:
    def test_what_is_over_the_limit_waits(self):
        limits = Limits("memory://")
        assert [limits.take("x", "2/minute", "ada").left for _ in range(2)] == [1, 0]
        with pytest.raises(TooMany) as raised:
            limits.take("x", "2/minute", "ada")
        assert 0 < raised.value.retry_after <= 60

    def test_everybody_and_everything_has_its_own(self):
        limits = Limits("memory://")
        limits.take("x", "1/minute", "ada")
        limits.take("x", "1/minute", "bob")
        limits.take("y", "1/minute", "ada")

    def test_looking_does_not_count(self):
        limits = Limits("memory://")
        for _ in range(3):
            limits.check("x", "1/minute", "ada")
        limits.take("x", "1/minute", "ada")
        with pytest.raises(TooMany):
            limits.check("x", "1/minute", "ada")

    def test_without_the_shared_counter_each_process_counts(self):
        limits = Limits("redis://127.0.0.1:1/0")
        limits.take("x", "1/minute", "ada")
        with pytest.raises(TooMany):
            limits.check("x", "1/minute", "ada")
        with pytest.raises(TooMany):
            limits.take("x", "1/minute", "ada")
