"""An upstream system's view of the service: its public API over HTTP, nothing else."""

import http.client
import json
import secrets
from dataclasses import dataclass
from typing import Any

OK = range(200, 300)


class Refused(RuntimeError):
    """The service did not do what it was asked."""


@dataclass(frozen=True, slots=True)
class Client:
    """Calls the API with one key."""

    host: str
    port: int
    key: str

    def get(self, path: str) -> Any:
        """Return what *path* answers; raises `Refused` and `OSError`."""
        return self._call("GET", path, None)

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """Send *body*, once even if it is sent twice; raises `Refused` and `OSError`."""
        return self._call("POST", path, body)

    def _call(self, method: str, path: str, body: dict[str, Any] | None) -> Any:
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        if method == "POST":
            headers["Idempotency-Key"] = secrets.token_hex(16)
        connection = http.client.HTTPConnection(self.host, self.port, timeout=30)
        try:
            sent = json.dumps(body) if body is not None else None
            connection.request(method, f"/api/v1{path}", sent, headers)
            response = connection.getresponse()
            said = response.read()
        finally:
            connection.close()
        if response.status not in OK:
            raise Refused(f"{method} {path}: {response.status} {said.decode(errors='replace')}")
        return json.loads(said) if said else None


def answers(host: str, port: int) -> bool:
    """Tell whether somebody answers HTTP: a connection alone may end in the queue of a dead one."""
    connection = http.client.HTTPConnection(host, port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status in OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
