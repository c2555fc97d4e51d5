"""A consumer of webhooks, as others write them: checks signatures, answers challenges."""

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from channels.webhook.signing import BadSignature, verify


@dataclass(slots=True)
class Received:
    """What a consumer got, one id once."""

    verified: set[str] = field(default_factory=set)
    repeated: int = 0
    forged: int = 0


class Consumer:
    """A server on a port of this machine with any number of endpoints, one secret each."""

    def __init__(self) -> None:
        self.received = Received()
        self.secrets: dict[str, str] = {}  # by path
        self._guard = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    def url(self, path: str) -> str:
        """The address of an endpoint."""
        return f"http://127.0.0.1:{self.port}{path}"

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()

    def take(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, Any]]:
        """Return the status and body to answer with."""
        said = json.loads(body)
        if said["type"] == "endpoint.challenge":
            # Its secret is shown in the answer to the registration, which may still be on its way.
            return 200, {"challenge": said["data"]["challenge"]}
        with self._guard:
            try:
                verify([self.secrets[path]], headers, body)
            except (BadSignature, KeyError):
                self.received.forged += 1
                return 401, {}
            name = f"{path} {said['id']}"
            self.received.repeated += name in self.received.verified
            self.received.verified.add(name)
        return 200, {}


def _handler(consumer: Consumer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, said = consumer.take(self.path, dict(self.headers), body)
            answer = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_args: object) -> None:
            """Nothing: the screen belongs to the story."""

    return Handler
