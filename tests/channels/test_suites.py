"""Every channel that comes with Tocsin keeps the contract."""

from importlib.metadata import entry_points

import pytest

from channels import suites, suites_chat, suites_extra
from channels.registry import GROUP, SUITES
from channels.suites import *  # noqa: F403 - pytest collects the suites found here
from channels.suites_chat import *  # noqa: F403
from channels.suites_extra import *  # noqa: F403

MODULES = (suites, suites_chat, suites_extra)


@pytest.mark.parametrize("name", sorted(entry_points(group=GROUP).names))
def test_no_channel_is_without_a_suite(name: str):
    (point,) = entry_points(group=SUITES, name=name)
    assert point.load() in [it for each in MODULES for it in vars(each).values()]
