"""The only way out over HTTP: guarded, one deadline over everything, no redirect, no proxy.

On libcurl: a server that drips one byte each 0.3 s was still read after 9 to 12 s by clients whose
"timeout" is per read; libcurl ends at the deadline. The address is checked in the callback that
opens the socket, so that rebinding and several answers need no special case.
"""

import os
import re
import selectors
import socket
import ssl
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import pycurl

from channels.base import Refused
from channels.exchange import Failure, Job, Kind, Phase, Reply, Request, Turns
from channels.guard import Guard

__all__ = ["Door", "Failure", "Guard", "Kind", "Phase", "Reply", "Request"]

READ = 16 * 1024  # bytes of a body that are read before the line is cut
KEPT = 4 * 1024
AT_ONCE = 64  # transfers in flight for one `post_many`
BREAKS = re.compile(r"[\r\n\0]")


class Door:
    """Makes requests for any thread; connections are kept and belong to one call at a time."""

    def __init__(self, guard: Guard, ca_file: str | None = None) -> None:
        self.guard = guard
        self._ca_file = ca_file
        self._check = lru_cache(maxsize=4096)(guard.check_url)
        self._idle = deque[_Wires]()
        self._pid = os.getpid()
        self._closed = False
        self._inherited: list[deque[_Wires]] = []

    def post(self, url: str, body: bytes, headers: Mapping[str, str], seconds: float) -> Reply:
        """Return the reply to one request; raises `Failure`."""
        request = Request(url, body, headers, seconds)
        ((_, result),) = self.post_many([request], time.monotonic() + seconds)
        if isinstance(result, Failure):
            raise result
        return result

    def post_many(
        self, requests: Sequence[Request], deadline: float, per_host: int = 8
    ) -> Iterator[tuple[Request, Reply | Failure]]:
        """Yield each request with what became of it, as known; *deadline* is `time.monotonic`'s.

        At most *per_host* are in flight towards one host.
        """
        turns = Turns(per_host)
        for request in requests:
            job = self._admit(request)
            if isinstance(job, Failure):
                yield request, job
            else:
                turns.add(job)
        wires = self._take()
        try:
            yield from wires.run(turns, deadline)
        finally:
            self._give(wires)

    def close(self) -> None:
        """Close the connections kept; calls under way close theirs when they end."""
        self._closed = True
        while self._idle:
            self._idle.pop().close()

    def _admit(self, request: Request) -> Job | Failure:
        try:
            target = self._check(request.url)
        except Refused as refused:
            return Failure(Kind.BLOCKED, refused.detail, Phase.BEFORE_REQUEST)
        # Never an empty list: pycurl would keep the headers of the request before.
        lines = ["Expect:", *[f"{name}: {value}" for name, value in request.headers.items()]]
        if BREAKS.search("".join(lines)):
            return Failure(Kind.PROTOCOL, "a header holds a line break", Phase.BEFORE_REQUEST)
        return Job(request, target, lines)

    def _take(self) -> "_Wires":
        if self._pid != os.getpid():
            # After a fork these are the parent's: to close them would end its TLS sessions.
            self._inherited.append(self._idle)
            self._idle, self._pid = deque(), os.getpid()
        try:
            return self._idle.pop()
        except IndexError:
            return _Wires(self.guard, self._ca_file)

    def _give(self, wires: "_Wires") -> None:
        if self._closed or wires.broken:
            wires.close()
        else:
            self._idle.append(wires)


