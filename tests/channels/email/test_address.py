"""channels.email.address"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.base import Refused
from channels.email.address import parse_address


class TestParseAddress:
    def test_an_ordinary_one(self):
        address = parse_address(" Ada.Lovelace+x@Example.ORG ")
        assert address.value == "Ada.Lovelace+x@example.org"
        assert address.key == "ada.lovelace+x@example.org"
        assert address.shown == "A…@example.org"
        assert address.lane == "example.org"

    @pytest.mark.parametrize(
        ("raw", "lane"),
        [
            ("a@gmail.com", "google"),
            ("a@Outlook.fr", "microsoft"),
            ("a@yahoo.fr", "yahoo"),
            ("a@icloud.com", "apple"),
            ("a@wanadoo.fr", "orange"),
            ("a@free.fr", "free"),
            ("a@laposte.net", "laposte"),
            ("a@gmx.de", "gmx"),
            ("a@mail.gmail.com", "mail.gmail.com"),
        ],
    )
    def test_big_providers_are_one_lane(self, raw, lane):
        assert parse_address(raw).lane == lane

    def test_letter_case_makes_no_second_person_but_a_dot_does(self):
        assert parse_address("A.B@x.org").key == parse_address("a.b@X.ORG").key
        assert parse_address("ab@x.org").key != parse_address("a.b@x.org").key

    def test_a_domain_has_one_spelling(self):
        spelt, encoded = parse_address("a@bücher.example"), parse_address("a@xn--bcher-kva.example")
        assert spelt.key == encoded.key
        assert spelt.value == "a@xn--bcher-kva.example"

    def test_a_local_part_beyond_ascii_is_kept(self):
        assert parse_address("zoë@example.org").value == "zoë@example.org"

    @pytest.mark.parametrize(
        ("raw", "code"),
        [
            ("", "empty"),
            ("   ", "empty"),
            ("a" * 300 + "@example.org", "too_long"),
            ("nobody", "invalid"),
            ("a@b", "invalid"),
            ("a b@example.org", "invalid"),
            ("a@example.org\r\nBcc: x@example.org", "invalid"),
            ("Ada <a@example.org>", "invalid"),
            ("a@[127.0.0.1]", "invalid"),
            ("a,b@example.org", "invalid"),
            ("a@example..org", "invalid"),
            ("a@exa\u202emple.org", "invalid"),
        ],
    )
    def test_what_cannot_be_used_is_refused_by_name(self, raw, code):
        with pytest.raises(Refused) as caught:
            parse_address(raw)
        assert (caught.value.field, caught.value.code) == ("address", code)

    @given(st.text(max_size=80) | st.emails())
    def test_anything_is_an_address_or_refused(self, raw):
        try:
            address = parse_address(raw)
        except Refused:
            return
        assert parse_address(address.value).key == address.key
        assert address.value.isprintable()
