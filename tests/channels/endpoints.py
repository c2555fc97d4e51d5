"""A real HTTP server whose path says how it behaves."""

import json
import socketserver
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from socket import SO_LINGER, SOL_SOCKET, socket
from typing import Any, NamedTuple

from channels.guard import Guard, Network

LOOPBACK: tuple[Network, ...] = (ip_network("127.0.0.0/8"), ip_network("::1/128"))


class Received(NamedTuple):
    """One request as the endpoint saw it."""

    path: str
    headers: dict[str, str]
    body: bytes
    line: int  # which connection, by the client's port


class Endpoint(ThreadingHTTPServer):
    """Remembers what it gets; `most` is how many requests it held at once."""

    daemon_threads = False
    request_queue_size = 128

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Behaviour)
        self.received: list[Received] = []
        self.over = threading.Event()
        self.counting = threading.Lock()
        self.now = self.most = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def guard(self) -> Guard:
        return Guard(LOOPBACK, (80, 443, self.server_port))

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is part of the play."""


class Behaviour(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 20
    server: Endpoint

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        port = self.client_address[1]
        with self.server.counting:
            self.server.received.append(Received(self.path, headers, body, port))
            self.server.now += 1
            self.server.most = max(self.server.most, self.server.now)
        try:
            name, *rest = self.path.strip("/").partition("?")[0].split("/")
            getattr(self, f"be_{name}")(*rest)
        finally:
            with self.server.counting:
                self.server.now -= 1

    def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def be_ok(self) -> None:
        self.answer(200, b"thanks")

    def be_status(self, code: str, retry_after: str = "") -> None:
        asked = {"retry_after": retry_after} if retry_after else {}
        self.answer(int(code), b"because\x00\r\n  of reasons", **asked)

    def be_busy(self) -> None:
        self.server.over.wait(0.05)
        self.answer(200)

    def be_hang(self) -> None:
        self.server.over.wait(20)
        self.close_connection = True

    def be_drip(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")
        while not self.server.over.wait(0.1):
            self.wfile.write(b".")

    def be_creep(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\n")
        while not self.server.over.wait(0.1):
            self.wfile.write(b"x: y\r\n")

    def be_reset(self) -> None:
        self.connection.setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True

    def be_huge(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.close_connection = True
        for _ in range(10_000):
            self.wfile.write(b"h" * 10_000)

    def be_redirect(self) -> None:
        self.answer(302, location=f"{self.server.url}/ok")

    def be_garbage(self) -> None:
        self.wfile.write(b"220 mail.example.org ESMTP\r\n" * 3)
        self.close_connection = True

    def be_interim(self) -> None:
        self.wfile.write(b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n")
        self.answer(202, b"later")

    def be_echo(self) -> None:
        asked = json.loads(self.server.received[-1].body)["data"]
        self.answer(200, json.dumps(asked).encode())

    def be_parrot(self) -> None:
        self.answer(200, b'{"challenge": "something else"}')

    def be_list(self) -> None:
        self.answer(200, b"[" * 4000)

    def log_message(self, *_: Any) -> None:
        """Tests speak for themselves."""


class _Mute(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        self.server.over.wait(20)  # type: ignore[attr-defined]


@contextmanager
def serving(server: socketserver.TCPServer) -> Iterator[None]:
    """Run *server* in a thread until the block ends."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield
    finally:
        server.over.set()  # type: ignore[attr-defined]
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def mute_server() -> Iterator[int]:
    """A port that takes connections and never says a word."""
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Mute)
    server.over = threading.Event()  # type: ignore[attr-defined]
    with serving(server):
        yield server.server_address[1]


@contextmanager
def closed_port() -> Iterator[int]:
    """A port that refuses connections, kept from others meanwhile."""
    with socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]
