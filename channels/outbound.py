"""The only way out over HTTP: guarded, one deadline over everything, no redirect, no proxy.

On libcurl: a server that drips one byte each 0.3 s was still read after 9 to 12 s by clients whose
"timeout" is per read; libcurl ends at the deadline. The address is checked in the callback that
opens the socket, so that rebinding and several answers need no special case.
"""

import math
import os
import re
import selectors
import socket
import ssl
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import pycurl

from channels.base import Refused, Trace
from channels.exchange import Failure, Job, Kind, Phase, Reply, Request, Turns
from channels.guard import Guard
from channels.wires import Bundle, Wires

__all__ = ["Door", "Failure", "Guard", "Kind", "Phase", "Reply", "Request"]

READ = 16 * 1024  # bytes of a body that are read before the line is cut, unless more are kept
LINES = 10  # transfers in flight in a bundle
KEPT_LINES = 64
REST = 60.0  # seconds; the system's resolver gives up before
BREAKS = re.compile(r"[\r\n\0]")


class Door:
    """Makes requests for any thread; connections are kept and belong to one call at a time."""

    def __init__(self, guard: Guard, ca_file: str | None = None) -> None:
        self.guard = guard
        self._ca_file = ca_file
        self._check = lru_cache(maxsize=4096)(guard.check_url)
        self._idle = deque[Wires]()
        self._resting = deque[tuple[float, Bundle]]()
        self._pid = os.getpid()
        self._closed = False
        self._inherited: list[object] = []

    def get(self, url: str, seconds: float, most: int) -> Reply:
        """Return the reply to a GET with at most *most* bytes of its body; raises `Failure`."""
        return self._one(Request(url, None, {"Accept": "application/json"}, seconds, most=most))

    def post(self, url: str, body: bytes, headers: Mapping[str, str], seconds: float) -> Reply:
        """Return the reply to one request; raises `Failure`."""
        return self._one(Request(url, body, headers, seconds))

    def _one(self, request: Request) -> Reply:
        ((_, result),) = self.post_many([request], time.monotonic() + request.seconds)
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
        """Close the connections kept; calls under way close theirs when they end.

        Waits for lookups that were given up: as long as the system's resolver does.
        """
        self._closed = True
        while self._idle:
            self._idle.pop().close()
        self._wake(until=math.inf)

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

    def _take(self) -> Wires:
        if self._pid != os.getpid():
            # After a fork these are the parent's: to close them would end its TLS sessions.
            self._inherited = [*self._inherited, self._idle, self._resting]
            self._idle, self._resting, self._pid = deque(), deque(), os.getpid()
        try:
            return self._idle.pop()
        except IndexError:
            return Wires(lambda selector: _Bundle(selector, self.guard, self._ca_file))

    def _give(self, wires: Wires) -> None:
        now = time.monotonic()
        self._resting.extend((now + REST, bundle) for bundle in wires.clogged())
        self._wake(until=math.inf if self._closed else now)
        if self._closed or wires.broken:
            wires.close()
        else:
            self._idle.append(wires)

    def _wake(self, until: float) -> None:
        while self._resting:
            rested = self._resting.popleft()
            if rested[0] > until:
                self._resting.appendleft(rested)
                return
            rested[1].close()


