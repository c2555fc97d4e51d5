"""How often somebody may ask: moving windows, in memory, or in Redis where processes share one."""

import time
from dataclasses import dataclass
from typing import cast

from flask import Flask, current_app, request
from limits import RateLimitItem, parse
from limits.errors import StorageError
from limits.storage import MemoryStorage, Storage, storage_from_string
from limits.strategies import MovingWindowRateLimiter

from service.errors import TooMany
from service.web.context import runtime

_LIMITS = "tocsin.limits"


@dataclass(frozen=True, slots=True)
class Remaining:
    """What is left of a limit: of *limit* in *window* seconds, *left* now, more in *reset*."""

    limit: int
    window: int
    left: int
    reset: int


class Limits:
    """Counts by name and key; where the shared counter is away, each process counts alone."""

    def __init__(self, url: str) -> None:
        self._shared = MovingWindowRateLimiter(_storage(url))
        self._alone = MovingWindowRateLimiter(MemoryStorage())

    def take(self, name: str, rate: str, key: str) -> Remaining:
        """Count one, of *rate* (`10/minute`) for *key*; raises `TooMany`."""
        item = parse(rate)
        try:
            return self._take(self._shared, item, name, key)
        except StorageError:
            return self._take(self._alone, item, name, key)

    def check(self, name: str, rate: str, key: str) -> None:
        """Raise `TooMany` where the limit is reached, without counting: for limits on failures."""
        item = parse(rate)
        try:
            free = self._shared.test(item, name, key)
            left = self._remaining(self._shared, item, name, key)
        except StorageError:
            free = self._alone.test(item, name, key)
            left = self._remaining(self._alone, item, name, key)
        if not free:
            raise _too_many(left)

    def _take(
        self, counter: MovingWindowRateLimiter, item: RateLimitItem, name: str, key: str
    ) -> Remaining:
        free = counter.hit(item, name, key)
        left = self._remaining(counter, item, name, key)
        if not free:
            raise _too_many(left)
        return left

    @staticmethod
    def _remaining(
        counter: MovingWindowRateLimiter, item: RateLimitItem, name: str, key: str
    ) -> Remaining:
        stats = counter.get_window_stats(item, name, key)
        reset = max(1, round(stats.reset_time - time.time()))
        return Remaining(item.amount, item.get_expiry(), max(0, stats.remaining), reset)


def _storage(url: str) -> Storage:
    if not url.startswith(("redis://", "rediss://")):
        return MemoryStorage()
    # A counter that is away must not make a visitor wait.
    patience: dict[str, float] = {"socket_connect_timeout": 2, "socket_timeout": 2}
    return cast(Storage, storage_from_string(url, wrap_exceptions=True, **patience))


def limits() -> Limits:
    """Return this application's counters."""
    return cast(Limits, current_app.extensions[_LIMITS])


def visitor() -> str:
    """Return the address a request came from: the key of limits on people we do not know."""
    return request.remote_addr or ""


def install(app: Flask) -> None:
    """Give *app* its counters: shared by all processes where the queue is."""
    with app.app_context():
        app.extensions[_LIMITS] = Limits(runtime().settings.queue_url)


def _too_many(left: Remaining) -> TooMany:
    return TooMany(
        f"at most {left.limit} in {left.window} seconds; wait {left.reset} seconds",
        retry_after=left.reset,
    )