class _Wires:
    """A libcurl multi handle with its kept connections; used by one call at a time."""

    def __init__(self, guard: Guard, ca_file: str | None) -> None:
        self.broken = False
        self._guard, self._ca_file = guard, ca_file
        self._due: float | None = None
        # Not `multi.select`: it stops at file descriptor 1024.
        self._selector = selectors.DefaultSelector()
        self._watched: set[int] = set()
        self._multi = pycurl.CurlMulti()
        self._multi.setopt(pycurl.M_SOCKETFUNCTION, self._watch)
        self._multi.setopt(pycurl.M_TIMERFUNCTION, self._set_timer)
        self._multi.setopt(pycurl.M_MAXCONNECTS, 2 * AT_ONCE)
        self._free: list[_Line] = []
        self._busy: dict[Any, tuple[_Line, Job]] = {}

    def run(self, turns: Turns, deadline: float) -> Iterator[tuple[Request, Reply | Failure]]:
        """Yield what becomes of every job of *turns*."""
        try:
            while True:
                yield from self._begin(turns, deadline)
                if not self._busy:
                    return
                self._step()
                for job, result in list(self._ended()):
                    turns.end(job)
                    yield job.request, result
        except pycurl.error:
            self.broken = True
            raise
        finally:
            self._drop_all()

    def close(self) -> None:
        """Close every connection."""
        for line in self._free:
            line.curl.close()
        self._multi.close()
        self._selector.close()

    def _begin(self, turns: Turns, deadline: float) -> Iterator[tuple[Request, Failure]]:
        left = deadline - time.monotonic()
        if left <= 0:
            for job in turns.rest():
                yield job.request, Failure(Kind.TIMEOUT, "its turn never came", Phase.NOT_BEGUN)
        while len(self._busy) < AT_ONCE and (following := turns.take()):
            line = self._free.pop() if self._free else _Line(self._guard, self._ca_file)
            line.aim(following, min(following.request.seconds, left))
            self._busy[line.curl] = line, following
            self._multi.add_handle(line.curl)

    def _step(self) -> None:
        wait = 1.0 if self._due is None else max(0.0, self._due - time.monotonic())
        for key, events in self._selector.select(wait):
            mask = pycurl.CSELECT_IN if events & selectors.EVENT_READ else 0
            mask |= pycurl.CSELECT_OUT if events & selectors.EVENT_WRITE else 0
            self._multi.socket_action(key.fd, mask)
        if self._due is None or self._due <= time.monotonic():
            self._due = None
            self._multi.socket_action(pycurl.SOCKET_TIMEOUT, 0)

    def _ended(self) -> Iterator[tuple[Job, Reply | Failure]]:
        _, done, failed = self._multi.info_read(2 * AT_ONCE)
        for curl, code, words in [*((curl, pycurl.E_OK, "") for curl in done), *failed]:
            line, job = self._busy.pop(curl)
            self._multi.remove_handle(curl)
            yield job, line.result(code, words)
            self._free.append(line)

    def _drop_all(self) -> None:
        while self._busy:
            curl, (line, _) = self._busy.popitem()
            self._multi.remove_handle(curl)
            line.hang_up()
            self._free.append(line)

    def _watch(self, event: int, fd: int, _multi: Any, _data: Any) -> None:
        if event == pycurl.POLL_REMOVE:
            if fd in self._watched:
                self._watched.remove(fd)
                self._selector.unregister(fd)
            return
        wanted = selectors.EVENT_READ if event & pycurl.POLL_IN else 0
        wanted |= selectors.EVENT_WRITE if event & pycurl.POLL_OUT else 0
        change = self._selector.modify if fd in self._watched else self._selector.register
        self._watched.add(fd)
        change(fd, wanted)

    def _set_timer(self, milliseconds: int) -> None:
        self._due = None if milliseconds < 0 else time.monotonic() + milliseconds / 1000


