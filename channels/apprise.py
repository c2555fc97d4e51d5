"""Everything that Apprise speaks (Mastodon, Matrix, Telegram …), to targets the operator named.

Apprise goes out by itself, not by our door, and tells nothing of why it failed: so only the
operator names targets, an address is such a name, and what fails is not known to have failed.
Redirects are not followed, and a host that leads inside is refused before each attempt; a name that
changes its address between that look and the connection is not seen. Extra `apprise`.
"""

import re
import socket
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import ClassVar

import apprise
from pydantic import BaseModel, ConfigDict, SecretStr, field_validator

from channels.base import (
    Address,
    Host,
    Message,
    Outcome,
    Parcel,
    Reason,
    Refused,
    Result,
    Scope,
    Traits,
)
from channels.posting import streaming
from channels.short import Short, shorten

THREADS = 4
MOST = 450  # characters: what the smallest of the networks takes
ASSET = apprise.AppriseAsset(http_redirects=False, secure_logging=True)
NAME = re.compile(r"[a-z][a-z0-9-]{0,40}")


class AppriseConfig(BaseModel):
    """The targets: `name=url` apart by blanks, the URLs as Apprise writes them."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    targets: SecretStr
    longest: int = MOST

    @field_validator("targets")
    @classmethod
    def _can_be_read(cls, value: SecretStr) -> SecretStr:
        for name, url in parse_targets(value.get_secret_value()).items():
            if apprise.Apprise.instantiate(url, asset=ASSET) is None:
                raise ValueError(f"{name}: Apprise does not know this address")
        return value


def parse_targets(raw: str) -> dict[str, str]:
    """Return the URL of each target by its name; raises ValueError."""
    found = {}
    for each in raw.split():
        name, equals, url = each.partition("=")
        if not equals or not NAME.fullmatch(name):
            raise ValueError("write name=url, apart by blanks")
        found[name] = url
    if not found:
        raise ValueError("name a target")
    return found


class AppriseChannel:
    """Hands each message to Apprise, in a few threads of its own: it is slow."""

    Config: ClassVar[type[BaseModel]] = AppriseConfig
    traits = Traits(bulk=False, repeatable=False, batch=4, per_lane=1)

    def __init__(self, config: AppriseConfig, host: Host) -> None:
        self._config, self._host = config, host
        self._targets = parse_targets(config.targets.get_secret_value())
        self._guard = streaming(host.http).guard
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="apprise")

    def parse_address(self, raw: str) -> Address:
        name = raw.strip().lower()
        if name not in self._targets:
            known = ", ".join(sorted(self._targets))
            raise Refused("address", "target", f"the operator named {known}")
        return Address(name, name, f"target {name[:1]}…", name)

    def render(self, message: Message, locale: str, zone: str) -> Short:
        """Return the words; the link comes last and is never cut."""
        return shorten(message, locale, zone, self._host, self._config.longest)

    def send(self, parcels: Sequence[Parcel], deadline: float) -> Iterator[Outcome]:
        begun: dict[Future[Reason], Parcel] = {}
        for parcel in parcels:
            if not isinstance(parcel.rendition, Short):
                detail = "a rendition of another channel"
                yield Outcome(parcel, Result.PERMANENT, Scope.MESSAGE, Reason.RENDER, "", detail)
            elif deadline <= time.monotonic():
                yield Outcome(parcel, Result.NOT_TRIED, Scope.ADDRESS, Reason.TIMEOUT)
            else:
                begun[self._pool.submit(self._notify, parcel)] = parcel
        yield from _settled(begun, deadline)

    def close(self) -> None:
        """Begin nothing more; what Apprise is doing ends by its own timeouts."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _notify(self, parcel: Parcel) -> Reason:
        target = apprise.Apprise(asset=ASSET)
        target.add(self._targets[parcel.address.value])
        if any(self._leads_inside(getattr(each, "host", None)) for each in target):
            return Reason.BLOCKED
        done = target.notify(body=parcel.rendition.text(self._config.longest))
        return Reason.ACCEPTED if done else Reason.REFUSED

    def _leads_inside(self, name: object) -> bool:
        """Whether a host leads where we do not go; some plugins keep a token in its place."""
        if not isinstance(name, str) or not name:
            return False
        try:
            found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            return False
        return not all(self._guard.admits(str(each[4][0])) for each in found)


def _settled(begun: dict[Future[Reason], Parcel], deadline: float) -> Iterator[Outcome]:
    done, late = wait(begun, timeout=max(0.0, deadline - time.monotonic()))
    for future in done:
        reason = Reason.REFUSED if future.exception() else future.result()
        yield _came(begun[future], reason)
    for future in late:
        result = Result.NOT_TRIED if future.cancel() else Result.UNKNOWN
        yield Outcome(begun[future], result, Scope.ADDRESS, Reason.TIMEOUT)


def _came(parcel: Parcel, reason: Reason) -> Outcome:
    match reason:
        case Reason.ACCEPTED:
            return Outcome(parcel, Result.SENT, Scope.ADDRESS, reason)
        case Reason.BLOCKED:
            detail = "the target leads to an address that is not public"
            return Outcome(parcel, Result.TRANSIENT, Scope.ADDRESS, reason, detail=detail)
    detail = "Apprise does not say why"
    return Outcome(parcel, Result.UNKNOWN, Scope.ADDRESS, Reason.REFUSED, detail=detail)
