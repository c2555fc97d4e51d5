"""The border for what people and programs write: clean text, names, zones, instants, or an error.

Text that broke on its way (lone surrogates), that no database or feed can hold (NUL, control and
noncharacters) or that lies about its order (bidirectional overrides) stops here, with the field's
name. Use the types in pydantic models: `title: Annotated[str, Line(200)]`.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import (
    BeforeValidator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    Strict,
    WithJsonSchema,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from scheduling import zones

LANGUAGES = ("fr", "en")

# Where the first segment of an address is ours, no page may go by that name.
RESERVED = frozenset(
    {
        *LANGUAGES, "a", "api", "badge", "c", "calendars", "console", "feeds", "healthz",
        "lists", "metrics", "p", "readyz", "static", "u", "version", "webhooks", "widget",
    }
)  # fmt: skip

_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_OFFSET = re.compile(r".*T.*(?:[zZ]|[+-]\d\d:?\d\d)", re.DOTALL)
_OVERRIDES = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# Unicode 3.4, D14; XML 1.0, and with it every feed, cannot hold U+FFFE and U+FFFF.
_NONCHARACTER = re.compile(
    "[\ufdd0-\ufdef"
    + "".join(chr(plane << 16 | end) for plane in range(17) for end in (0xFFFE, 0xFFFF))
    + "]"
)
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)


class Unclean(ValueError):
    """A text that cannot be taken; *code* is stable, the message says what is wrong with it."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


def clean(text: str, most: int, *, lines: bool = False) -> str:
    """Return *text* trimmed and composed (NFC); raises `Unclean`.

    At most *most* characters; several *lines* only if asked for, ended by a bare newline.
    """
    if len(text) > 4 * most + 1000:  # look no further at what cannot fit
        raise Unclean("too_long", f"use at most {most} characters")
    plain = text.isascii() and text.isprintable()
    for place, character in enumerate("" if plain else text):
        if wrong := _fault(character, lines=lines):
            raise Unclean(wrong[0], f"{wrong[1]} at position {place + 1}")
    tidy = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).strip()
    if len(tidy) > most:
        raise Unclean("too_long", f"use at most {most} characters, not {len(tidy)}")
    return tidy


def _fault(character: str, *, lines: bool) -> tuple[str, str] | None:
    if " " <= character <= "~" or (lines and character in "\n\r\t"):
        return None
    kind = unicodedata.category(character)
    if character in "\n\r" or kind in ("Zl", "Zp"):
        return ("line_break", "there is a line break")
    if character in _OVERRIDES:
        return ("text_direction", "there is an invisible change of text direction")
    if kind == "Cs" or _NONCHARACTER.fullmatch(character):
        return ("broken_unicode", f"there is a broken character (U+{ord(character):04X})")
    control = f"there is a control character (U+{ord(character):04X})"
    return ("control_character", control) if kind == "Cc" else None