class _Bundle:
    """A libcurl multi handle: a few lines, their kept connections and their resolver.

    libcurl looks names up in at most 20 threads for each multi handle, two for each name (A and
    AAAA), and a lookup that nobody answers keeps its threads long after its transfer timed out:
    64 such names made a healthy host's request wait 9 s. So a bundle has lines for 10 names, and
    once a lookup timed out it is clogged: it begins nothing and rests until its threads are done.
    """

    def __init__(self, selector: selectors.BaseSelector, guard: Guard, ca_file: str | None) -> None:
        self._busy: dict[Any, tuple[_Line, Job]] = {}
        self.hosts: set[str] = set()
        self.clogged = False
        self.due = 0.0
        self._selector: selectors.BaseSelector | None = selector
        self._guard, self._ca_file = guard, ca_file
        self._free: list[_Line] = []
        self._watched: set[int] = set()
        self._multi = pycurl.CurlMulti()
        self._multi.setopt(pycurl.M_SOCKETFUNCTION, self._watch)
        self._multi.setopt(pycurl.M_TIMERFUNCTION, self._set_timer)
        self._multi.setopt(pycurl.M_MAXCONNECTS, KEPT_LINES)

    def busy(self) -> bool:
        return bool(self._busy)

    def full(self) -> bool:
        return len(self._busy) >= LINES

    def begin(self, job: Job, left: float) -> None:
        if len(self.hosts) > KEPT_LINES:
            self.hosts.clear()
        self.hosts.add(job.target.host)
        line = self._free.pop() if self._free else _Line(self._guard, self._ca_file)
        line.aim(job, min(job.request.seconds, left))
        self._busy[line.curl] = line, job
        self._multi.add_handle(line.curl)

    def act(self, fd: int, events: int) -> None:
        mask = pycurl.CSELECT_IN if events & selectors.EVENT_READ else 0
        mask |= pycurl.CSELECT_OUT if events & selectors.EVENT_WRITE else 0
        self._multi.socket_action(fd, mask)

    def tick(self) -> None:
        if self.due <= time.monotonic():
            self._set_timer(-1)
            self._multi.socket_action(pycurl.SOCKET_TIMEOUT, 0)

    def ended(self) -> list[tuple[Job, Reply | Failure]]:
        if not self._busy:
            return []
        _, done, failed = self._multi.info_read(2 * LINES)
        results: list[tuple[Job, Reply | Failure]] = []
        for curl, code, words in [*((curl, pycurl.E_OK, "") for curl in done), *failed]:
            line, job = self._busy.pop(curl)
            self._multi.remove_handle(curl)
            self.clogged = self.clogged or line.unresolved(code)
            results.append((job, line.result(code, words)))
            self._free.append(line)
        return results

    def drop_all(self) -> None:
        while self._busy:
            curl, (line, _) = self._busy.popitem()
            self._multi.remove_handle(curl)
            line.hang_up()
            self._free.append(line)

    def unwatch(self) -> None:
        selector, self._selector = self._selector, None
        while selector and self._watched:
            selector.unregister(self._watched.pop())

    def close(self) -> None:
        """Close every connection; waits for lookups under way."""
        self.unwatch()
        for line in self._free:
            line.curl.close()
        self._multi.close()

    def _watch(self, event: int, fd: int, _multi: Any, _data: Any) -> None:
        if self._selector is None:
            return
        if event == pycurl.POLL_REMOVE:
            if fd in self._watched:
                self._watched.remove(fd)
                self._selector.unregister(fd)
            return
        wanted = selectors.EVENT_READ if event & pycurl.POLL_IN else 0
        wanted |= selectors.EVENT_WRITE if event & pycurl.POLL_OUT else 0
        change = self._selector.modify if fd in self._watched else self._selector.register
        self._watched.add(fd)
        change(fd, wanted, self)

    def _set_timer(self, milliseconds: int) -> None:
        wait = 1.0 if milliseconds < 0 else milliseconds / 1000
        self.due = time.monotonic() + wait


