"""What mail systems say when they refuse, written from knowledge of many; one saying a line."""

from pathlib import Path

_LIST = Path(__file__).parents[3] / "data" / "bounces" / "sayings.txt"


def _read() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    meaning = ""
    for line in _LIST.read_text("utf-8").splitlines():
        if line.startswith("[") and line.endswith("]") and line[1:-1].isalpha():
            meaning = line[1:-1]
        elif line and not line.startswith("#"):
            found.setdefault(meaning, []).append(line)
    return found


DEAD = _read()
ALIVE = DEAD.pop("alive")
