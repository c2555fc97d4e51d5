"""Templates of messages and what is missing in them. Pure functions."""

import re
from collections.abc import Iterator, Mapping

from service.errors import Fault

_FIELD = re.compile(r"\{([^{}\n]{1,60})\}")


def filled(text: str, values: Mapping[str, str]) -> str:
    """Return *text* with the fields that *values* knows; the others stay, in their braces."""
    return _FIELD.sub(lambda found: values.get(found.group(1), found.group(0)), text)


def unfilled(title: Mapping[str, str], body: Mapping[str, str]) -> Iterator[Fault]:
    """Yield each text in which a field was left open, naming the fields."""
    for name, words in (("title", title), ("body", body)):
        for language, text in words.items():
            if left := list(dict.fromkeys(_FIELD.findall(text))):
                fields = ", ".join(left)
                yield Fault(
                    f"/{name}/{language}", f"these fields are still open: {fields}", "field"
                )
