"""Many processes, one story: what is announced leaves at the next poll without the queue too.

`TOCSIN_TEST_MANY=20000` tells it to as many people; 2 000 by default.
"""

from functools import partial

import pytest

from tests.e2e.fleet import Fleet, many, wait_for
from tests.e2e.sink import Sink
from tests.services import create_database, drop_database

LONG = 40.0  # seconds the far side needs for all of them: time for all that happens amid


@pytest.fixture
def sink():
    server = Sink(many() / LONG)
    yield server
    server.close()


@pytest.fixture
def fleet(tmp_path, postgres_server, redis_server, sink):
    url = create_database(postgres_server.url)
    fleet = Fleet(tmp_path, url, redis_server.url, sink.port)
    yield fleet
    fleet.close()
    drop_database(url)


class TestCommands:
    @pytest.mark.parametrize("arguments", [("worker",), ("key", "list")])
    def test_a_database_that_is_not_current_is_refused_in_one_line(self, fleet, arguments):
        done = fleet.run(*arguments)
        assert done.returncode == 2
        assert done.stderr.count("\n") == 1
        assert "tocsin db upgrade" in done.stderr

    def test_a_worker_says_which_channels_it_serves(self, fleet):
        fleet.environment["TOCSIN_CHANNEL_EMAIL_CONNECTIONS"] = "none"
        fleet.environment["TOCSIN_CHANNELS"] = "email,webhook"
        fleet.run("db", "upgrade")
        fleet.start("worker-1")
        wait_for(partial(fleet.has_started, "worker-1"), "the worker did not start")
        (line,) = (each for each in fleet.log("worker-1").splitlines() if "serves=" in each)
        assert "serves=['webhook']" in line
        assert "'email': 'connections: " in line
        assert fleet.stop() == {"worker-1": 0}


class TestManyProcesses:
    def test_without_the_queue_an_incident_leaves_at_the_next_poll(self, fleet, sink, redis_server):
        """I18."""
        fleet.run("db", "upgrade")
        fleet.people(many())
        self.begin(fleet, "worker-1", "ticker-1")
        last = f"p{many() + 1}@example.org"
        for told, stop in enumerate((False, True, False)):
            if stop:
                redis_server.stop()  # and forgets all it knew
            try:
                ready = fleet.get("/readyz")
                assert ready["reasons"] == ({"queue": "it does not answer"} if stop else {})
                assert fleet.get("/healthz")["alive"]
                fleet.announce("small")
                took = wait_for(partial(told_more_than, sink, last, told), "nobody is told")
            finally:
                if stop:
                    redis_server.start()
            say(f"one person told {took:.1f} s after approval, Redis {'away' if stop else 'there'}")
        assert set(fleet.stop().values()) == {0}

    @staticmethod
    def begin(fleet, *names):
        web = fleet.start("web-1")
        for name in names:
            fleet.start(name)
        web.wait_until_it_answers()
        for name in names:
            wait_for(partial(fleet.has_started, name), f"{name} did not start")


def told_more_than(sink, recipient, times):
    return sink.recipients[recipient] > times


def say(line):
    """Tell whoever runs this by hand (`pytest -s`) what came out."""
    print(f"\n{line}")  # noqa: T201
