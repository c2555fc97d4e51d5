"""Reads the address of the relay: `smtp://`, `smtp+starttls://` or `smtps://`."""

import ssl
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import parse_qsl, unquote, urlsplit


class Security(StrEnum):
    """How the connection is protected."""

    NONE = "smtp"
    STARTTLS = "smtp+starttls"
    TLS = "smtps"


PORTS = {Security.NONE: 25, Security.STARTTLS: 587, Security.TLS: 465}


@dataclass(frozen=True, slots=True)
class Relay:
    """The server that takes our mail, and how to talk to it."""

    host: str
    port: int
    security: Security
    user: str = ""
    password: str = field(default="", repr=False)
    verify: bool = True  # off only by `?verify=no`
    authorities: str = ""  # `?ca=FILE`: trust these instead of the system's

    def tls(self) -> ssl.SSLContext:
        """Return a fresh TLS context for this relay."""
        context = ssl.create_default_context(cafile=self.authorities or None)
        if not self.verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context


def parse_relay(url: str) -> Relay:
    """Return the relay that *url* names; raises `ValueError` without repeating the URL."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError("not a URL") from None
    if parts.scheme not in list(Security):
        raise ValueError(f"the scheme must be one of {', '.join(Security)}")
    if not parts.hostname or parts.path not in {"", "/"} or parts.fragment:
        raise ValueError("expected scheme://user:password@host:port")
    security = Security(parts.scheme)
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if "\0" in user + password or not password == password.strip("\r\n"):
        raise ValueError("user and password cannot hold control characters")
    verify, authorities = _options(parts.query)
    return Relay(
        parts.hostname, port or PORTS[security], security, user, password, verify, authorities
    )


def _options(query: str) -> tuple[bool, str]:
    verify, authorities = True, ""
    for name, value in parse_qsl(query, keep_blank_values=True):
        if name == "verify" and value in {"yes", "no"}:
            verify = value == "yes"
        elif name == "ca" and value:
            authorities = value
        else:
            raise ValueError("the options are verify=yes|no and ca=FILE")
    return verify, authorities
