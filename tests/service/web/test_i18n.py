"""service.web.i18n"""

import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest
from markupsafe import Markup

import service
from service.access.models import Scope
from service.web.i18n import catalogue, language, localised, t, translate
from service.web.looks import STATES

SERVICE = Path(service.__file__).parent
LITERAL = re.compile(r"""\bt\(\s*["']([a-z_0-9.]+)["']\s*[,)]""")


def placeholders(words) -> set[str]:
    texts = [words] if isinstance(words, str) else words.values()
    return {name for text in texts for _, name, _, _ in Formatter().parse(text) if name}


def used_keys() -> Iterator[tuple[str, str]]:
    for suffix in ("html", "xml", "txt", "py"):
        for path in SERVICE.rglob(f"*.{suffix}"):
            for key in LITERAL.findall(path.read_text(encoding="utf-8")):
                yield path.name, key


class TestCatalogues:
    def test_both_languages_have_the_same_keys(self):
        assert catalogue("fr").keys() == catalogue("en").keys()

    def test_and_the_same_placeholders(self):
        english = catalogue("en")
        assert {key: placeholders(words) for key, words in catalogue("fr").items()} == {
            key: placeholders(words) for key, words in english.items()
        }

    def test_no_words_are_empty(self):
        for each in ("fr", "en"):
            assert not [key for key, words in catalogue(each).items() if not words]

    def test_every_key_that_is_used_has_words(self):
        known = catalogue("en").keys()
        assert not [(where, key) for where, key in used_keys() if key not in known]

    def test_every_scope_of_keys_has_a_name(self):
        assert [each for each in Scope if f"access.scope.{each}" not in catalogue("en")] == []

    def test_every_state_has_a_name(self):
        assert not [state for state in STATES if f"state.{state}" not in catalogue("fr")]


class TestTranslate:
    def test_french_counts_nothing_as_one(self):
        assert translate("fr", "form.faults", count=0).startswith("Un champ")
        assert translate("en", "form.faults", count=0).startswith("0 fields")
        assert translate("fr", "form.faults", count=2).startswith("2 champs")
        assert translate("en", "form.faults", count=1).startswith("One field")

    def test_a_key_without_words_does_not_break_the_page(self):
        assert translate("fr", "nothing.of_the_kind") == "nothing.of_the_kind"

    def test_outside_a_request_there_is_a_language_too(self):
        assert language() == "en"
        assert t("state.down") == "Down"

    def test_only_keys_that_say_so_hold_markup(self):
        assert not isinstance(translate("en", "state.down"), Markup)


class TestLocalised:
    def test_picks_the_readers_language(self, app):
        with app.test_request_context("/?lang=fr"):
            assert localised({"fr": "Oui", "en": "Yes"}) == "Oui"

    def test_or_what_there_is(self, app):
        with app.test_request_context("/?lang=fr"):
            assert localised({"en": "Yes"}) == "Yes"
            assert localised({}) == ""


class TestLanguage:
    @pytest.mark.parametrize(
        ("path", "headers", "expected"),
        [
            ("/x", {}, "en"),
            ("/x", {"Accept-Language": "de"}, "en"),
            ("/x", {"Accept-Language": "fr-CA, en;q=0.5"}, "fr"),
            ("/x", {"Accept-Language": "fr", "Cookie": "tocsin_language=en"}, "en"),
            ("/x", {"Cookie": "tocsin_language=xx"}, "en"),
            ("/x?lang=fr", {"Cookie": "tocsin_language=en"}, "fr"),
            ("/x?lang=xx", {}, "en"),
            ("/in/fr", {"Cookie": "tocsin_language=en"}, "fr"),
        ],
    )
    def test_the_address_decides_then_the_cookie_then_the_browser(
        self, app, at, path, headers, expected
    ):
        at("/x", language)
        at("/in/<language>", lambda **_: language())
        client = app.test_client(use_cookies=False)
        assert client.get(path, headers=headers).text == expected

    def test_caches_are_told_what_the_answer_depends_on(self, client, at):
        at("/x", language)
        assert set(client.get("/x").vary) == {"Cookie", "Accept-Language"}
        assert set(client.get("/x?lang=fr").vary) == {"Cookie"}
