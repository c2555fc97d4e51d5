"""The words by which mail systems say why they refuse; the list itself is phrases.txt."""

import re

from channels.email.bounces.causes import Cause
from channels.email.bounces.lexicon import either, sections

_LIST = sections("phrases.txt")
_PARTS = {name: either(lines) for name, lines in _LIST if name in {"who", "where"}}

PHRASES: tuple[tuple[Cause, re.Pattern[str]], ...] = tuple(
    (Cause(name), re.compile(either(lines, **_PARTS)))
    for name, lines in _LIST
    if name not in _PARTS
)
