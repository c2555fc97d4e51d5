"""Runs the roles of one process until it is told to stop."""

import errno
import multiprocessing
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from functools import partial
from importlib.metadata import version
from multiprocessing.util import Finalize
from pathlib import Path
from typing import Any

import structlog

from service import ending, logs
from service.assembly import Assembly, Clock, assemble
from service.config import Settings, SettingsError
from service.inbound.server import Inbound
from service.rounds import Rounds
from service.runtime import Runtime, utc_now
from service.worker import Ticker, Worker

log = structlog.get_logger(__name__)

THREADS = 16  # requests answered at once; the rest wait
BACKLOG = 1024
PATIENCE = 30  # seconds until a web process that does not stop is killed


class Role(StrEnum):
    """What a process may do."""

    WEB = "web"
    WORKER = "worker"
    TICKER = "ticker"
    INBOUND = "inbound"


def serve_web(settings: Settings, roles: frozenset[Role], clock: Clock = utc_now) -> None:
    """Answer HTTP, and do what else *roles* say, until SIGTERM or SIGINT.

    Granian keeps watch in this process and runs everything in one child, forked: no connection and
    no lock may be held before. A child that dies is started again; it dies with its parent.
    """
    import granian  # noqa: PLC0415 - 5 MB that a worker needs not

    host, port = settings.address
    check_free(host, port)
    server = granian.Granian(
        "tocsin",
        address=host,
        port=port,
        interface=granian.constants.Interfaces.WSGI,
        websockets=False,
        workers=1,
        blocking_threads=THREADS,
        backpressure=BACKLOG,
        respawn_failed_workers=True,
        workers_kill_timeout=PATIENCE,
        log_level=granian.log.LogLevels.error,
        log_dictconfig={"loggers": {"_granian": {"propagate": True}}},
    )
    ending.hold()
    ending.relay()
    server.serve(target_loader=partial(_load, settings, roles, clock), wrap_loader=False)


def serve_jobs(settings: Settings, roles: frozenset[Role], clock: Clock = utc_now) -> None:
    """Do what *roles* say, without HTTP, until SIGTERM or SIGINT."""
    ending.hold()
    with running(assemble(settings, clock), roles):
        ending.wait()


@contextmanager
def running(assembly: Assembly, roles: frozenset[Role]) -> Iterator[None]:
    """Run the worker and the ticker, as *roles* say, for the length of the block."""
    stop = _start(assembly, roles)
    try:
        yield
    finally:
        stop()


def _load(settings: Settings, roles: frozenset[Role], clock: Clock) -> Callable[..., Any]:
    """Build the parts in granian's child, start what runs beside the web, return the web."""
    ending.hold()
    ending.relay()
    from service.status.warming import keep_warm  # noqa: PLC0415 - the site, which only web shows

    logs.configure(settings)
    assembly = assemble(settings, clock)
    app = assembly.web()
    Finalize(None, _start(assembly, roles), exitpriority=100)
    threading.Thread(target=_end_with_parent, name="parent", daemon=True).start()
    warming = (app, assembly.runtime)
    threading.Thread(target=keep_warm, args=warming, name="warm", daemon=True).start()
    return app


def _start(assembly: Assembly, roles: frozenset[Role]) -> Callable[[], None]:
    """Start what *roles* say; return what stops it and lets go of everything."""
    rt = assembly.runtime
    parts: list[Worker | Rounds | Inbound] = []
    if Role.WORKER in roles:
        parts.append(Worker(assembly.broker, rt))
        log.info(
            "channels",
            serves=list(rt.channels.push_names()),
            waiting=dict(rt.channels.unavailable()),
        )
    if Role.TICKER in roles:
        parts.append(Ticker(rt))
        if folder := rt.settings.export_dir:
            parts.append(_export(rt, Path(folder)))
    if Role.INBOUND in roles and (place := rt.settings.inbound_address):
        parts.append(Inbound(rt, *place))
    for part in parts:
        part.start()
    log.info(
        "started",
        roles=sorted(map(str, roles)),
        url=rt.settings.public_url,
        version=version("tocsin"),
    )

    def stop() -> None:
        rt.stopping.set()
        for part in reversed(parts):
            part.stop()
        assembly.close()
        log.info("stopped")

    return stop


def _export(rt: Runtime, folder: Path) -> Rounds:
    from service.exporting import Mirror, Regularly  # noqa: PLC0415 - the whole web application

    mirror = Mirror(folder, rt.settings.export_url.rstrip("/"), rt.settings.public_url)
    return Rounds(rt, "export", [Regularly(rt, mirror)])


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()  # killed, or granian would have told us
        os.kill(os.getpid(), signal.SIGTERM)


def check_free(host: str, port: int) -> None:
    """Raise `SettingsError` where somebody listens already, or nobody can."""
    # Granian shares its port (SO_REUSEPORT): two services would each get half of the requests.
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        why = (
            "somebody listens there already" if error.errno == errno.EADDRINUSE else error.strerror
        )
        raise SettingsError(f"TOCSIN_BIND: {host}:{port}: {why}") from error
