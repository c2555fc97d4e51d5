"""From nothing to a session that takes mail: connect, greet, protect, authenticate."""

import asyncio
import re
import ssl
from base64 import b64encode
from dataclasses import dataclass
from functools import lru_cache

from channels.base import Reason
from channels.email.line import Line, Unopened
from channels.email.relay import Relay, Security
from channels.email.replies import Phase, classify
from channels.email.wire import as_reply

_SIZE = re.compile(r"[0-9]{1,15}")

READY, AUTHENTICATED, DONE, MORE = 220, 235, 250, 334
PATIENCE = 30.0  # seconds for all of it

_context = lru_cache(maxsize=8)(Relay.tls)  # reading the system's authorities takes 10 ms


@dataclass(frozen=True, slots=True)
class Offers:
    """What the server said it can do."""

    pipelining: bool = False
    utf8: bool = False
    starttls: bool = False
    size: int = 0  # the largest message in bytes; 0 is no limit
    auth: frozenset[str] = frozenset()


def parse_offers(text: bytes) -> Offers:
    """Return what the lines of a reply to EHLO promise."""
    words: dict[str, list[str]] = {}
    for line in text.decode("ascii", "replace").upper().split("\n")[1:]:
        name, *arguments = line.replace("=", " ", 1).split() or [""]
        words.setdefault(name, []).extend(arguments)
    size = next(iter(words.get("SIZE", [])), "")
    return Offers(
        pipelining="PIPELINING" in words,
        utf8="SMTPUTF8" in words and "8BITMIME" in words,
        starttls="STARTTLS" in words,
        size=int(size) if _SIZE.fullmatch(size) else 0,
        auth=frozenset(words.get("AUTH", [])),
    )


async def open_line(relay: Relay, name: str) -> tuple[Line, Offers]:
    """Return a line to *relay* that is ready for MAIL; raises `Unopened`."""
    line: Line | None = None
    try:
        async with asyncio.timeout(PATIENCE):
            line = await _connect(relay)
            return line, await _prepare(line, relay, name)
    except ssl.SSLError as error:
        raise Unopened(Reason.TLS, str(error)) from error
    except TimeoutError as error:
        raise Unopened(Reason.TIMEOUT, "the relay does not answer") from error
    except (OSError, ValueError, RuntimeError) as error:
        raise Unopened(Reason.UNREACHABLE, str(error)) from error
    finally:
        if line is not None and not line.ready:
            line.abort(Reason.INTERRUPTED, "not opened")


async def _connect(relay: Relay) -> Line:
    loop = asyncio.get_running_loop()
    context = _context(relay) if relay.security is Security.TLS else None
    _, line = await loop.create_connection(Line, relay.host, relay.port, ssl=context)
    return line


async def _prepare(line: Line, relay: Relay, name: str) -> Offers:
    await _expect(line, "", READY, Phase.GREETING)
    offers = await _greet(line, name)
    if relay.security is Security.STARTTLS:
        await _protect(line, relay, offers)
        offers = await _greet(line, name)
    if relay.user:
        await _authenticate(line, relay, offers)
    if line.closed.done():
        raise Unopened(Reason.UNREACHABLE, "the relay hung up")
    line.ready = True
    return offers


async def _greet(line: Line, name: str) -> Offers:
    code, text = await line.ask(f"EHLO {name}")
    if code in {500, 502}:  # a server of before 1995
        await _expect(line, f"HELO {name}", DONE, Phase.GREETING)
        return Offers()
    if code != DONE:
        _refuse(code, text, Phase.GREETING)
    return parse_offers(text)


async def _protect(line: Line, relay: Relay, offers: Offers) -> None:
    if not offers.starttls:
        raise Unopened(Reason.TLS, "the relay does not offer STARTTLS")
    await _expect(line, "STARTTLS", READY, Phase.GREETING)
    if line.unread() or line.transport is None:
        # Bytes from before the handshake would be believed after it.
        raise Unopened(Reason.TLS, "the relay spoke between STARTTLS and the handshake")
    line.transport = await asyncio.get_running_loop().start_tls(
        line.transport, line, _context(relay), server_hostname=relay.host
    )


async def _authenticate(line: Line, relay: Relay, offers: Offers) -> None:
    if "PLAIN" in offers.auth:
        token = _base64(f"\0{relay.user}\0{relay.password}")
        await _expect(line, f"AUTH PLAIN {token}", AUTHENTICATED, Phase.AUTH)
    elif "LOGIN" in offers.auth:
        await _expect(line, "AUTH LOGIN", MORE, Phase.AUTH)
        await _expect(line, _base64(relay.user), MORE, Phase.AUTH)
        await _expect(line, _base64(relay.password), AUTHENTICATED, Phase.AUTH)
    else:
        raise Unopened(Reason.AUTH, "the relay offers neither AUTH PLAIN nor AUTH LOGIN")


async def _expect(line: Line, command: str, wanted: int, phase: Phase) -> None:
    code, text = await line.ask(command)
    if code != wanted:
        _refuse(code, text, phase)


def _refuse(code: int, text: bytes, phase: Phase) -> None:
    reply = as_reply(code, text)
    raise Unopened(classify(reply, phase).reason, reply.text, reply.shown)


def _base64(text: str) -> str:
    return b64encode(text.encode()).decode()
