"""The lines of SMTP: replies out of what was read."""

from channels.email.replies import Reply

LONGEST = 65_536  # bytes of unfinished reply that are kept: RFC 5321 asks for 512 a line
DIGITS = 3
_YES = 2  # the first digit, RFC 5321 §4.2.1


class Garbled(Exception):
    """The far side does not speak SMTP."""


class ReplyReader:
    """Cuts what a server sends into replies."""

    __slots__ = ("_above", "_rest")

    def __init__(self) -> None:
        self._rest = b""
        self._above: list[bytes] = []

    def feed(self, data: bytes) -> list[tuple[int, bytes]]:
        """Return (code, text) for each reply that *data* completes; raises `Garbled`."""
        lines = (self._rest + data if self._rest else data).split(b"\n")
        self._rest = lines.pop()
        replies = []
        for line in lines:
            code = line[:3]
            if len(code) != DIGITS or not code.isdigit():
                raise Garbled(readable(line))
            if line[3:4] == b"-":
                self._above.append(line[4:].strip())
            elif self._above:
                replies.append((int(code), b"\n".join((*self._above, line[4:].strip()))))
                self._above = []
            else:
                replies.append((int(code), line[4:].strip()))
        if len(self._rest) + sum(map(len, self._above)) > LONGEST:
            raise Garbled("a reply without end")
        return replies

    def unread(self) -> bool:
        """Tell whether part of a reply is waiting for its end."""
        return bool(self._rest or self._above)


def readable(text: bytes) -> str:
    """Return the words of a server, safe to show and cut to 500 characters."""
    words = text[:2_000].decode("utf-8", "replace").replace("\n", " ")
    if not words.isprintable():
        words = "".join(c if c.isprintable() else " " for c in words)
    return words.strip()[:500]


def as_reply(code: int, text: bytes) -> Reply:
    """Return what was read as a value that can be classified."""
    return Reply(code, readable(text))


def positive(code: int) -> bool:
    """Tell whether a reply says yes."""
    return code // 100 == _YES
