"""SMTP servers that take everything and keep nothing, and the C client to measure against.

Postfix's `smtp-sink` where it is installed (Debian: `postfix`), in the usual places or in the
folder that POSTFIX_TOOLS names; else one of ours, which is slower.
"""

import asyncio
import multiprocessing
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from statistics import median
from typing import cast

import uvloop

YARD = 20_000  # messages the yardstick sends
HELLO = b"250-sink\r\n250-PIPELINING\r\n250 8BITMIME\r\n"
ANSWERS = {b"EHLO": HELLO, b"HELO": b"250 sink\r\n", b"DATA": b"354 go on\r\n"}
END = b"\r\n.\r\n"


class Sink(asyncio.Protocol):
    """Answers every command, and the end of every message, with a yes."""

    def __init__(self) -> None:
        """Begin with nothing received."""
        self.held = b""
        self.in_message = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet."""
        self.transport = cast(asyncio.WriteTransport, transport)
        self.transport.write(b"220 sink ESMTP\r\n")

    def data_received(self, data: bytes) -> None:
        """Answer what is complete, in one write."""
        self.held += data
        answers = []
        while (cut := self.held.find(END if self.in_message else b"\r\n")) >= 0:
            if self.in_message:
                self.held, self.in_message = self.held[cut + len(END) :], False
                answers.append(b"250 taken\r\n")
            else:
                verb, self.held = self.held[:4].upper(), self.held[cut + 2 :]
                self.in_message = verb == b"DATA"
                answers.append(ANSWERS.get(verb, b"250 ok\r\n"))
        self.transport.write(b"".join(answers))


def serve(told: Connection) -> None:
    """Run our sink until the process is ended."""

    async def forever() -> None:
        server = await asyncio.get_running_loop().create_server(Sink, "127.0.0.1", 0)
        told.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    with suppress(KeyboardInterrupt):
        uvloop.run(forever())


def tool(name: str) -> str | None:
    """Return the path of one of Postfix's test programs, if it is there."""
    folders = os.environ.get("POSTFIX_TOOLS", "/usr/sbin:/usr/bin")
    return shutil.which(name, path=folders)


def kind() -> str:
    """Say which sink there is."""
    return "smtp-sink" if tool("smtp-sink") else "a sink of our own (install Postfix for smtp-sink)"


@contextmanager
def sink() -> Iterator[int]:
    """Run a sink on a free port and yield that."""
    program = tool("smtp-sink")
    with _postfix(program) if program else _ours() as port:
        yield port


def yardstick(port: int, size: int) -> float | None:
    """Return how many messages of *size* bytes a second `smtp-source` sends, where it is there.

    It sends one static text from C, without pipelining, and records nothing.
    """
    program = tool("smtp-source")
    if program is None:
        return None
    options = ["-d", "-s", "8", "-l", str(size), "-m", str(YARD)]
    begin = time.perf_counter()
    subprocess.run([program, *options, f"127.0.0.1:{port}"], check=True)
    return YARD / (time.perf_counter() - begin)


def ratio_of(rate: float, yards: Sequence[float | None]) -> float | None:
    """*rate* beside the median of what `smtp-source` reached in the same run, if it is there."""
    known = [each for each in yards if each]
    return rate / median(known) if known else None


@contextmanager
def _postfix(program: str) -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    process = subprocess.Popen([program, *user, f"127.0.0.1:{port}", "256"])
    try:
        _wait_for(port)
        yield port
    finally:
        process.terminate()
        process.wait()


@contextmanager
def _ours() -> Iterator[int]:
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    process = spawn.Process(target=serve, args=(theirs,))
    process.start()
    try:
        yield ours.recv()
    finally:
        process.terminate()
        process.join()


def _wait_for(port: int) -> None:
    for _ in range(500):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.01)
    raise RuntimeError("the sink does not listen")
