"""Pages and feeds a second from memory, over HTTP, beside nginx with the same bytes on its disk.

Run `python -m benchmarks.page_server` from the checkout. The service is `tocsin serve` on SQLite,
with the page of `benchmarks.pages`; wrk asks over kept connections, once for whole answers and once
with the ETag it was given. Both servers and wrk share this machine. Without wrk there is no figure,
without nginx no yardstick.
"""

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.figures import announce, at_least, tell
from benchmarks.pages import fill
from service.assembly import at_hand
from service.config import read_settings
from tests.processes import Service, a_clean_environment, free_port

ROUNDS = 5
CONNECTIONS, SECONDS = 32, 2
PATHS = {"overview": "/mail/en/", "feed": "/mail/en/feeds/all.atom"}
PACKED = {"Accept-Encoding": "gzip"}
NGINX = """
worker_processes 1;
error_log {folder}/error.log;
pid {folder}/nginx.pid;
events {{ worker_connections 256; }}
http {{
  access_log off;
  client_body_temp_path {folder};
  proxy_temp_path {folder};
  fastcgi_temp_path {folder};
  uwsgi_temp_path {folder};
  scgi_temp_path {folder};
  keepalive_requests 1000000;
  server {{ listen 127.0.0.1:{port}; root {folder}/www; }}
}}
"""


@dataclass(frozen=True, slots=True)
class Place:
    """A server and one of its addresses."""

    port: int
    path: str

    def get(self) -> tuple[bytes, str]:
        """Return the body, packed, and its ETag."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request("GET", self.path, headers=PACKED)
            answer = connection.getresponse()
            if answer.status != HTTPStatus.OK:
                sys.exit(f"{self.path} answers {answer.status}")
            return answer.read(), answer.headers["ETag"]
        finally:
            connection.close()

    def rate(self, headers: Mapping[str, str]) -> float:
        """Return how often a second it answers."""
        given = [word for name, value in headers.items() for word in ("-H", f"{name}: {value}")]
        options = ["-t", "1", "-c", str(CONNECTIONS), "-d", str(SECONDS), *given]
        url = f"http://127.0.0.1:{self.port}{self.path}"
        done = subprocess.run(["wrk", *options, url], check=True, capture_output=True, text=True)
        return float(done.stdout.partition("Requests/sec:")[2].split()[0])


@contextmanager
def ours() -> Iterator[int]:
    """Run the service with a full page, and yield its port."""
    with TemporaryDirectory() as place:
        folder, port = Path(place), free_port()
        environment = {**a_clean_environment(folder), "TOCSIN_BIND": f"127.0.0.1:{port}"}
        environment |= {"TOCSIN_DATA_DIR": place, "TOCSIN_LOG_LEVEL": "error"}
        with at_hand(read_settings(environment)) as rt:
            now = datetime.now(UTC)
            fill(replace(rt, clock=lambda: now))
        service = Service(["serve"], environment, port, folder / "log")
        try:
            service.wait_until_it_answers()
            yield port
        finally:
            service.process.terminate()
            service.process.wait()


@contextmanager
def yardstick(files: Mapping[str, bytes]) -> Iterator[int | None]:
    """Run nginx with *files* by name, and yield its port; None where it is not installed."""
    program = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin")
    if program is None:
        yield None
        return
    with TemporaryDirectory() as place:
        folder, port = Path(place), free_port()
        folder.chmod(0o755)  # its worker is another user
        (folder / "www").mkdir()
        for name, body in files.items():
            (folder / "www" / name).write_bytes(body)
        (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=port))
        command = [program, "-p", place, "-c", f"{place}/nginx.conf", "-g", "daemon off;"]
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        try:
            time.sleep(1)
            yield port
        finally:
            process.terminate()
            process.wait()


def main() -> None:
    """Measure and print."""
    announce("benchmarks.page_server", f"{CONNECTIONS} connections")
    if shutil.which("wrk") is None:
        sys.exit("wrk is missing: install it")
    with ExitStack() as stack:
        port = stack.enter_context(ours())
        places = {name: Place(port, path) for name, path in PATHS.items()}
        bodies = {name: place.get()[0] for name, place in places.items()}
        port_of_nginx = stack.enter_context(yardstick(bodies))
        for name, place in places.items():
            print(f"{name}: {len(bodies[name]) / 1000:.1f} kB packed")
            yard = Place(port_of_nginx, f"/{name}") if port_of_nginx else None
            _compare(f"{name}, 200", place, yard, 0.5, same=False)
            _compare(f"{name}, 304", place, yard, 0.4, same=True)


def _compare(name: str, place: Place, yard: Place | None, bound: float, *, same: bool) -> None:
    rates, yards = [], []
    for _ in range(ROUNDS):
        rates.append(place.rate(_headers(place, same=same)))
        if yard:
            yards.append(yard.rate(_headers(yard, same=same)))
    ratio = median(rates) / median(yards) if yards else None
    tell(name, median(rates), "requests/s", ratio=ratio, target=at_least(bound))


def _headers(place: Place, *, same: bool) -> Mapping[str, str]:
    return PACKED | {"If-None-Match": place.get()[1]} if same else PACKED


if __name__ == "__main__":
    main()
