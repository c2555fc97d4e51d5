"""A real HTTP server on loopback that is asked to prove itself."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, NamedTuple, Self


class Seen(NamedTuple):
    """One request as the program saw it."""

    headers: dict[str, str]
    body: bytes


class Program:
    """Answers challenges rightly, wrongly or not at all, by `manner`."""

    def __init__(self) -> None:
        self.manner = "right"
        self.seen: list[Seen] = []
        program = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                program.seen.append(Seen({k.lower(): v for k, v in self.headers.items()}, body))
                status, answer = program.answer(json.loads(body))
                self.send_response(status)
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def port(self) -> int:
        return self._server.server_address[1]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    def answer(self, asked: dict[str, Any]) -> tuple[int, bytes]:
        nonce = asked.get("data", {}).get("challenge", "")
        return {
            "right": (200, json.dumps({"challenge": nonce}).encode()),
            "wrong": (200, b'{"challenge": "something else"}'),
            "silent": (200, b""),
            "gone": (410, b""),
            "failing": (500, json.dumps({"challenge": nonce}).encode()),
        }[self.manner]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
