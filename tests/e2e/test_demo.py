"""Whole stories, played by the demo's parts: real processes, real SMTP and HTTP, a fast clock."""

import contextlib
import json
import os
import signal
import time
from pathlib import Path

import pytest

from service.demo import stage, story
from service.demo.account import balance
from service.demo.stage import Cast
from tests.processes import Service, a_clean_environment, free_port, is_alive

PEOPLE = 300
SPEED = 15_000.0
LIMIT = 300.0  # seconds a broken rollout waits


@pytest.fixture
def cast(tmp_path):
    made = stage.prepare(tmp_path, f"127.0.0.1:{free_port()}", PEOPLE)
    with contextlib.closing(made.consumer):
        yield made


class TestTheDemo:
    def test_it_ends_by_itself_with_everybody_accounted_for(self, tmp_path):
        arguments = ["demo", "--once", "--subscribers", str(PEOPLE), "--speed", str(SPEED)]
        arguments += ["--bind", f"127.0.0.1:{free_port()}", "--data-dir", str(tmp_path / "demo")]
        demo = Service(arguments, a_clean_environment(tmp_path))
        said = demo.output()
        assert demo.process.returncode == 0, said
        account = json.loads(said.splitlines()[-1])
        assert account["unaccounted"] == account["duplicates"] == 0
        assert account["planned"] > account["accepted"] > PEOPLE * 0.8
        assert "stage 1: GO" in said

    def test_the_service_ends_with_the_story_however_that_dies(self, tmp_path):
        arguments = ["demo", "--subscribers", "50", "--bind", f"127.0.0.1:{free_port()}"]
        demo = Service([*arguments, "--data-dir", str(tmp_path)], a_clean_environment(tmp_path))
        try:
            children = _descendants(demo)
        finally:
            demo.process.kill()
            demo.process.communicate()
        _wait_until(lambda: not any(map(is_alive, children)))


class TestKillingEverything:
    def test_a_rollout_goes_on_where_it_was_and_nobody_gets_it_twice(self, cast):
        with stage.curtain_up(cast) as serving:
            story.connect_endpoints(cast)
            announced = story.announce(cast)
            cast.clock.shift(SPEED)
            _wait_until(lambda: cast.mails().letters > PEOPLE // 4)
            assert serving.pid
            os.killpg(serving.pid, signal.SIGKILL)
            serving.join()
            cast.clock.shift(1)
        with stage.curtain_up(cast):
            cast.clock.shift(SPEED)
            *_, last = story.follow(cast, announced, LIMIT)
            assert last.rollout["state"] == "completed"
            account = _account(cast, announced, last.rollout["deliveries"]["total"])
        accepted, unknown = account.total("accepted", "email"), account.total("unknown", "email")
        assert account.unaccounted == unknown  # listed for a person, never sent again
        assert account.duplicates == 0
        assert accepted <= account.mails.letters <= accepted + unknown
        assert len(account.webhooks.verified) == account.total("accepted", "webhook") == 3


def _account(cast: Cast, announced, planned):
    return balance(planned, story.proof(cast, announced), cast.mails(), cast.consumer.received)


def _descendants(demo: Service) -> list[int]:
    """The service the demo started, and what that started, once both are there."""
    found: list[int] = []
    _wait_until(lambda: demo.process.poll() is None and len(_below(demo.process.pid, found)) > 2)
    return found


def _below(pid: int, found: list[int]) -> list[int]:
    found.clear()
    waiting = [pid]
    while waiting:
        parent = waiting.pop()
        with contextlib.suppress(OSError):
            children = Path(f"/proc/{parent}/task/{parent}/children").read_text()
            waiting += map(int, children.split())
        found.append(parent)
    found.remove(pid)
    return found


def _wait_until(condition) -> None:
    deadline = time.monotonic() + LIMIT
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)