@dataclass(frozen=True, slots=True)
class _Text:
    """A pydantic annotation for text of *least* to *most* characters."""

    most: int
    least: int = 1

    def __get_pydantic_core_schema__(
        self, _source: Any, _handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        # Before pydantic's own string: that would call a lone surrogate "not a valid string".
        return core_schema.no_info_plain_validator_function(
            self._check, serialization=core_schema.to_string_ser_schema()
        )

    def __get_pydantic_json_schema__(
        self, _schema: CoreSchema, _handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        least = {"minLength": self.least} if self.least else {}
        return {"type": "string", "maxLength": self.most, **least}

    def _check(self, value: Any) -> str:
        if not isinstance(value, str):
            raise PydanticCustomError("string_type", "write a text")
        try:
            tidy = clean(value, self.most, lines=isinstance(self, Prose))
        except Unclean as error:
            raise PydanticCustomError(error.code, "{why}", {"why": str(error)}) from None
        if len(tidy) < self.least:
            raise PydanticCustomError("missing", "write something here")
        return tidy


@dataclass(frozen=True, slots=True)
class Line(_Text):
    """One line of text: a name, a title, a subject."""

    most: int = 200


@dataclass(frozen=True, slots=True)
class Prose(_Text):
    """Text of any number of lines: a message, a comment."""

    most: int = 20_000


def _by_language(value: Any) -> Any:
    if isinstance(value, dict) and not any(value.get(language) for language in LANGUAGES):
        raise PydanticCustomError("missing", "write it in at least one language: fr, en")
    if isinstance(value, dict):
        return {key: text for key, text in value.items() if text not in ("", None)}
    return value


def _maybe_by_language(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: text for key, text in value.items() if text not in ("", None)}
    return value


_Language = Annotated[str, Field(pattern="^(fr|en)$")]


def _written(most: int) -> WithJsonSchema:
    """The schema of a text by language: one that is left empty counts as not written."""
    text = {"type": ["string", "null"], "maxLength": most}
    return WithJsonSchema(
        {
            "type": "object",
            "properties": dict.fromkeys(LANGUAGES, text),
            "additionalProperties": False,
        }
    )


Flag = Annotated[bool, Strict()]
"""Yes or no of a program: true or false, not "yes" or 1."""

Number = Annotated[float, Strict()]
"""A number of a program: 1 or 0.5, not "0.5"."""

Name = Annotated[str, Line(120)]
"""What something is called."""

LocalisedLine = Annotated[
    dict[_Language, Annotated[str, Line(200)]], BeforeValidator(_by_language), _written(200)
]
"""One line by language, in one language at least: {"fr": …, "en": …}."""

LocalisedProse = Annotated[
    dict[_Language, Annotated[str, Prose(20_000)]],
    BeforeValidator(_by_language),
    _written(20_000),
]
"""Lines by language, in one language at least."""

LocalisedNote = Annotated[
    dict[_Language, Annotated[str, Prose(20_000)]],
    BeforeValidator(_maybe_by_language),
    _written(20_000),
]
"""Lines by language, or nothing: {}."""


def _checked(code: str, detail: str, right: Callable[[str], bool]) -> BeforeValidator:
    def check(value: Any) -> str:
        if not isinstance(value, str) or not right(value):
            raise PydanticCustomError(code, detail)
        return value

    return BeforeValidator(check)


Language = Annotated[
    str,
    _checked("unknown_language", "use fr or en", LANGUAGES.__contains__),
    Field(json_schema_extra={"enum": list(LANGUAGES)}),
]

Slug = Annotated[
    str,
    _checked(
        "slug",
        "use 1 to 63 small letters, digits and hyphens; start and end with a letter or digit",
        lambda value: _SLUG.fullmatch(value) is not None,
    ),
    Field(json_schema_extra={"pattern": f"^{_SLUG.pattern}$"}),
]
"""The name of something in addresses."""

PageSlug = Annotated[
    Slug,
    _checked("reserved", "this name is taken by the service", lambda value: value not in RESERVED),
]
"""The same, for what stands first in an address."""

ZoneName = Annotated[
    str,
    _checked("unknown_zone", "use the name of a time zone, such as Europe/Paris", zones.is_zone),
    Field(json_schema_extra={"examples": ["Europe/Paris"]}),
]


def _instant(value: Any) -> datetime:
    if isinstance(value, str) and _OFFSET.fullmatch(value):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            value = None
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise PydanticCustomError(
            "instant", "write date, time and offset, such as 2026-11-23T09:00:00+01:00"
        )
    # Compared as they stand: near the years 1 and 9999, astimezone() overflows.
    if not _EARLIEST <= value < zones.END:
        raise PydanticCustomError("instant", "use a date from 2000 to 2037")
    return value.astimezone(UTC)


Instant = Annotated[
    datetime,
    BeforeValidator(_instant),
    Field(json_schema_extra={"examples": ["2026-11-23T09:00:00+01:00"]}),
]
"""A moment: RFC 3339 with an offset, kept in UTC."""
