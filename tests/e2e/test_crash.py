"""Real processes killed with -9 while they send real mail: nobody is lost, and doubles are few."""

from random import Random

import pytest

from service.publications.plans import OnUnknown
from tests.e2e.crash import Scheme, play

KILLS = 2
PEOPLE = 900


@pytest.mark.parametrize(
    ("mark_at_once", "policy"),
    [(10, OnUnknown.RESEND), (50, OnUnknown.HOLD)],
)
def test_killed_processes_lose_nobody_and_double_few(database_url, tmp_path, policy, mark_at_once):
    """I2, I19, I20: with kill -9, by real processes, against a real mail server."""
    luck = Random(f"{policy} {mark_at_once}")  # noqa: S311 - the same kills each time
    tally = play(database_url, tmp_path, Scheme(mark_at_once, policy), KILLS, luck, PEOPLE)
    print(f"\n{tally}")  # noqa: T201 - for whoever runs this by hand (`pytest -s`)
    assert tally.kills >= KILLS
    assert tally.lost == 0
    assert tally.doubles <= tally.bound
    if policy is OnUnknown.RESEND:
        assert tally.held == 0