class _Line:
    """One reusable libcurl handle."""

    def __init__(self, guard: Guard, ca_file: str | None) -> None:
        self.curl = pycurl.Curl()
        self._guard = guard
        self._plain = False
        self._blocked = False
        self._request = Request("", b"", {})
        self._sockets: list[socket.socket] = []
        self._head: list[bytes] = []
        self._body = bytearray()
        for option, value in self._fixed(ca_file):
            self.curl.setopt(option, value)

    def _fixed(self, ca_file: str | None) -> Iterator[tuple[int, Any]]:
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
        self._request = job.request
        self._head.clear()
        self._body.clear()
        self.curl.setopt(pycurl.URL, job.target.url)
        self.curl.setopt(pycurl.HTTPHEADER, job.lines)
        if job.request.body is None:
            self.curl.setopt(pycurl.HTTPGET, 1)
        else:
            self.curl.setopt(pycurl.POST, 1)
            self.curl.setopt(pycurl.POSTFIELDS, job.request.body)
        self.curl.setopt(pycurl.TIMEOUT_MS, max(1, int(seconds * 1000)))

    def result(self, code: int, words: str) -> Reply | Failure:
        """Return what became of the transfer that ended with libcurl's *code*."""
        nowhere = self._blocked and not self._sockets
        self.hang_up()
        cut = code == pycurl.E_WRITE_ERROR and len(self._body) > self._most()
        if code == pycurl.E_OK or cut:  # of a body over the cap, the status still counts
            return self._reply()
        unsent = self.curl.getinfo(pycurl.REQUEST_SIZE) == 0
        phase = Phase.BEFORE_REQUEST if unsent else Phase.AFTER_REQUEST
        trace = self._trace(self._address(), self._timings())
        if nowhere and unsent:
            detail = "the name leads to an address that is not public"
            return Failure(Kind.BLOCKED, detail, phase, trace)
        detail = words or f"libcurl error {code}"
        return Failure(KINDS.get(code, Kind.PROTOCOL), detail, phase, trace)

    def unresolved(self, code: int) -> bool:
        """Tell whether the transfer that ended with *code* was still looking its name up."""
        looked_up: float = self.curl.getinfo(pycurl.NAMELOOKUP_TIME)
        return bool(code == pycurl.E_OPERATION_TIMEDOUT and looked_up == 0)

    def hang_up(self) -> None:
        """Close our copies of the sockets: libcurl works on its own."""
        while self._sockets:
            self._sockets.pop().close()

    def _reply(self) -> Reply:
        status, headers = self.curl.getinfo(pycurl.RESPONSE_CODE), _fields(self._head)
        body, address, timings = (
            bytes(self._body[: self._request.most]),
            self._address(),
            self._timings(),
        )
        trace = self._trace(address, timings, status, headers, body)
        return Reply(status, headers, body, address, timings["total"], trace)

    def _trace(
        self,
        address: str,
        timings: Mapping[str, float],
        status: int = 0,
        headers: Mapping[str, str] = MappingProxyType({}),
        body: bytes = b"",
    ) -> Trace:
        sent = self._request
        return Trace(sent.headers, sent.body or b"", status, headers, body, address, timings)

    def _address(self) -> str:
        address: str = self.curl.getinfo(pycurl.PRIMARY_IP)
        return address

    def _timings(self) -> dict[str, float]:
        return {name: self.curl.getinfo(code) for name, code in TIMINGS.items()}

    def _open(self, _purpose: int, target: Any) -> Any:
        internet = target.family in (socket.AF_INET, socket.AF_INET6)
        if not internet or not self._guard.admits(target.addr[0], plain=self._plain):
            self._blocked = True
            return pycurl.SOCKET_BAD
        self._sockets.append(socket.socket(target.family, target.socktype, target.protocol))
        return self._sockets[-1]

    def _take(self, chunk: bytes) -> int | None:
        self._body += chunk
        return None if len(self._body) <= self._most() else 0  # 0 ends the transfer

    def _most(self) -> int:
        return max(READ, self._request.most)


def _fields(lines: Iterable[bytes]) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in lines:
        if line.startswith(b"HTTP/"):
            found.clear()  # what came before was an interim answer (1xx)
        name, colon, value = line.decode("latin-1").partition(":")
        if colon:
            found[name.strip().lower()] = value.strip()
    return found


TIMINGS = {
    "lookup": pycurl.NAMELOOKUP_TIME,
    "connect": pycurl.CONNECT_TIME,
    "tls": pycurl.APPCONNECT_TIME,
    "first_byte": pycurl.STARTTRANSFER_TIME,
    "total": pycurl.TOTAL_TIME,
}
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
