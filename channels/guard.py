"""Says where outgoing HTTP may go: a URL when it is saved, the real address when connecting."""

import re
import socket
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import quote

from channels.base import Refused

Network = IPv4Network | IPv6Network

# IANA's special-purpose registries. `ip_address(x).is_global` is no help: it says True for
# 64:ff9b::7f00:1, 2002:7f00:1::, fec0::1, 192.0.0.8 and 224.0.0.1.
V4_REFUSED = tuple(
    IPv4Network(each)
    for each in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"),
        *("172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24"),
        *("192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15"),
        *("198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
    )
)
V6_ALLOWED = IPv6Network("2000::/3")
V6_REFUSED = tuple(
    IPv6Network(each)
    for each in ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20")
)

LONGEST_URL = 2048
LONGEST_NAME = 253  # RFC 1035
DEFAULT_PORTS = {"http": 80, "https": 443}
URL = re.compile(r"([a-z][a-z0-9+.-]*)://([^/?#]*)([^#]*)", re.IGNORECASE | re.ASCII)
AUTHORITY = re.compile(r"(\[[0-9a-f:.]+\]|[^\[\]:]+)(?::([0-9]{1,5}))?", re.IGNORECASE | re.ASCII)
LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?", re.ASCII)
UNPRINTABLE = re.compile(r"[\x00-\x20\x7f-\xa0\\\u2028\u2029\ud800-\udfff]")
# IDNA 2003 maps these to other letters, IDNA 2008 does not: two names for one spelling.
AMBIGUOUS = frozenset("ßẞς\u200c\u200d")


@dataclass(frozen=True, slots=True)
class Target:
    """Where a URL leads, as far as its text tells."""

    url: str  # the one spelling that is compared and sent to
    scheme: str
    host: str  # lower case, IDNA, IPv6 without brackets
    port: int


@dataclass(frozen=True, slots=True)
class Guard:
    """What the operator allows: public addresses, *allowed_networks* and *ports*.

    Plain http goes to the operator's networks only, unless *allow_http*.
    """

    allowed_networks: tuple[Network, ...] = ()
    ports: tuple[int, ...] = (80, 443)
    allow_http: bool = False

    def check_url(self, url: str) -> Target:
        """Return where *url* leads; raises `Refused`. Asks nobody: names are checked later."""
        scheme, authority, tail = _split(url)
        host, port = _place(authority, scheme)
        if port not in self.ports:
            raise _refused("port", f"port {port} is not allowed")
        literal = _literal(host)
        if literal is not None and not self.admits(literal):
            raise _refused("internal", "this address is not public")
        own = literal is not None and self._own(_plain_ip(literal))
        if scheme == "http" and not (self.allow_http or own):
            raise _refused("https", "use https")
        return _target(scheme, host, port, tail)

    def admits(self, address: str, *, plain: bool = False) -> bool:
        """Tell whether a socket may be opened to *address*; *plain* means without TLS."""
        ip = _plain_ip(address)
        if self._own(ip):
            return True
        return is_public(ip) and (self.allow_http or not plain)

    def _own(self, ip: IPv4Address | IPv6Address) -> bool:
        return any(ip in network for network in self.allowed_networks)


def is_public(ip: IPv4Address | IPv6Address) -> bool:
    """Tell whether *ip* belongs to the public internet; what is not known to is refused."""
    if isinstance(ip, IPv4Address):
        return not any(ip in network for network in V4_REFUSED)
    return ip in V6_ALLOWED and not any(ip in network for network in V6_REFUSED)


def parse_networks(raw: str) -> tuple[Network, ...]:
    """Return the networks that *raw* lists, apart by commas or blanks; raises ValueError."""
    return tuple(ip_network(each) for each in re.split(r"[,\s]+", raw) if each)


def _refused(code: str, detail: str) -> Refused:
    return Refused("address", code, detail)


def _split(url: str) -> tuple[str, str, str]:
    if len(url) > LONGEST_URL:
        raise _refused("too_long", f"at most {LONGEST_URL} characters")
    found = URL.match(url)
    if found is None or UNPRINTABLE.search(url):
        raise _refused("bad_url", "not a complete web address")
    scheme, authority, tail = found.groups()
    if scheme.lower() not in DEFAULT_PORTS:
        raise _refused("scheme", "only https addresses are called")
    if "@" in authority:
        raise _refused("userinfo", "no user name or password in the address")
    return scheme.lower(), authority, tail


def _place(authority: str, scheme: str) -> tuple[str, int]:
    found = AUTHORITY.fullmatch(authority)
    if found is None:
        raise _refused("host", "the host or the port cannot be read")
    raw, port = found.groups()
    host = _v6(raw) if raw.startswith("[") else _name(raw)
    return host, int(port) if port else DEFAULT_PORTS[scheme]


def _v6(bracketed: str) -> str:
    try:
        return str(IPv6Address(bracketed[1:-1]))
    except ValueError as error:
        raise _refused("host", "the host is not an IPv6 address") from error


def _name(raw: str) -> str:
    host = _ascii(raw).lower().removesuffix(".")
    labels = host.split(".")
    if len(host) > LONGEST_NAME or not all(LABEL.fullmatch(label) for label in labels):
        raise _refused("host", "the host is not a domain name")
    if not re.fullmatch(r"[0-9]+|0x[0-9a-f]*", labels[-1]):
        return host
    try:  # 2130706433, 0x7f000001, 127.1 and 0177.0.0.1 are all spellings of 127.0.0.1
        return socket.inet_ntoa(socket.inet_aton(host))
    except OSError as error:
        raise _refused("host", "the host is not an IPv4 address") from error


def _ascii(raw: str) -> str:
    if raw.isascii():
        return raw
    if AMBIGUOUS & set(raw):
        raise _refused("idna", "this international name has two readings: write its xn-- form")
    try:
        return raw.encode("idna").decode("ascii")
    except UnicodeError as error:
        raise _refused("idna", "not an international domain name") from error


def _literal(host: str) -> str | None:
    if host == "localhost" or host.endswith(".localhost"):
        return "127.0.0.1"  # RFC 6761: whatever the resolver says
    try:
        ip_address(host)
    except ValueError:
        return None
    return host


def _plain_ip(address: str) -> IPv4Address | IPv6Address:
    ip = ip_address(address.partition("%")[0])
    return (isinstance(ip, IPv6Address) and ip.ipv4_mapped) or ip


def _target(scheme: str, host: str, port: int, tail: str) -> Target:
    shown = f"[{host}]" if ":" in host else host
    shown += "" if port == DEFAULT_PORTS[scheme] else f":{port}"
    path = quote(tail if tail.startswith("/") else f"/{tail}", safe="/%?:@!$&'()*+,;=~[]-._")
    return Target(f"{scheme}://{shown}{path}", scheme, host, port)
