"""In front of the web application: public answers kept in memory, and shown when we are away.

What the application marks as public is answered from bytes, with its ETag, packed or not; a
second after it was made it is made anew, by one request at a time. Where that fails, because the
database is away, what was known is shown, and says so. See docs/decisions/0090.
"""

import gzip
import hashlib
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.cookies import CookieError, SimpleCookie
from typing import Any

import structlog

from service.web.choices import THEME_COOKIE, THEMES
from service.web.i18n import COOKIE as LANGUAGE_COOKIE
from service.web.i18n import translate
from service.web.parsing import LANGUAGES

log = structlog.get_logger(__name__)

FRESH_SECONDS = 1.0  # an answer is as good as new
RETRY_SECONDS = 5.0  # between two tries where the last one failed
WAIT_SECONDS = 1.0  # for another request that makes the same answer anew
MOST_ANSWERS = 2000
MOST_BYTES = 64 * 1024 * 1024
_SMALL = 512  # bytes that are not worth packing

#: What is never kept: the service's own addresses, which are for one person or program each.
_PRIVATE = re.compile(r"/(?:console|api/v1|c|p|u|dev|hooks|healthz|readyz|metrics)(?:/|$)")
_QUERY = re.compile(r"|lang=(?:fr|en)")
_PACKED = ("text/", "application/json", "application/rss", "application/atom", "image/svg",
           "application/feed", "text/calendar")  # fmt: skip
_DROPPED = frozenset({"x-request-id", "content-length", "etag", "date", "connection"})

Environ = dict[str, Any]
Headers = list[tuple[str, str]]
Start = Callable[..., Any]
Wsgi = Callable[[Environ, Start], Iterable[bytes]]
Key = tuple[str, ...]


@dataclass(slots=True)
class Answer:
    """One answer's bytes, as they are and packed."""

    headers: Headers
    body: bytes
    packed: bytes
    tag: str
    made: float  # on the monotonic clock
    made_at: datetime
    fresh_until: float
    failed: bool = False
    turn: threading.Lock = field(default_factory=threading.Lock)


class Kept:
    """Answers what it knows, and asks the application for the rest."""

    def __init__(self, inner: Wsgi, clock: Callable[[], float] = time.monotonic) -> None:
        self._inner, self._clock = inner, clock
        self._answers = OrderedDict[Key, Answer]()
        self._alike: dict[Key, Key] = {}  # an address → the last answer, whoever asked
        self._negotiated: set[Key] = set()
        self._bytes = 0
        self._guard = threading.Lock()

    def __call__(self, environ: Environ, start_response: Start) -> Iterable[bytes]:
        place = _place(environ)
        if place is None:
            return self._inner(environ, start_response)
        key = self._key(place, environ)
        answer = self._answers.get(key)
        if answer is not None and self._clock() < answer.fresh_until:
            return _send(answer, environ, start_response, self._clock())
        if answer is not None and not answer.turn.acquire(timeout=WAIT_SECONDS):
            return _send(answer, environ, start_response, self._clock())
        try:
            return self._renewed(place, environ, start_response)
        finally:
            if answer is not None:
                answer.turn.release()

    def warm(self, paths: Iterable[str], host: str) -> None:
        """Make answers for *paths* before anybody asks, so that they are there when needed."""
        for path in paths:
            environ = {
                "REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": "",
                "SERVER_NAME": host, "SERVER_PORT": "80", "HTTP_HOST": host,
                "SERVER_PROTOCOL": "HTTP/1.1", "REMOTE_ADDR": "127.0.0.1",
                "wsgi.url_scheme": "http", "wsgi.input": None, "wsgi.version": (1, 0),
            }  # fmt: skip
            for _ in self(environ, lambda *_: None):
                pass

    def _key(self, place: Key, environ: Environ) -> Key:
        chosen = _cookies(environ)
        spoken = environ.get("HTTP_ACCEPT_LANGUAGE", "") if place in self._negotiated else ""
        return (*place, *chosen, spoken)

    def _renewed(self, place: Key, environ: Environ, start_response: Start) -> Iterable[bytes]:
        known = self._answers.get(self._key(place, environ))
        if known is not None and self._clock() < known.fresh_until:
            return _send(known, environ, start_response, self._clock())
        status, headers, body = _ask(self._inner, environ)
        if status.startswith("200 ") and _is_public(headers):
            made = self._keep(place, environ, headers, body)
            return _send(made, environ, start_response, self._clock())
        known = known or self._answers.get(self._alike.get(place, ()))
        if status.startswith("5") and known is not None:
            known.failed, known.fresh_until = True, self._clock() + RETRY_SECONDS
            log.warning("stale", path=environ.get("PATH_INFO", ""), status=status[:3])
            return _send(known, environ, start_response, self._clock())
        start_response(status, headers)
        return [b"" if environ["REQUEST_METHOD"] == "HEAD" else body]

    def _keep(self, place: Key, environ: Environ, headers: Headers, body: bytes) -> Answer:
        by_name = {name.lower(): value for name, value in headers}
        if "accept-language" in by_name.get("vary", "").lower():
            self._negotiated.add(place)
        now = self._clock()
        packable = len(body) > _SMALL and by_name.get("content-type", "").startswith(_PACKED)
        answer = Answer(
            headers=[(name, value) for name, value in headers if name.lower() not in _DROPPED],
            body=body,
            packed=gzip.compress(body, 6, mtime=0) if packable else b"",
            tag=hashlib.sha256(body).hexdigest()[:32],
            made=now,
            made_at=datetime.now(UTC),  # noqa: TID251 - told to people where the database is away
            fresh_until=now + FRESH_SECONDS,
        )
        key = self._key(place, environ)
        with self._guard:
            self._forget(key)
            self._answers[key], self._alike[place] = answer, key
            self._bytes += len(answer.body) + len(answer.packed)
            while len(self._answers) > MOST_ANSWERS or self._bytes > MOST_BYTES:
                self._forget(next(iter(self._answers)))
        return answer

    def _forget(self, key: Key) -> None:
        old = self._answers.pop(key, None)
        if old is not None:
            self._bytes -= len(old.body) + len(old.packed)


