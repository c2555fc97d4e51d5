"""Words of the interface in French and English: one catalogue a language, chosen per request.

A catalogue is made of the shell's `words/{language}.toml` and one file a noun,
`service/<noun>/words/{language}.toml`, whose keys start with the noun's name. Values are
`str.format` templates; a table of `one` and `other` is chosen from by `count`. A key that ends in
`_html` may hold markup: its values are escaped.
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, cast

import structlog
from flask import Flask, g, has_app_context, has_request_context, request
from markupsafe import Markup

from service.web.parsing import LANGUAGES

log = structlog.get_logger(__name__)

COOKIE = "tocsin_language"
DEFAULT = "en"

SHELL = Path(__file__).parent / "words"
NOUNS = Path(__file__).parents[1]

Catalogue = Mapping[str, str | Mapping[str, str]]


def t(key: str, **values: Any) -> str:
    """Return the words for *key* in the language of the request."""
    return translate(language(), key, **values)


def translate(language: str, key: str, **values: Any) -> str:
    """Return the words for *key* in *language*, filled with *values*.

    A key without words is logged and returned as it is: a page with a hole beats no page.
    """
    words = catalogue(language).get(key)
    if words is None:
        log.error("no_words", key=key, language=language)
        return key
    if not isinstance(words, str):
        words = words[_plural(language, values["count"])]
    if key.endswith("_html"):
        return Markup(words).format(**values)  # noqa: S704 - our own words; values are escaped
    return words.format(**values) if values else words


def has_words(key: str) -> bool:
    """Whether the catalogues know *key*."""
    return key in catalogue(DEFAULT)


def language() -> str:
    """Return the language of the request: of its address, else `?lang=`, cookie, browser."""
    known = g.get("language") if has_app_context() else None  # asked a thousand times a page
    if known is not None:
        return cast(str, known)
    if not has_request_context():
        return DEFAULT
    g.language = _asked() or _negotiated()
    return cast(str, g.language)


def speak(language: str) -> None:
    """Answer this request in *language*: where the page, not the reader, decides."""
    g.language = language


def is_negotiated() -> bool:
    """Whether the same address is answered in the language of whoever asks."""
    return _asked() is None


def localised(words: Mapping[str, str], preferred: str = "") -> str:
    """Pick the reader's language from *words* by language; else any that is there."""
    for choice in (preferred or language(), *LANGUAGES):
        if words.get(choice):
            return words[choice]
    return ""


@cache
def catalogue(language: str) -> Catalogue:
    """All words of *language* by dotted key; raises `ValueError` where a file is out of place."""
    words: dict[str, str | Mapping[str, str]] = {}
    for path in sorted(NOUNS.glob(f"*/words/{language}.toml")):
        found = tomllib.loads(path.read_text(encoding="utf-8"))
        noun = path.parts[-3]
        if path.parent != SHELL and found.keys() - {noun}:
            raise ValueError(f"{path}: every key starts with {noun}")
        words.update(_flat(found))
    return words


def install(app: Flask) -> None:
    """Give the templates of *app* their words."""
    app.jinja_env.globals.update(
        t=t, language=language, localised=localised, languages=LANGUAGES, has_words=has_words
    )


def _flat(table: Mapping[str, Any], prefix: str = "") -> dict[str, str | Mapping[str, str]]:
    words: dict[str, str | Mapping[str, str]] = {}
    for key, value in table.items():
        if isinstance(value, Mapping) and set(value) != {"one", "other"}:
            words.update(_flat(value, f"{prefix}{key}."))
        else:
            words[f"{prefix}{key}"] = value
    return words


def _plural(language: str, count: float) -> str:
    # Unicode CLDR: French counts 0 and 1.5 as one, English 1 only.
    single = abs(count) < 2 if language == "fr" else count == 1  # noqa: PLR2004
    return "one" if single else "other"


def _asked() -> str | None:
    for choice in ((request.view_args or {}).get("language"), request.args.get("lang")):
        if choice in LANGUAGES:
            return choice
    return None


def _negotiated() -> str:
    chosen = request.cookies.get(COOKIE)
    if chosen in LANGUAGES:
        return chosen
    wanted = (tag.partition("-")[0].lower() for tag, much in request.accept_languages if much)
    return next((each for each in wanted if each in LANGUAGES), DEFAULT)
