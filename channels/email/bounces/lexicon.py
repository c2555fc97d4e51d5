"""Reads the lists of phrases: sections in brackets, one regular expression a line."""

import re
from importlib.resources import files

_TAKEN = re.compile(r"\{(\w+)\}")


def sections(name: str) -> list[tuple[str, list[str]]]:
    """Return the sections of list *name* in their order; a name may come twice."""
    found: list[tuple[str, list[str]]] = []
    for line in files("channels.email.bounces").joinpath(name).read_text("utf-8").splitlines():
        if line.startswith("[") and line.endswith("]") and line[1:-1].replace(" ", "").isalpha():
            found.append((line[1:-1], []))
        elif line and not line.startswith("#"):
            found[-1][1].append(line)
    return found


def either(lines: list[str], **parts: str) -> str:
    """Return one expression that matches any of *lines*, `{name}` standing for a part."""
    joined = "|".join(lines)
    return "(?:" + _TAKEN.sub(lambda found: parts.get(found[1], found[0]), joined) + ")"