class _Line:
    """One reusable libcurl handle."""

    def __init__(self, guard: Guard, ca_file: str | None) -> None:
        self.curl = pycurl.Curl()
        self._guard = guard
        self._plain = False
        self._blocked = False
        self._sockets: list[socket.socket] = []
        self._head: list[bytes] = []
        self._body = bytearray()
        for option, value in self._fixed(ca_file):
            self.curl.setopt(option, value)

    def _fixed(self, ca_file: str | None) -> Iterator[tuple[int, Any]]:
        yield pycurl.POST, 1
        yield pycurl.FOLLOWLOCATION, 0
        yield pycurl.PROXY, ""  # not even the environment's
        yield pycurl.USERAGENT, "Tocsin"
        yield pycurl.NOSIGNAL, 1
        yield pycurl.PROTOCOLS, pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS
        yield pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_1_1  # in flight = connections
        yield pycurl.SSLVERSION, pycurl.SSLVERSION_TLSv1_2
        yield pycurl.OPENSOCKETFUNCTION, self._open
        yield pycurl.HEADERFUNCTION, self._head.append
        yield pycurl.WRITEFUNCTION, self._take
        # The libcurl inside pycurl's wheels looks for authorities where its builder kept them.
        known = ssl.get_default_verify_paths()
        if ca_file or known.cafile:
            yield pycurl.CAINFO, ca_file or known.cafile
        if known.capath and not ca_file:
            yield pycurl.CAPATH, known.capath

    def aim(self, job: Job, seconds: float) -> None:
        """Make ready for *job*, which has *seconds* from now."""
        self._plain = job.target.scheme == "http"
        self._blocked = False
        self._head.clear()
        self._body.clear()
        self.curl.setopt(pycurl.URL, job.target.url)
        self.curl.setopt(pycurl.HTTPHEADER, job.lines)
        self.curl.setopt(pycurl.POSTFIELDS, job.request.body)
        self.curl.setopt(pycurl.TIMEOUT_MS, max(1, int(seconds * 1000)))

    def result(self, code: int, words: str) -> Reply | Failure:
        """Return what became of the transfer that ended with libcurl's *code*."""
        nowhere = self._blocked and not self._sockets
        self.hang_up()
        cut = code == pycurl.E_WRITE_ERROR and len(self._body) > READ
        if code == pycurl.E_OK or cut:  # of a body over the cap, the status still counts
            return self._reply()
        unsent = self.curl.getinfo(pycurl.REQUEST_SIZE) == 0
        phase = Phase.BEFORE_REQUEST if unsent else Phase.AFTER_REQUEST
        if nowhere and unsent:
            return Failure(Kind.BLOCKED, "the name leads to an address that is not public", phase)
        return Failure(KINDS.get(code, Kind.PROTOCOL), words or f"libcurl error {code}", phase)

    def hang_up(self) -> None:
        """Close our copies of the sockets: libcurl works on its own."""
        while self._sockets:
            self._sockets.pop().close()

    def _reply(self) -> Reply:
        return Reply(
            status=self.curl.getinfo(pycurl.RESPONSE_CODE),
            headers=_fields(self._head),
            body=bytes(self._body[:KEPT]),
            address=self.curl.getinfo(pycurl.PRIMARY_IP),
            seconds=self.curl.getinfo(pycurl.TOTAL_TIME),
        )

    def _open(self, _purpose: int, target: Any) -> Any:
        internet = target.family in (socket.AF_INET, socket.AF_INET6)
        if not internet or not self._guard.admits(target.addr[0], plain=self._plain):
            self._blocked = True
            return pycurl.SOCKET_BAD
        self._sockets.append(socket.socket(target.family, target.socktype, target.protocol))
        return self._sockets[-1]

    def _take(self, chunk: bytes) -> int | None:
        self._body += chunk
        return None if len(self._body) <= READ else 0  # 0 ends the transfer


def _fields(lines: Iterable[bytes]) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in lines:
        if line.startswith(b"HTTP/"):
            found.clear()  # what came before was an interim answer (1xx)
        name, colon, value = line.decode("latin-1").partition(":")
        if colon:
            found[name.strip().lower()] = value.strip()
    return found


KINDS = {
    pycurl.E_COULDNT_RESOLVE_HOST: Kind.DNS,
    pycurl.E_COULDNT_CONNECT: Kind.REFUSED,
    pycurl.E_INTERFACE_FAILED: Kind.REFUSED,
    pycurl.E_OPERATION_TIMEDOUT: Kind.TIMEOUT,
    pycurl.E_SEND_ERROR: Kind.RESET,
    pycurl.E_RECV_ERROR: Kind.RESET,
    pycurl.E_GOT_NOTHING: Kind.RESET,
    pycurl.E_PARTIAL_FILE: Kind.RESET,
    **dict.fromkeys(
        (
            pycurl.E_SSL_CONNECT_ERROR, pycurl.E_SSL_CERTPROBLEM, pycurl.E_SSL_CIPHER,
            pycurl.E_PEER_FAILED_VERIFICATION, pycurl.E_SSL_CACERT_BADFILE,
            pycurl.E_SSL_ISSUER_ERROR, pycurl.E_SSL_INVALIDCERTSTATUS,
            pycurl.E_SSL_PINNEDPUBKEYNOTMATCH, pycurl.E_SSL_ENGINE_INITFAILED,
        ),
        Kind.TLS,
    ),
}  # fmt: skip
