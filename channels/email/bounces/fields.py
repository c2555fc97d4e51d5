"""Delivery status notifications, RFC 3464: one notice for each group of fields."""

import re
from collections.abc import Iterator, Mapping

from channels.email.bounces.notices import Notice

_FIELD = re.compile(r"^(?P<name>[A-Za-z][\w-]*)[ \t]*:[ \t]*(?P<value>.*)$")
_FIRST = frozenset({"final-recipient", "original-recipient", "action"})
_ADDRESS = re.compile(r"[^\s<>;,\"()\[\]]+@[^\s<>;,\"()\[\]]+")


def notices(text: str) -> Iterator[Notice]:
    """Yield the recipients that the status fields in *text* tell about, in their order."""
    for group in _groups(text):
        address = _address(group)
        if address and (group.get("action") or group.get("status") or group.get("diagnostic-code")):
            yield _notice(address, group)


def _groups(text: str) -> Iterator[Mapping[str, str]]:
    group: dict[str, str] = {}
    last = ""
    for line in text.splitlines():
        if line[:1] in {" ", "\t"} and last:
            group[last] += f" {line.strip()}"
            continue
        found = _FIELD.match(line)
        if found is None:
            last = ""
            continue
        name = found["name"].lower()
        if _begins(name, group):
            yield group
            group = {}
        last = name
        group.setdefault(name, found["value"].strip())
    yield group


def _begins(name: str, group: Mapping[str, str]) -> bool:
    """Whether field *name* opens the next recipient: writers order fields as they like."""
    return name in group and name in _FIRST


def _address(group: Mapping[str, str]) -> str:
    for name in ("x-actual-recipient", "final-recipient", "original-recipient"):
        kind, _, value = group.get(name, "").rpartition(";")
        found = _ADDRESS.search(value)
        if found and kind.strip().lower() != "x-unix" and not value.strip().startswith("|"):
            return found[0].rstrip(".")
    return ""


def _notice(address: str, group: Mapping[str, str]) -> Notice:
    kind, separator, words = group.get("diagnostic-code", "").partition(";")
    if not separator or len(kind.split()) > 1:
        kind, words = "", group.get("diagnostic-code", "")
    if category := group.get("x-powermta-bouncecategory"):
        words += f" X-PowerMTA-BounceCategory: {category}"
    return Notice(
        address,
        words.strip(),
        group.get("status", ""),
        group.get("action", "").lower().split(" ")[0],
        quoted=kind.strip().lower() == "smtp",
        program=kind.strip().lower() == "x-unix",
    )
