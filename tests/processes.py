"""The command `tocsin` as a real process, for tests that need one."""

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

SECONDS = 300.0  # a broken process may take; on a busy machine a good one takes a minute


class Service:
    """One `tocsin` process with its children, in a process group of its own."""

    def __init__(
        self,
        arguments: list[str],
        environment: Mapping[str, str],
        port: int = 0,
        log: Path | None = None,
    ) -> None:
        self.port, self._log = port, log
        with log.open("wb") if log else contextlib.nullcontext() as file:
            self.process = subprocess.Popen(  # noqa: S603
                [sys.executable, "-m", "service", *arguments],
                env=environment,
                stdout=file or subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait_until_it_answers(self) -> None:
        """Wait for the web; raises `RuntimeError` with the output if it does not come."""
        deadline = time.monotonic() + SECONDS
        while self.get("/") is None:
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.signal_all(signal.SIGKILL)
                raise RuntimeError(f"it did not start:\n{self.output()}")
            time.sleep(0.05)

    def get(self, path: str) -> int | None:
        """Return the status of *path*; None while nobody answers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()

    def children(self) -> list[int]:
        """The processes it started."""
        found = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(each) for each in found.split()]

    def signal_all(self, number: int) -> None:
        """Send a signal to the whole group, as Ctrl-C or an operator's kill would."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)

    def output(self) -> str:
        """What it said, once it has ended."""
        said, _ = self.process.communicate(timeout=SECONDS)
        return self._log.read_text() if self._log else said.decode()


def free_port() -> int:
    """A port nobody listens on right now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and waits for its parent does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


@contextlib.contextmanager
def serving(folder: Path, *arguments: str, **environment: str) -> Iterator[Service]:
    """Run `tocsin serve` on a free port with its data in *folder*."""
    port = free_port()
    given = {"TOCSIN_BIND": f"127.0.0.1:{port}", **a_clean_environment(folder), **environment}
    # Into a file: nobody reads a pipe here, and a full one would halt the service.
    service = Service(["serve", *arguments], given, port, folder / "serve.log")
    try:
        service.wait_until_it_answers()
        yield service
    finally:
        service.signal_all(signal.SIGKILL)
        service.process.communicate()


def a_clean_environment(folder: Path) -> dict[str, str]:
    """The caller's environment without settings of its own."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("TOCSIN_")}
    return {**kept, "TOCSIN_DATA_DIR": str(folder)}
