"""Every kind of mail that Tocsin can send, read from its sources: a new one is in no list."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from service.events.stages import STAGES, kind_of_message
from service.web.i18n import catalogue
from service.web.parsing import LANGUAGES

SERVICE = Path(__file__).parents[2] / "service"
#: What makes a message, and where it says of which type.
MAKERS: dict[str, str | int] = {"Message": "type", "Letter": "type", "staff_message": 2}
#: Types that are given further on, or follow from the event.
PASSED_ON = {
    "kind", "letter.type", "_type(scene, turn, wish)",
    "kind_of_message(event.category, word.stage, no)",
}  # fmt: skip
#: No mail: what systems are told, what is read elsewhere, what another product once sent.
SILENT = {"TYPE", "links.CODED"}
#: Where mails have their titles, and those that are read elsewhere than in mail.
_TITLES = re.compile(r"\w+(\.\w+)*\.(mail|notice|answer)(\.\w+)*[._]title")
ELSEWHERE = {"signup.mail.code.title"}


def types() -> Iterator[str]:
    """What the type of a mail may look like, as regular expressions."""
    for file in sorted(SERVICE.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            name = getattr(node.func, "id", "") if isinstance(node, ast.Call) else ""
            if isinstance(node, ast.Call) and name in MAKERS:
                yield from (it for value in _given(node, MAKERS[name]) for it in _patterns(value))
    for category, stages in STAGES.items():
        for number, stage in enumerate(stages, 1):
            yield re.escape(kind_of_message(category, stage, number))


def titles() -> dict[str, re.Pattern[str]]:
    """What the subject of a mail may be in one of the languages, by the name of its words."""
    catalogues = [catalogue(each) for each in LANGUAGES]
    found = {key for key in catalogues[0] if _TITLES.fullmatch(key)} - ELSEWHERE
    return {
        key: re.compile("|".join(_shape(str(each[key])) for each in catalogues)) for key in found
    }


def _given(call: ast.Call, where: str | int) -> list[ast.expr]:
    # What has no type is something else of that name.
    if isinstance(where, int):
        return call.args[where : where + 1]
    return [each.value for each in call.keywords if each.arg == where]


def _patterns(value: ast.expr) -> Iterator[str]:
    match value:
        case ast.Constant(value=str(word)):
            yield from () if word in SILENT else (re.escape(word),)
        case ast.IfExp():
            yield from _patterns(value.body)
            yield from _patterns(value.orelse)
        case ast.JoinedStr():
            parts = (each.value if isinstance(each, ast.Constant) else "" for each in value.values)
            yield "".join(re.escape(str(each)) if each else r"\w+" for each in parts)
        case _:
            said = ast.unparse(value)
            assert said in PASSED_ON | SILENT, f"of which type is it? {said}"


def _shape(words: str) -> str:
    return ".*".join(re.escape(each) for each in re.split(r"\{\w+\}", words))
