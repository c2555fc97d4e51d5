"""Where in the SMTP dialogue a refusal fell, from the way each mail system tells it."""

import re

from channels.email.bounces.marks import STAGES
from channels.email.bounces.notices import Stage

_SIGNS = tuple((Stage(name), re.compile(words)) for name, words in STAGES.items())
_SENT = re.compile(r"^\s*>>>\s*(\w+)", re.MULTILINE)
_REFUSED = re.compile(r"^\s*<<<\s*[45]\d\d", re.MULTILINE)
_COMMANDS = {
    "DATA": Stage.DATA,
    "RCPT": Stage.RCPT,
    "MAIL": Stage.MAIL,
    "EHLO": Stage.BEFORE,
    "HELO": Stage.BEFORE,
    "STARTTLS": Stage.BEFORE,
}


def stage_in(text: str) -> Stage:
    """Return the stage that *text*, part of a report, tells; `UNSAID` where it tells none."""
    if refused := _REFUSED.search(text):
        asked = _SENT.findall(text, 0, refused.start())
        if asked:
            return _COMMANDS.get(asked[-1].upper(), Stage.UNSAID)
    folded = " ".join(text.lower().split())
    return next((stage for stage, sign in _SIGNS if sign.search(folded)), Stage.UNSAID)
