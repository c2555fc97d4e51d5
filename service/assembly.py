"""Puts the parts together: settings in, running parts out. The one place where everything meets."""

import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, TypeVar

from dramatiq import Broker
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from channels import registry
from channels.base import Host
from channels.email.relay import parse_relay
from channels.outbound import Door, Guard
from scheduling import zones
from service import health, mailbox, tracing
from service.access import keys
from service.access.vouching import single_sign_on
from service.bounces.reporting import reader
from service.config import Settings, SettingsError, variable
from service.db import backup, copying, migrate
from service.db.engine import Database, open_database
from service.gears import clock_of
from service.keyfile import secret_keys
from service.mailbox.server import Mailbox
from service.queue import DramatiqQueue, Job, open_broker
from service.rollouts.restoring import Restored, restored
from service.runtime import Runtime, utc_now
from service.worker import declare

if TYPE_CHECKING:
    from apiflask import APIFlask

    from service.status.keeping import Kept

Part = TypeVar("Part")
Clock = Callable[[], datetime]


class NotUpgraded(SettingsError):
    """The database is not in the shape that this version needs."""


@dataclass(frozen=True, slots=True)
class Assembly:
    """One process's worth of service. Nothing runs yet: the command decides which roles do."""

    runtime: Runtime
    broker: Broker
    door: Door
    mailbox: Mailbox | None

    def app(self) -> "APIFlask":
        """Build the web application; imported here, for a worker needs none."""
        from service.app import create_app  # noqa: PLC0415

        return create_app(self.runtime)

    def web(self) -> "Kept":
        """Build the web application behind its kept answers: what a server answers with."""
        from service.status.keeping import Kept  # noqa: PLC0415

        return Kept(self.app().wsgi_app)

    def close(self) -> None:
        """Let go of everything, once what was in flight has ended."""
        self.runtime.channels.close()
        self.door.close()
        if self.mailbox:
            self.mailbox.close()
        self.broker.close()
        self.runtime.database.close()
        self.runtime.tracer.close()


def assemble(settings: Settings, clock: Clock = utc_now) -> Assembly:
    """Build every part in this process: not to be forked afterwards.

    Raises `SettingsError`, `UnknownChannel` and `ShadowedChannel`, but not for everything that
    `check` finds.
    """
    keys.use(*secret_keys(settings))
    broker = _checked("queue_url", open_broker, settings.queue_url)
    database = _open(settings)
    door = _door(settings)
    box = Mailbox(mailbox.folder(settings)) if mailbox.in_use(settings) else None
    channels = _channels(settings, door, box)
    runtime = Runtime(
        settings,
        database,
        channels,
        DramatiqQueue(broker),
        clock,
        tracer=tracing.open_tracer(settings),
    )
    declare(broker, runtime)
    return Assembly(runtime, broker, door, box)


@contextmanager
def site_at_hand(settings: Settings) -> Iterator[Runtime]:
    """Lend a runtime that can answer for the public site: a database and channels, no jobs."""
    keys.use(*secret_keys(settings))
    with channels_at_hand(settings) as channels:
        database = _open(settings)
        try:
            _check_shape(database)
            yield Runtime(settings, database, channels, _Nobody())
        finally:
            database.close()


@contextmanager
def channels_at_hand(settings: Settings) -> Iterator[registry.Registry]:
    """Lend the enabled channels alone: no database, no queue. Raises as `assemble` does."""
    door = _door(settings)
    box = Mailbox(mailbox.folder(settings)) if mailbox.in_use(settings) else None
    channels = _channels(settings, door, box)
    try:
        yield channels
    finally:
        channels.close()
        door.close()
        if box:
            box.close()


def check(settings: Settings) -> None:
    """Find the operator's mistakes before anything starts, and lay a fresh SQLite file out.

    Leaves nothing open, so that the process may fork. Raises as `check_settings` does, and
    `NotUpgraded`.
    """
    check_settings(settings)
    database = _open(settings)
    try:
        _check_shape(database)
    finally:
        database.close()


def check_settings(settings: Settings) -> None:
    """Find what is wrong with *settings* taken together; opens and changes nothing.

    Raises `SettingsError`, `UnknownChannel` and `ShadowedChannel`.
    """
    if mailbox.in_use(settings) and not settings.local:
        raise SettingsError(
            "TOCSIN_SMTP_URL: name the mail server that sends for you: the built-in mailbox keeps "
            f"every mail to itself, and {settings.bind} is for others to use (or take email out of "
            "TOCSIN_CHANNELS)"
        )
    registry.points(settings.channels)
    if url := settings.smtp_url.get_secret_value():
        _checked("smtp_url", parse_relay, url)
    _checked("queue_url", open_broker, settings.queue_url).close()
    single_sign_on(settings)
    tracing.check(settings)
    for provider in settings.reports:
        reader(settings, provider)


@contextmanager
def looked_at(settings: Settings) -> Iterator[Runtime]:
    """Lend a runtime for looking alone: makes no folder, no key and no table."""
    broker = _checked("queue_url", open_broker, settings.queue_url)
    database = _checked("database_url", open_database, settings.database_url)
    try:
        yield Runtime(settings, database, registry.Registry({}, {}, {}), DramatiqQueue(broker))
    finally:
        database.close()
        broker.close()


