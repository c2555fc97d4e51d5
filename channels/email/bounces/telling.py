"""Bounces written for people: who is named in them, and what is said about each."""

import re
from collections.abc import Iterator, Sequence

from channels.email.bounces.marks import ASIDE, BOILERPLATE, COPY, NAMED

_ADDR = r"[^\s<>@,;:\"()\[\]*|=\u3000-\u303f\uff00-\uff20]+@[\w\-]+(?:\.[\w\-]+)+"
# From here on a report only repeats the mail it is about.
_COPY = re.compile(
    rf"^(?:[ \t>|#*=-]*{COPY}|received: (?:from|by|\()|return-path: ?<"
    r"|-{5,} ?(?:original|begin))",
    re.IGNORECASE | re.MULTILINE,
)
_LEADING = re.compile(
    rf"^[\s<\"'*•>|-]*(?:mailto:|rfc822;|smtp:)?(?P<address>{_ADDR})[>\"']?(?P<rest>.*)$"
)
_NAMED = re.compile(rf"{NAMED}[\s:;]*<?(?:mailto:)?(?P<address>{_ADDR})", re.IGNORECASE)
_NOT_THEM = re.compile(ASIDE, re.IGNORECASE)
_BOILERPLATE = re.compile(BOILERPLATE, re.IGNORECASE)
_SENTENCE = re.compile(r"\n|(?<=[a-z][.!?:]) +")


def report_of(notes: str) -> str:
    """Return *notes* up to the copy of the mail they are about."""
    cut = _COPY.search(notes)
    head = notes[: cut.start()] if cut else notes
    return head if head.strip() else notes


def told(report: str) -> Iterator[tuple[str, str]]:
    """Yield each address that *report* holds responsible, with what is said about it."""
    lines = report.splitlines()
    marks = list(_marks(lines))
    if not marks:
        return
    ends = [place for place, _ in marks[1:]] + [len(lines)]
    blocks = ["\n".join(lines[place:end]) for (place, _), end in zip(marks, ends, strict=True)]
    for place in range(len(blocks) - 2, -1, -1):
        if _bare(blocks[place]):  # a list of addresses: what follows is about each
            blocks[place] += "\n" + blocks[place + 1]
    for (_, address), block in zip(marks, blocks, strict=True):
        yield address, block


def without_boilerplate(report: str) -> str:
    """Return the sentences of *report* that are not the same in every report of its writer."""
    sentences = _SENTENCE.split(report)
    return "\n".join(said for said in sentences if not _BOILERPLATE.search(said))


def about(report: str, address: str) -> str:
    """What *report* says near *address*; everything where it does not name it."""
    blocks = [block for named, block in told(report) if named.lower() == address.lower()]
    return "\n".join(blocks) or without_boilerplate(report)


def _marks(lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    found = [(place, _leading(line)) for place, line in enumerate(lines)]
    led = [(place, address) for place, address in found if address]
    if not led:
        named = (
            (place, _NAMED.search(line)) for place, line in enumerate(lines) if not _aside(line)
        )
        led = [(place, match["address"].rstrip(".")) for place, match in named if match]
    last = ""
    for place, address in led:
        if address.lower() != last:
            yield place, address
        last = address.lower()


def _aside(line: str) -> bool:
    return _NOT_THEM.search(line) is not None


def _leading(line: str) -> str:
    found = _LEADING.match(line)
    if found is None or _aside(line):
        return ""
    return found["address"].rstrip(".")


def _bare(block: str) -> bool:
    rest = re.sub(_ADDR, " ", block)
    return not re.search(r"\w{3,}", re.sub(r"mailto|rfc822|smtp", " ", rest))