def _place(environ: Environ) -> Key | None:
    """The address of something that may be kept; None for what may not."""
    path, query = environ.get("PATH_INFO", ""), environ.get("QUERY_STRING", "")
    if environ.get("REQUEST_METHOD") not in ("GET", "HEAD"):
        return None
    if _PRIVATE.match(path) or not _QUERY.fullmatch(query) or "HTTP_AUTHORIZATION" in environ:
        return None
    return (environ.get("HTTP_HOST", ""), path, query)


def _cookies(environ: Environ) -> tuple[str, str]:
    """What a reader chose, as far as an answer depends on it."""
    given = environ.get("HTTP_COOKIE", "")
    if THEME_COOKIE not in given and LANGUAGE_COOKIE not in given:
        return "", ""
    try:
        cookies = SimpleCookie(given)
    except CookieError:
        return "", ""
    theme = cookies[THEME_COOKIE].value if THEME_COOKIE in cookies else ""
    spoken = cookies[LANGUAGE_COOKIE].value if LANGUAGE_COOKIE in cookies else ""
    return theme if theme in THEMES else "", spoken if spoken in LANGUAGES else ""


def _ask(inner: Wsgi, environ: Environ) -> tuple[str, Headers, bytes]:
    """Return what the application answers, in full, to whoever has nothing yet."""
    given: list[tuple[str, Headers]] = []

    def start(status: str, headers: Headers, _error: object = None) -> Callable[[bytes], object]:
        given.append((status, headers))
        return lambda _: None

    whole = {name: value for name, value in environ.items() if name not in _CONDITIONS}
    parts = inner({**whole, "REQUEST_METHOD": "GET"}, start)
    try:
        body = b"".join(parts)
    finally:
        close = getattr(parts, "close", None)
        if close is not None:
            close()
    return (*given[-1], body)


_CONDITIONS = frozenset({"HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_RANGE"})


def _is_public(headers: Headers) -> bool:
    by_name = {name.lower(): value for name, value in headers}
    return by_name.get("cache-control", "").startswith("public") and "set-cookie" not in by_name


def _send(
    answer: Answer, environ: Mapping[str, Any], start_response: Start, now: float
) -> Iterable[bytes]:
    body, tag, extra = answer.body, answer.tag, Headers()
    if answer.failed:
        body, tag = _said_stale(answer), f"{answer.tag}-stale"
        age = str(int(now - answer.made))
        extra = [("Age", age), ("Warning", '110 - "Response is Stale"')]
    if answer.packed and "gzip" in environ.get("HTTP_ACCEPT_ENCODING", ""):
        body = gzip.compress(body, 6, mtime=0) if answer.failed else answer.packed
        tag = f"{tag}-gzip"
        extra.append(("Content-Encoding", "gzip"))
    headers = [*_varying(answer), ("ETag", f'"{tag}"'), *extra]
    if _has(environ.get("HTTP_IF_NONE_MATCH", ""), tag):
        start_response("304 Not Modified", headers)
        return [b""]
    start_response("200 OK", [*headers, ("Content-Length", str(len(body)))])
    return [b""] if environ["REQUEST_METHOD"] == "HEAD" else [body]


def _varying(answer: Answer) -> Headers:
    if not answer.packed:
        return answer.headers
    told = [(name, value) for name, value in answer.headers if name.lower() != "vary"]
    vary = [value for name, value in answer.headers if name.lower() == "vary"]
    return [*told, ("Vary", ", ".join([*vary, "Accept-Encoding"]))]


def _has(conditions: str, tag: str) -> bool:
    # Weak comparison (RFC 9110, 13.1.2): proxies that pack mark our tags as weak.
    given = (each.strip().removeprefix("W/").strip('"') for each in conditions.split(","))
    return conditions.strip() == "*" or tag in given


def _said_stale(answer: Answer) -> bytes:
    language = "fr" if b'<html lang="fr"' in answer.body else "en"
    at = f"{answer.made_at:%Y-%m-%d %H:%M} UTC"
    words = translate(language, "status.live.stale", at=at)
    said = f'<p class="stale-said" role="status">{words}</p>\n<main id="content"'.encode()
    return answer.body.replace(b'<main id="content"', said, 1)
