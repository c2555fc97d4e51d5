"""`tocsin serve` as a real process: how it starts, ends, and survives."""

import os
import signal
import time

import pytest

from tests.processes import SECONDS, Service, a_clean_environment, is_alive, serving


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

    def test_ctrl_c_reaches_the_whole_group_and_ends_it_in_order(self, tmp_path):
        with serving(tmp_path) as service:
            service.signal_all(signal.SIGINT)
            said = service.output()
            assert service.process.returncode == 0
            assert "stopped" in said
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
