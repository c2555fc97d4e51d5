"""Every channel that comes with Tocsin keeps the contract."""

from importlib.metadata import entry_points

import pytest

from channels import suites
from channels.registry import GROUP, SUITES
from channels.suites import *  # noqa: F403 - pytest collects the suites found here


@pytest.mark.parametrize("name", sorted(entry_points(group=GROUP).names))
def test_no_channel_is_without_a_suite(name: str):
    (point,) = entry_points(group=SUITES, name=name)
    assert point.load() in vars(suites).values()
