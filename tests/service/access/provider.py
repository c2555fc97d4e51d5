"""A provider of OpenID Connect on loopback: it checks PKCE and the client, and can cheat."""

import base64
import hashlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

CLIENT, SECRET = "tocsin", "a shared secret"
KEY = RSAKey.generate_key(2048, {"kid": "k1"})
OTHER = RSAKey.generate_key(2048, {"kid": "k1"})


class Provider:
    """Vouches for whoever `person` says; `cheat` names what it does wrong."""

    def __init__(self, now: float) -> None:
        self.now, self.cheat = now, ""
        self.person: dict[str, Any] = {
            "sub": "u1", "email": "ada@example.org", "email_verified": True, "name": "Ada",
        }  # fmt: skip
        self.codes: dict[str, dict[str, str]] = {}
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._say(200, provider.document(self.path))

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"])).decode()
                form = {name: values[0] for name, values in parse_qs(body).items()}
                self._say(*provider.token(form, self.headers.get("authorization", "")))

            def _say(self, status: int, answer: object) -> None:
                raw = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("content-length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self.port = self._server.server_address[1]
        self.issuer = f"http://127.0.0.1:{self.port}"

    def document(self, path: str) -> object:
        if path == "/keys":
            return {"keys": [KEY.as_dict(private=False)]}
        named = "https://evil.example" if self.cheat == "another name" else self.issuer
        return {
            "issuer": named,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "padding": "x" * 20_000,  # real ones are long
        }

    def consent(self, where: str) -> str:
        """Say yes as somebody in a browser would; return the code."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(where).query).items()}
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        code = f"code-{len(self.codes)}"
        self.codes[code] = asked
        return code

    def token(self, form: dict[str, str], authorization: str) -> tuple[int, object]:
        asked = self.codes.pop(form.get("code", ""), None)
        pair = base64.b64encode(f"{CLIENT}:{SECRET.replace(' ', '+')}".encode()).decode()
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        proof = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if asked is None or proof != asked["code_challenge"] or authorization != f"Basic {pair}":
            return 400, {"error": "invalid_grant"}
        claims = {
            "iss": self.issuer, "aud": CLIENT, "iat": int(self.now), "exp": int(self.now) + 300,
            "nonce": asked["nonce"], **self.person,
        }  # fmt: skip
        return 200, {"id_token": self._signed(claims), "token_type": "Bearer"}

    def _signed(self, claims: dict[str, Any]) -> str:
        wrong: dict[str, dict[str, Any]] = {
            "nonce": {"nonce": "another"},
            "audience": {"aud": "another"},
            "issuer": {"iss": "https://evil.example"},
            "expired": {"exp": int(self.now) - 3600},
            "unverified": {"email_verified": False},
        }
        claims |= wrong.get(self.cheat, {})
        if self.cheat == "shared secret":
            known = OctKey.import_key(SECRET.encode().ljust(32, b"x"))
            return jwt.encode({"alg": "HS256", "kid": "k1"}, claims, known)
        if self.cheat == "unsigned":
            head, body = (
                base64.urlsafe_b64encode(json.dumps(each).encode()).rstrip(b"=").decode()
                for each in ({"alg": "none"}, claims)
            )
            return f"{head}.{body}."
        key = OTHER if self.cheat == "key" else KEY
        return jwt.encode({"alg": "RS256", "kid": "k1"}, claims, key)

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
