"""Makes an example of anything that a JSON schema describes, with words of this domain."""

import re
from collections.abc import Mapping
from typing import Any

Schema = Mapping[str, Any]

DEEPEST = 8
#: What fields that take any text hold in an example, by name.
WORDS: Mapping[str, str] = {
    "address": "ada@example.org", "comment": "Seen on three machines.", "component": "sending",
    "detail": "there is no such component", "email": "ada@example.org", "en": "Sending is slow",
    "fr": "Envoi ralenti", "id": "k2j3x8w1v5t7", "key": "support", "list": "travaux",
    "name": "Support", "page": "mesange", "secret": "whsec_…", "section": "mail",
    "slug": "sending", "status": "pending", "type": "about:blank",
    "url": "https://example.org/hook",
}  # fmt: skip
FORMATS: Mapping[str, str] = {
    "date-time": "2026-11-23T09:00:00+01:00", "date": "2026-11-23", "email": "ada@example.org",
    "uri": "https://example.org/hook", "time": "09:00:00",
}  # fmt: skip
#: What fits a pattern, the first that does.
SHAPES: tuple[str, ...] = (
    "sending",
    "k2j3x8w1v5t7",
    "c0ffee" * 10 + "c0de",
    "09:00",
    "09:00-20:00",
    "1/second",
    "a.b",
    "FR",
    "en",
)


def example(schema: Schema, known: Schema, name: str = "", *, whole: bool = True) -> Any:
    """Return a value that *schema* allows; *known* are the schemas that it may refer to.

    *name* is the field's own. Unless *whole*, only what is required and what has an example.
    """
    return _Maker(known, whole).make(schema, name, 0)


class _Maker:
    def __init__(self, known: Schema, whole: bool) -> None:  # noqa: FBT001 - ours alone
        self._known, self._whole = known, whole

    def make(self, schema: Schema, name: str, depth: int) -> Any:
        schema = resolved(schema, self._known)
        given = _given(schema)
        return self._made(schema, name, depth) if given is None else given

    def _made(self, schema: Schema, name: str, depth: int) -> Any:
        match kind_of(schema):
            case "object":
                return self._object(schema, depth)
            case "array":
                return self._array(schema, name, depth)
            case "string":
                return _text(schema, name)
            case "null" | "":
                return None
        return True if kind_of(schema) == "boolean" else _number(schema)

    def _object(self, schema: Schema, depth: int) -> dict[str, Any]:
        if depth > DEEPEST:
            return {}
        required = schema.get("required", ())
        fields: Mapping[str, Schema] = schema.get("properties", {})
        is_translated = set(fields) == {"fr", "en"}
        return {
            name: self.make(field, name, depth + 1)
            for name, field in fields.items()
            if self._whole or is_translated or name in required or "examples" in field
        }

    def _array(self, schema: Schema, name: str, depth: int) -> list[Any]:
        if depth > DEEPEST or not (self._whole or schema.get("minItems") or name):
            return []
        return [self.make(schema.get("items", {}), name.removesuffix("s"), depth + 1)]


def resolved(schema: Schema, known: Schema) -> Schema:
    """Follow references, and of several possibilities the first that is not null."""
    while True:
        if "$ref" in schema:
            schema = known.get(schema["$ref"].rpartition("/")[2], {})
            continue
        several = schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf")
        if not several:
            return schema
        schema = next((each for each in several if each.get("type") != "null"), several[0])


def kind_of(schema: Schema) -> str:
    """The one type of a schema that is not null."""
    kind: str | list[str] = schema.get("type", "object" if "properties" in schema else "")
    return next(each for each in kind if each != "null") if isinstance(kind, list) else kind


def _given(schema: Schema) -> Any:
    """What a schema itself offers."""
    for given in (schema.get("examples"), schema.get("enum"), [schema.get("const")]):
        if given and given[0] is not None:
            return given[0]
    default = schema.get("default")
    return None if default in ([], {}, "") else default


def _number(schema: Schema) -> float:
    if "exclusiveMaximum" in schema:
        half: float = schema["exclusiveMaximum"] / 2
        return half
    least: float = schema.get("minimum", schema.get("exclusiveMinimum", 0) + 1)
    return max(least, 1)


def _text(schema: Schema, name: str) -> str:
    if schema.get("format") in FORMATS:
        return FORMATS[str(schema["format"])]
    pattern = schema.get("pattern", "")
    for word in (*(WORDS[each] for each in (name,) if each in WORDS), *SHAPES):
        if pattern and re.search(pattern, word):
            return word
    least: int = schema.get("minLength", 0)
    most: int = schema.get("maxLength", 200)
    word = WORDS.get(name, name or "text")
    return word.ljust(least, "x")[:most]
