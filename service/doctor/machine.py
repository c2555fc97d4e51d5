"""The parts on this side: settings, disk, database, queue, channels, rules of time zones."""

import shutil
import stat
from collections.abc import Iterator
from urllib.parse import urlsplit

from channels.registry import Registry
from scheduling import zones
from service.config import Settings
from service.doctor import queries
from service.doctor.findings import Finding, fault, fine, warning
from service.runtime import Runtime

LITTLE = 1 << 30  # bytes of free disk that a busy day may need
REMEDIES = {
    "database": "check TOCSIN_DATABASE_URL, start the server, run `tocsin db upgrade`",
    "queue": "check TOCSIN_QUEUE_URL and start the server; until then work waits for a poll",
}


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
    free = shutil.disk_usage(next(each for each in (place, *place.parents) if each.exists())).free
    said = f"{free / (1 << 30):.1f} GiB free for {given.data_dir}"
    if free < LITTLE:
        yield warning("disk", said, "make room: a full disk stops a SQLite database")
    else:
        yield fine("disk", said)
    key = given.data_dir / "secret_key"
    if key.exists() and key.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        yield fault("key", f"others on this machine may read {key}", f"chmod 600 {key}")


def parts(reasons: dict[str, str]) -> Iterator[Finding]:
    """The database and the queue, from what `health.look` found."""
    for part, remedy in REMEDIES.items():
        if part in reasons:
            yield fault(part, reasons[part], remedy)
        else:
            yield fine(part, "it answers")


def channels(registry: Registry, names: tuple[str, ...]) -> Iterator[Finding]:
    """Which plugins could be built."""
    unavailable = registry.unavailable()
    for name in names:
        if name in unavailable:
            yield fault(
                f"channel {name}",
                unavailable[name],
                "correct its settings, then start again: its deliveries wait",
            )
        else:
            yield fine(f"channel {name}", "ready")


def zone_data(rt: Runtime) -> Iterator[Finding]:
    """Whether what is planned was planned by the rules that are installed."""
    with rt.read() as session:
        others = queries.foreign_zone_data(session, zones.DATA_VERSION)
    said = f"time zone rules {zones.DATA_VERSION}"
    if others:
        yield warning(
            "zones",
            f"{said}; unfinished rollouts were planned by {', '.join(others)}",
            "run a ticker: it plans them anew, and pauses those that moved within a day",
        )
    else:
        yield fine("zones", said)
