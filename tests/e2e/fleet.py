"""Many processes of one service on PostgreSQL and Redis, as an operator would start them."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from sqlalchemy import text

from service.db.engine import Database, open_database
from service.db.unit_of_work import begin
from service.runtime import utc_now
from tests.e2e.people import follow
from tests.factories import a_component, a_page, a_section
from tests.fakes import Queue
from tests.processes import Service, a_clean_environment, free_port

SECONDS = 240.0  # what a broken test waits
PORTION = 20_000  # people written at a time


@dataclass
class Fleet:
    """Processes by role, and what they share."""

    folder: Path
    database_url: str
    queue_url: str
    smtp_port: int
    processes: dict[str, Service] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.port = free_port()
        self.environment = {
            **a_clean_environment(self.folder),
            "TOCSIN_BIND": f"127.0.0.1:{self.port}",
            "TOCSIN_DATABASE_URL": self.database_url,
            "TOCSIN_QUEUE_URL": self.queue_url,
            "TOCSIN_SECRET_KEY": "k" * 32,
            "TOCSIN_SMTP_URL": f"smtp://127.0.0.1:{self.smtp_port}",
            "TOCSIN_CHANNELS": "email,rss",
            "TOCSIN_POLL_SECONDS": "1",
            "TOCSIN_LEASE_SECONDS": "10",
            "TOCSIN_UNKNOWN_AFTER": "2",
        }
        self.keys: dict[str, str] = {}

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run one command to its end."""
        return subprocess.run(  # noqa: S603
            [sys.executable, "-m", "service", *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS,
        )

    def start(self, name: str) -> Service:
        """Start a process; its name is its role and a number: `worker-1`."""
        log = self.folder / f"{name}.log"
        role = name.partition("-")[0]
        started = self.processes[name] = Service([role], self.environment, self.port, log)
        return started

    def kill(self, name: str) -> None:
        """End a process as a crash would."""
        killed = self.processes.pop(name).process
        killed.send_signal(signal.SIGKILL)
        killed.wait(SECONDS)

    def end(self, name: str) -> None:
        """Ask a process to end, and wait until it has."""
        ended = self.processes.pop(name).process
        ended.send_signal(signal.SIGTERM)
        ended.wait(SECONDS)

    def stop(self) -> dict[str, int]:
        """Ask everybody to end, and return their exit codes."""
        for each in self.processes.values():
            each.process.send_signal(signal.SIGTERM)
        return {name: each.process.wait(SECONDS) for name, each in self.processes.items()}

    def close(self) -> None:
        """Leave nobody behind."""
        for each in self.processes.values():
            each.signal_all(signal.SIGKILL)
            each.process.wait()

    def log(self, name: str) -> str:
        """What a process has said so far."""
        return (self.folder / f"{name}.log").read_text()

    def has_started(self, name: str) -> bool:
        """Whether a process has said that it is at work."""
        return "started" in self.log(name)

    def post(self, key: str, path: str, body: dict[str, Any]) -> Any:
        """Send *body* as the holder of *key*, and return the answer."""
        return self._ask("POST", path, key, json.dumps(body).encode())

    def get(self, path: str, key: str = "") -> Any:
        """Ask for *path*."""
        return self._ask("GET", path, key, b"")

    def _ask(self, method: str, path: str, key: str, body: bytes) -> Any:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {"Content-Type": "application/json"}
        if key:
            headers["Authorization"] = f"Bearer {self._key(key)}"
        try:
            connection.request(method, path, body or None, headers)
            answer = connection.getresponse()
            found = json.loads(answer.read())
            assert answer.status < 400 or path == "/readyz", found
            return found
        finally:
            connection.close()

    def _key(self, scope: str) -> str:
        if scope not in self.keys:
            self.keys[scope] = self.run("key", "add", scope, "--scope", scope).stdout.strip()
        return self.keys[scope]

    def people(self, count: int) -> None:
        """Let a page have *count* followers, and another one a single follower."""
        database = open_database(self.database_url)
        try:
            _fill(database, count)
        finally:
            database.close()

    def cut_database(self) -> int:
        """End every connection to the database; return how many there were."""
        database = open_database(self.database_url)
        try:
            with database.engine.connect() as connection:
                cut = text(
                    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
                return int(connection.scalar(cut) or 0)
        finally:
            database.close()

    def announce(self, page: str, steps: Sequence[int] = (10, 100)) -> str:
        """Submit an incident of *page* and approve it; return the id of its publication."""
        body = {
            "page": page,
            "category": "incident",
            "title": {"fr": "Courriel lent", "en": "Slow mail"},
            "body": {"fr": "Nous cherchons.", "en": "We are looking into it."},
            "components": [{"component": "webmail", "state": "major_disruption"}],
            "plan": {
                "alignment": "instant",
                "growth": {"kind": "percent", "steps": list(steps)},
                "gate": {"min_bake": 0, "max_bake": 30, "min_exposed": 0},
                "on_unknown": "resend",
            },
        }
        held = self.post("submit", "/api/v1/events", body)["publication"]
        verdict = {"hash": held["hash"]}
        self.post("moderate", f"/api/v1/publications/{held['id']}/approve", verdict)
        return str(held["id"])

    def rollout(self, publication: str) -> Any:
        """Where the rollout of a publication stands."""
        found = self.get(f"/api/v1/publications/{publication}", "submit")["rollout"]
        return self.get(f"/api/v1/rollouts/{found}", "rollouts")


def wait_for(condition: Callable[[], Any], what: str, seconds: float = SECONDS) -> float:
    """Wait until *condition* holds; return the seconds it took."""
    begun = time.monotonic()
    while not condition():
        assert time.monotonic() - begun < seconds, what
        time.sleep(0.05)
    return time.monotonic() - begun


def many() -> int:
    """How many people the story is about."""
    return int(os.environ.get("TOCSIN_TEST_MANY", "2000"))


def _fill(database: Database, count: int) -> None:
    with begin(database, Queue(), utc_now, "test") as uow:
        pages = [a_page(uow, slug) for slug in ("mail", "small")]
        for page in pages:
            a_component(uow, a_section(uow, page))
        for first in range(1, count + 1, PORTION):
            follow(uow, pages[0].id, range(first, min(first + PORTION, count + 1)))
        follow(uow, pages[1].id, range(count + 1, count + 2))
