"""Sets the stage: a fresh database with sample data, and one process with every role."""

import multiprocessing
import os
import secrets
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_network
from multiprocessing.process import BaseProcess
from pathlib import Path
from time import monotonic

from service import ending, logs, mailbox
from service.access import keys
from service.access.actions import add_staff, create_key
from service.config import Settings, SettingsError
from service.db import migrate
from service.db.engine import open_database
from service.demo import past, people, queries
from service.demo.client import Client, answers
from service.demo.consumer import Consumer
from service.gears import Gears
from service.keyfile import secret_keys
from service.lists.apply import apply_file
from service.mailbox.store import Tally, open_reader
from service.runtime import utc_now
from service.serving import Role, check_free, serve_web

SAMPLE = Path(__file__).parent / "sample" / "platforms.yaml"
PAGE = "mesange"
EMAIL = "demo@example.org"
PATIENCE = 120.0  # seconds for the service to answer
LOG = "demo.log"


@dataclass(frozen=True, slots=True)
class Cast:
    """Everybody who takes part."""

    settings: Settings
    clock: Gears
    consumer: Consumer
    upstream: Client
    moderator: Client
    password: str  # of the member of staff `EMAIL`

    def mails(self) -> Tally:
        """What subscribers got; staff may hear of a case before and after it is decided."""
        store = open_reader(mailbox.folder(self.settings))
        try:
            return store.tally(besides=EMAIL)
        finally:
            store.close()


def settings_for(folder: Path, bind: str, consumer: Consumer) -> Settings:
    """The demo's own settings: nothing of the environment, nothing beyond this machine."""
    return Settings(
        bind=bind,
        data_dir=folder,
        allowed_networks=(ip_network("127.0.0.0/8"),),
        allowed_ports=(80, 443, consumer.port),
        poll_seconds=0.2,
        lease_seconds=10.0,
        unknown_after=5.0,
        log_level="info",
    )


def prepare(folder: Path, bind: str, subscribers: int) -> Cast:
    """Lay out the database with its sample data, and let the consumer of webhooks listen."""
    if (folder / "tocsin.db").exists():
        raise SettingsError(f"--data-dir: {folder} holds a database already; name an empty folder")
    folder.mkdir(parents=True, exist_ok=True)
    consumer = Consumer()
    settings = settings_for(folder, bind, consumer)
    check_free(*settings.address)
    clock = Gears.begin(folder, utc_now())
    keys.use(*secret_keys(settings))
    database = open_database(settings.database_url)
    try:
        migrate.upgrade(database.engine)
        backstage = past.Backstage(settings, database, clock())
        rt = backstage.runtime()
        password = secrets.token_urlsafe(12)
        with rt.work("demo") as uow:
            apply_file(uow, SAMPLE)
            add_staff(uow, EMAIL, "Demo", "admin", password)
            _, upstream = create_key(uow, "upstream", ["submit", "subscribers"])
            _, moderator = create_key(uow, "moderator", ["moderate", "rollouts"])
        past.tell(backstage)
        with rt.work("demo") as uow:
            components = queries.components_of(uow.session, PAGE)
            crowd = people.invent(subscribers, PAGE, components, queries.list_slugs(uow.session))
            queries.add_people(uow.session, list(crowd), uow.now)
    finally:
        database.close()
    host, port = settings.address
    return Cast(
        settings,
        clock,
        consumer,
        Client(host, port, upstream),
        Client(host, port, moderator),
        password,
    )


@contextmanager
def curtain_up(cast: Cast) -> Iterator[BaseProcess]:
    """Run the whole service for the length of the block, in a group of processes of its own."""
    context = multiprocessing.get_context("spawn")  # a fork would take our threads' locks along
    serving = context.Process(target=_serve, args=(cast.settings, cast.clock))
    serving.start()
    try:
        _wait(serving, cast.settings)
        yield serving
    finally:
        serving.terminate()
        serving.join()


def _serve(settings: Settings, clock: Gears) -> None:
    os.setsid()  # Ctrl-C is for the story, which ends us in order
    ending.hold()  # before there is any thread
    with (settings.data_dir / LOG).open("ab", buffering=0) as log:
        for stream in (sys.stdout, sys.stderr):
            os.dup2(log.fileno(), stream.fileno())
    logs.configure(settings)
    threading.Thread(target=_end_with_the_story, daemon=True).start()
    serve_web(settings, frozenset(Role), clock)


def _end_with_the_story() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)


def _wait(serving: BaseProcess, settings: Settings) -> None:
    deadline = monotonic() + PATIENCE
    while serving.is_alive() and monotonic() < deadline:
        if answers(*settings.address):
            return
        serving.join(0.05)
    raise SettingsError(f"the service did not start; see {settings.data_dir / LOG}")