def within_reach(settings: Settings) -> health.Health:
    """Look whether the database and the queue can be used from here."""
    with looked_at(settings) as rt:
        return health.look(rt)


@contextmanager
def at_hand(settings: Settings) -> Iterator[Runtime]:
    """Lend a runtime for one command that only works on the database: no channels, no jobs.

    What it leaves to do is found by the ticker of the service.
    """
    keys.use(*secret_keys(settings))
    database = _open(settings)
    try:
        _check_shape(database)
        none = registry.Registry({}, {}, {})
        yield Runtime(settings, database, none, _Nobody(), clock_of(settings.data_dir))
    finally:
        database.close()


def upgrade_database(settings: Settings) -> None:
    """Run the migrations that the database has not seen."""
    database = _open(settings)
    try:
        migrate.upgrade(database.engine)
    finally:
        database.close()


def copy_database(settings: Settings, source_url: str) -> dict[str, int]:
    """Copy all rows of another database into the one of *settings*; return how many, by table.

    Raises `NotUpgraded` where one of them has another shape, and `copying.NotEmpty`.
    """
    from service.app import load_models  # noqa: PLC0415

    source, target = _existing(source_url), _open(settings)
    try:
        if not migrate.is_current(source.reader):
            raise NotUpgraded("SOURCE: run this version's `tocsin db upgrade` on it first")
        _check_shape(target)
        return copying.copy(source.reader, target.engine, load_models())
    finally:
        source.close()
        target.close()


def back_up(settings: Settings, file: Path) -> None:
    """Write the database to *file*; raises `NotUpgraded` and `FileExistsError`."""
    from service.app import load_models  # noqa: PLC0415

    database = _open(settings)
    try:
        _check_shape(database)
        backup.write(database.reader, file, load_models())
    finally:
        database.close()


def restore(settings: Settings, file: Path) -> Restored:
    """Fill a fresh database from a backup, of this version or an older one.

    What the backup does not know is doubted in a copy of it first, so that no crash amid this
    leaves a database behind that would send twice. Raises `SettingsError`, `copying.NotEmpty`.
    """
    if not backup.is_one(file):
        raise SettingsError(f"{file}: this is no backup; `tocsin db backup` writes one")
    upgrade_database(settings)
    with TemporaryDirectory(dir=settings.data_dir) as folder:
        draft = f"sqlite:///{shutil.copy(file, folder)}"
        drafted = settings.model_copy(update={"database_url": draft})
        upgrade_database(drafted)
        found = mark_restored(drafted)
        copy_database(settings, draft)
    return found


def mark_restored(settings: Settings) -> Restored:
    """Doubt what may have left since the database was saved, and pause what is not over."""
    with at_hand(settings) as rt, rt.work("operator") as uow:
        return restored(uow)


def _existing(url: str) -> Database:
    try:
        address = make_url(url)
        if address.get_backend_name() == "sqlite" and not Path(address.database or "").is_file():
            raise SettingsError(f"SOURCE: there is no file {address.database}")
        return open_database(url)
    except (ArgumentError, NoSuchModuleError, ValueError) as error:
        raise SettingsError("SOURCE: expected sqlite:///FILE or postgresql+psycopg://…") from error


class _Nobody:
    """A queue without workers."""

    def put(self, jobs: Iterable[Job]) -> None:
        del jobs


def _check_shape(database: Database) -> None:
    if database.engine.dialect.name == "sqlite" and migrate.is_fresh(database.engine):
        migrate.upgrade(database.engine)
    elif not migrate.is_current(database.engine):
        raise NotUpgraded(
            "the database is not in the shape that this version needs: run `tocsin db upgrade`"
        )


def _door(settings: Settings) -> Door:
    return Door(Guard(settings.allowed_networks, settings.allowed_ports))


def _channels(settings: Settings, door: Door, box: Mailbox | None) -> registry.Registry:
    configs = {name: _config(name, settings, box) for name in settings.channels}
    host = Host(settings.public_url, door, zones.wall_clock)
    return registry.load(settings.channels, configs, host)


def _config(name: str, settings: Settings, box: Mailbox | None) -> dict[str, Any]:
    given: dict[str, Any] = dict(settings.options_of(name))
    if name == "email":
        url = box.url if box else settings.smtp_url.get_secret_value()
        given = {"smtp_url": url, "mail_host": settings.mail_host, **given}
    return given


def _open(settings: Settings) -> Database:
    settings.data_dir.mkdir(parents=True, exist_ok=True)  # where a SQLite file usually goes
    return _checked("database_url", open_database, settings.database_url)


def _checked(name: str, opened: Callable[[str], Part], url: str) -> Part:
    try:
        return opened(url)
    except (ArgumentError, NoSuchModuleError) as error:
        raise SettingsError(f"{variable(name)}: this is no address of a database") from error
    except ValueError as error:
        detail = str(error).removeprefix(f"{name}: ")
        raise SettingsError(f"{variable(name)}: {detail}") from error
