"""A short form of `make chaos`: one rollout, several faults, two kills."""

from functools import partial
from random import Random

import pytest

from tests.chaos.far_sides import Deed, Habit
from tests.chaos.faults import Fault, Machines, cut, hooks, in_turn, mail, restarted
from tests.chaos.round import Round
from tests.chaos.world import Size, a_world
from tests.e2e.sink import Phase
from tests.services import create_database, drop_database

SIZE = Size(people=600, hooks=5, rate=30.0)
NAMES = ("web-1", "worker-1", "worker-2", "ticker-1")


@pytest.fixture
def world(tmp_path, postgres_server, redis_server):
    url = create_database(postgres_server.url)
    luck = Random(11)  # noqa: S311 - the same kills each time
    with a_world(tmp_path, (url, redis_server.url), NAMES, SIZE, luck) as world:
        yield world
    drop_database(url)


def test_everybody_is_told_whatever_fails(world, postgres_server, redis_server):
    machines = Machines(postgres_server, redis_server)
    faults: list[Fault] = [
        partial(restarted, machines.queue),
        cut,
        partial(mail, Deed.DISCONNECT, phases=(Phase.BODY, Phase.DOT)),
        partial(hooks, Habit.RESET),
    ]
    tally = Round(world, "several", partial(in_turn, faults), kills=2).play()
    print(f"\n{tally}")  # noqa: T201 - for whoever runs this by hand (`pytest -s`)
    assert not tally.broken
    assert tally.kills == 2
    assert tally.lost == 0
    assert tally.doubles <= tally.bound
    assert tally.errors == 0
