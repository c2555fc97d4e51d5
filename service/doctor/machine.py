"""The parts on this side: settings, disk, database, queue, channels, rules of time zones."""

import os
import shutil
import stat
from collections.abc import Iterator
from datetime import datetime
from urllib.parse import urlsplit

from channels.registry import Registry
from scheduling import zones
from service.config import Settings
from service.doctor import queries
from service.doctor.findings import Finding, fault, fine, warning
from service.health import NOT_CURRENT, Health
from service.runtime import Runtime

LITTLE = 1 << 30  # bytes of free disk that a busy day may need
SERVER = "check TOCSIN_DATABASE_URL, and start the server that it names"
FILE = (
    "name a file in TOCSIN_DATABASE_URL or TOCSIN_DATA_DIR that this user may read and write, or "
    "restore a backup: docs/operating.md"
)
QUEUE = "check TOCSIN_QUEUE_URL and start the server; until then work waits for a poll"
STALE = 2  # years: the rules of some country change every year


def settings(given: Settings) -> Iterator[Finding]:
    """Whether the outside can reach what mails and feeds point at, safely."""
    url = urlsplit(given.public_url)
    if given.exposed and url.scheme != "https":
        yield warning(
            "address",
            f"links in mails start with {given.public_url}",
            "put an HTTPS proxy in front and set TOCSIN_PUBLIC_URL to its address",
        )
    else:
        yield fine("address", given.public_url)
    if not given.local and not given.trusted_proxies and url.scheme == "https":
        yield warning(
            "proxies",
            "HTTPS ends at a proxy whose word on the caller's address is not trusted",
            "set TOCSIN_TRUSTED_PROXIES to the number of proxies in front",
        )


def disk(given: Settings) -> Iterator[Finding]:
    """Whether there is room, and whether the key is ours alone."""
    place = given.data_dir.absolute()
    there = next(each for each in (place, *place.parents) if each.exists())
    if not os.access(there, os.W_OK | os.X_OK):
        yield fault(
            "disk",
            f"this user may not write to {there}",
            "give it the folder, or name another in TOCSIN_DATA_DIR",
        )
    free = shutil.disk_usage(there).free
    said = f"{free / (1 << 30):.1f} GiB free for {given.data_dir}"
    if free < LITTLE:
        yield warning("disk", said, "make room: a full disk stops a SQLite database")
    else:
        yield fine("disk", said)
    key = given.data_dir / "secret_key"
    if key.exists() and key.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        yield fault("key", f"others on this machine may read {key}", f"chmod 600 {key}")


def parts(found: Health, kind: str) -> Iterator[Finding]:
    """The database, of this *kind*, and the queue."""
    remedies = {"database": FILE if kind == "sqlite" else SERVER, "queue": QUEUE}
    for part, remedy in remedies.items():
        match found.reasons.get(part):
            case None:
                yield fine(part, "it answers")
            case reason if reason == NOT_CURRENT:
                yield fault(part, reason, "run `tocsin db upgrade`, then start again")
            case reason:
                said = [reason, *found.details.get(part, "").splitlines()[:1]]
                yield fault(part, ": ".join(said), remedy)


def channels(registry: Registry, names: tuple[str, ...]) -> Iterator[Finding]:
    """Which plugins could be built."""
    unavailable = registry.unavailable()
    for name in names:
        if name in unavailable:
            yield fault(
                f"channel {name}",
                unavailable[name],
                _remedy(name),
            )
        else:
            yield fine(f"channel {name}", "ready")


def _remedy(name: str) -> str:
    place = f"TOCSIN_CHANNEL_{name.replace('-', '_').upper()}_…"
    named = f"TOCSIN_SMTP_URL, {place}" if name == "email" else place
    return f"correct its settings ({named}) or its package, then start again: its deliveries wait"


def zone_rules(version: str, now: datetime) -> Iterator[Finding]:
    """Whether the installed rules, such as `2026b`, are of our days."""
    said = f"time zone rules {version}"
    if now.year - int(version[:4]) >= STALE:
        yield warning(
            "zones",
            f"{said}: countries have changed theirs since",
            "install a newer Tocsin, or upgrade the package pytz, and start again",
        )
    else:
        yield fine("zones", said)


def plans(rt: Runtime) -> Iterator[Finding]:
    """Whether what is planned was planned by the rules that are installed."""
    with rt.read() as session:
        others = queries.foreign_zone_data(session, zones.DATA_VERSION)
    if others:
        yield warning(
            "zones",
            f"unfinished rollouts were planned by the time zone rules {', '.join(others)}",
            "run a ticker: it plans them anew, and pauses those that moved within a day",
        )
