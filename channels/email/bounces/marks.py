"""How reports are built, by the habits of those who write them; the lists are in marks.txt."""

from channels.email.bounces.lexicon import either, sections

_LIST = {name: either(lines) for name, lines in sections("marks.txt")}

AWAY = _LIST["away"]  # subjects of automatic replies
DAEMON = _LIST["daemon"]  # names of mail systems in From
BOILERPLATE = _LIST["boilerplate"]  # the same in every report of a writer
COPY = _LIST["copy"]  # begins the copy of the mail a report is about
NAMED = _LIST["named"]  # comes before the address that failed
ASIDE = _LIST["aside"]  # marks a line whose address did not fail
OWN_WORDS = _LIST["own words"]  # what only a system that owns the list of its users can say
STAGES = {name.removeprefix("at "): words for name, words in _LIST.items() if name[:3] == "at "}
