"""service.web.parsing"""

import unicodedata
from datetime import UTC, datetime
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from service.web import parsing
from service.web.parsing import Line, Prose, Unclean, clean


def parse(kind: Any, value: Any) -> Any:
    return TypeAdapter(kind).validate_python(value)


def code_of(kind: Any, value: Any) -> str:
    with pytest.raises(ValidationError) as raised:
        parse(kind, value)
    return raised.value.errors()[0]["type"]


ANYTHING = st.text(st.characters(exclude_categories=()), max_size=60)


class TestClean:
    @given(ANYTHING)
    def test_what_passes_can_be_stored_sent_and_shown(self, text):
        try:
            line = clean(text, 50)
        except Unclean:
            return
        assert len(line) <= 50
        assert line == line.strip()
        assert line == unicodedata.normalize("NFC", line)
        line.encode()  # no lone surrogate
        assert not {unicodedata.category(c) for c in line} & {"Cc", "Cs", "Zl", "Zp"}
        assert clean(line, 50) == line

    @given(ANYTHING)
    def test_prose_keeps_its_lines_and_nothing_else_of_the_kind(self, text):
        try:
            prose = clean(text, 50, lines=True)
        except Unclean:
            return
        assert {c for c in prose if unicodedata.category(c) == "Cc"} <= {"\n", "\t"}

    @given(st.text(st.characters(categories=["L", "N", "P", "S", "Zs"]), max_size=50))
    def test_ordinary_text_passes(self, text):
        assert clean(text, 200) == unicodedata.normalize("NFC", text).strip()

    @pytest.mark.parametrize(
        ("text", "code"),
        [
            ("a\ud800", "broken_unicode"),
            ("a\ufffe", "broken_unicode"),
            ("a\U0001ffff", "broken_unicode"),
            ("a\0", "control_character"),
            ("a\x1b[31m", "control_character"),
            ("a\x85", "control_character"),
            ("a\nb", "line_break"),
            ("a\rb", "line_break"),
            ("a\u2028b", "line_break"),
            ("a\u202eb", "text_direction"),
            ("a" * 51, "too_long"),
            ("a" * 5000, "too_long"),
        ],
    )
    def test_what_breaks_things_is_refused_by_name(self, text, code):
        with pytest.raises(Unclean) as raised:
            clean(text, 50)
        assert raised.value.code == code

    def test_emoji_made_of_several_characters_stay_whole(self):
        assert clean("👩🏽‍🚒 ok", 50) == "👩🏽‍🚒 ok"

    def test_line_ends_of_every_system_become_one(self):
        assert clean("a\r\nb\rc\nd", 50, lines=True) == "a\nb\nc\nd"


class TestTexts:
    def test_a_line_is_trimmed(self):
        assert parse(Annotated[str, Line(5)], "  abc ") == "abc"

    @pytest.mark.parametrize("value", [1, None, ["a"], b"a", {}])
    def test_only_text_is_text(self, value):
        assert code_of(Annotated[str, Line()], value) == "string_type"

    def test_nothing_is_not_enough(self):
        assert code_of(Annotated[str, Line()], "  ") == "missing"
        assert parse(Annotated[str, Line(least=0)], "  ") == ""

    def test_a_lone_surrogate_is_called_by_its_name(self):
        assert code_of(Annotated[str, Line()], "\udfff") == "broken_unicode"

    def test_prose_has_lines(self):
        assert parse(Annotated[str, Prose()], "a\nb") == "a\nb"

    def test_the_api_description_knows_the_limits(self):
        schema = TypeAdapter(Annotated[str, Line(7)]).json_schema()
        assert schema == {"type": "string", "minLength": 1, "maxLength": 7}


class TestLocalised:
    def test_one_language_is_enough(self):
        assert parse(parsing.LocalisedLine, {"fr": "Oui", "en": ""}) == {"fr": "Oui"}

    @pytest.mark.parametrize("value", [{}, {"fr": "", "en": None}])
    def test_none_is_not(self, value):
        assert code_of(parsing.LocalisedLine, value) == "missing"
        assert parse(parsing.LocalisedNote, value) == {}

    def test_other_languages_are_refused(self):
        with pytest.raises(ValidationError):
            parse(parsing.LocalisedLine, {"fr": "Oui", "de": "Ja"})

    def test_the_fault_is_in_its_language(self):
        with pytest.raises(ValidationError) as raised:
            parse(parsing.LocalisedProse, {"fr": "a", "en": "b\0"})
        assert raised.value.errors()[0]["loc"] == ("en",)

    @pytest.mark.parametrize("value", ["text", [], None, 3])
    def test_only_words_by_language(self, value):
        with pytest.raises(ValidationError):
            parse(parsing.LocalisedNote, value)


class TestNames:
    @pytest.mark.parametrize("slug", ["a", "mail-2", "x" * 63])
    def test_slugs(self, slug):
        assert parse(parsing.Slug, slug) == slug

    @pytest.mark.parametrize(
        "slug", ["", "-a", "a-", "A", "é", "a b", "x" * 64, "a\n", 3, "\ud800"]
    )
    def test_not_slugs(self, slug):
        assert code_of(parsing.Slug, slug) == "slug"

    @pytest.mark.parametrize("slug", ["console", "fr", "api"])
    def test_pages_do_not_take_our_own_addresses(self, slug):
        assert code_of(parsing.PageSlug, slug) == "reserved"

    def test_zones_are_spelt_exactly(self):
        assert parse(parsing.ZoneName, "Europe/Paris") == "Europe/Paris"
        for zone in ("europe/paris", "Mars", "", None, "\ud800"):
            assert code_of(parsing.ZoneName, zone) == "unknown_zone"

    def test_languages(self):
        assert parse(parsing.Language, "fr") == "fr"
        assert code_of(parsing.Language, "de") == "unknown_language"
        assert code_of(parsing.Language, ["fr"]) == "unknown_language"


class TestInstant:
    @pytest.mark.parametrize(
        "text",
        ["2026-11-23T10:00:00+01:00", "2026-11-23T09:00:00Z", "2026-11-23T09:00+00:00"],
    )
    def test_is_kept_in_utc(self, text):
        parsed = parse(parsing.Instant, text)
        assert parsed == datetime(2026, 11, 23, 9, tzinfo=UTC)
        assert parsed.tzinfo is UTC

    @pytest.mark.parametrize(
        "value",
        [
            "2026-11-23T10:00:00",
            "2026-11-23",
            "tomorrow",
            "",
            1763888400,
            None,
            datetime(2026, 11, 23),  # noqa: DTZ001 - naive on purpose
            "2026-13-01T00:00:00Z",
            "0001-01-01T00:00:00+14:00",
            "9999-12-31T23:59:59-14:00",
            "2038-06-01T00:00:00Z",
        ],
    )
    def test_needs_date_time_and_offset_in_years_we_know(self, value):
        assert code_of(parsing.Instant, value) == "instant"

    @given(st.text(max_size=40))
    def test_any_other_text_is_refused_in_order(self, text):
        assert code_of(parsing.Instant, text) == "instant"
