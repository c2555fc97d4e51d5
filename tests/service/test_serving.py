"""`tocsin serve` as a real process: how it starts, ends, and survives."""

import os
import signal
import subprocess
import sys
import time

import pytest

from service.db import migrate
from service.db.engine import open_database
from tests.processes import (
    SECONDS,
    Service,
    a_clean_environment,
    free_port,
    is_alive,
    serving,
)
from tests.services import create_database, drop_database


def wait_for(condition):
    deadline = time.monotonic() + SECONDS
    while not (came := condition()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return came


class TestServe:
    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
    def test_it_ends_in_order_and_leaves_no_process(self, tmp_path, number):
        with serving(tmp_path) as service:
            (child,) = service.children()
            service.process.send_signal(number)
            said = service.output()
            assert service.process.returncode == 0
            assert "stopped" in said
            assert "Traceback" not in said
            assert not is_alive(child)

    def test_it_ends_once_however_many_signals_come(self, tmp_path):
        with serving(tmp_path) as service:
            for _ in range(20):
                service.signal_all(signal.SIGINT)
                service.signal_all(signal.SIGTERM)
            said = service.output()
            assert service.process.returncode == 0
            assert said.count("stopped") == 1
            assert "Traceback" not in said

    def test_a_killed_web_process_is_started_again(self, tmp_path):
        with serving(tmp_path) as service:
            (child,) = service.children()
            os.kill(child, signal.SIGKILL)
            wait_for(lambda: not is_alive(child))
            wait_for(lambda: service.get("/") is not None)
            assert service.children() != [child]

    def test_what_it_started_ends_with_it_however_it_dies(self, tmp_path):
        with serving(tmp_path) as service:
            (child,) = service.children()
            service.process.kill()
            wait_for(lambda: not is_alive(child))

    def test_a_second_one_on_the_same_port_is_refused(self, tmp_path):
        with serving(tmp_path) as service:
            environment = a_clean_environment(tmp_path)
            second = Service(["serve", "--bind", f"127.0.0.1:{service.port}"], environment)
            said = second.output()
            assert second.process.returncode == 2
            assert said == (
                f"TOCSIN_BIND: 127.0.0.1:{service.port}: somebody listens there already\n"
            )


class TestRolesApart:
    def test_web_worker_and_ticker_share_a_database_and_a_queue(
        self, tmp_path, postgres_url, redis_url
    ):
        url = create_database(postgres_url)
        database = open_database(url)
        migrate.upgrade(database.engine)
        database.close()
        port = free_port()
        environment = a_clean_environment(tmp_path) | {
            "TOCSIN_BIND": f"127.0.0.1:{port}",
            "TOCSIN_DATABASE_URL": url,
            "TOCSIN_QUEUE_URL": redis_url,
            "TOCSIN_SECRET_KEY": "k" * 32,
        }
        running = [Service([role], environment, port) for role in ("web", "worker", "ticker")]
        try:
            running[0].wait_until_it_answers()
            assert all(each.process.poll() is None for each in running)
        finally:
            for each in running:
                each.process.terminate()
            said = [each.output() for each in running]
            drop_database(url)
        assert [each.process.returncode for each in running] == [0, 0, 0], said


class TestWorkersMemory:
    def test_who_only_sends_loads_neither_the_web_application_nor_what_writes_feeds(self):
        # Each is megabytes a worker: 17 MB in all. It builds every channel, those of feeds too.
        program = (
            "import sys, service.serving\n"
            "from service import worker\n"
            "from service.config import Settings\n"
            "from channels import registry\n"
            "list(worker._actors())\n"
            "[point.load() for point in registry.points(Settings().channels)]\n"
            "names = ('apiflask', 'wtforms', 'limits', 'granian', 'feedgen', 'lxml', 'icalendar')\n"
            "print([name for name in names if name in sys.modules])"
        )
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-c", program], capture_output=True, text=True, check=True
        )
        assert done.stdout.strip() == "[]"
