"""The head and body of every mail, line by line against what the design of e-mail promises."""

import re

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519

from channels.email.dkim import Signer
from tests.channels.email.factories import MONDAY, parsed, part
from tests.channels.email.snapshots import FOLDER, KINDS, LANGUAGES, a_letter, shown

ALWAYS = {
    "from": "Réseau <status@notify.example.org>",
    "to": "person1@example.org",
    "message-id": "<d.d1@notify.example.org>",
    "date": "Mon, 23 Nov 2026 09:00:00 +0000",
    "auto-submitted": "auto-generated",
    "mime-version": "1.0",
}
BULK = {
    "in-reply-to": "<d.d0@notify.example.org>",
    "references": "<d.d0@notify.example.org>",
    "precedence": "list",
    "list-unsubscribe-post": "List-Unsubscribe=One-Click",
    "list-post": "NO",
    "list-owner": "<mailto:status@notify.example.org>",
    "list-help": "<https://notify.example.org/reseau/channels/>",
    "list-archive": "<https://notify.example.org/reseau/history/>",
    "cfbl-address": "f+abcdefgh@notify.example.org; report=arf",
}
UNSUBSCRIBE = re.compile(rb"^List-Unsubscribe: (.*?)\r\n(?![ \t])", re.MULTILINE | re.DOTALL)
EVERY = [(category, language) for category in KINDS for language in LANGUAGES]


@pytest.fixture(scope="module")
def signer() -> Signer:
    return Signer(ed25519.Ed25519PrivateKey.generate(), "s1", "notify.example.org")


def covered(head: bytes) -> list[str]:
    """The names that the signature lists."""
    found = re.search(rb"h=([^;]*);", head)
    assert found is not None
    return re.sub(rb"\s", b"", found[1]).decode().split(":")


@pytest.mark.parametrize(("category", "language"), EVERY)
class TestEveryMail:
    def test_has_each_header_and_signs_it(self, category, language, signer):
        is_bulk = category != "confirmation"
        for stage in KINDS[category]:
            letter = a_letter(category, stage, language)
            signature = signer.sign(letter.head, letter.body)
            mail = parsed(letter.message(signature))
            expected = ALWAYS | BULK if is_bulk else ALWAYS
            head = {name.lower(): value for name, value in mail.items()}
            assert expected.items() <= {k: str(v) for k, v in head.items()}.items()
            assert len(head) == len(mail.keys())
            assert head["content-language"] == language
            assert head["subject"].startswith("[Réseau] " if language == "fr" else "[Network] ")
            names = covered(signature)
            assert names.count("from") == 2
            assert set(names) == head.keys() - {"dkim-signature"}
            assert ({"list-unsubscribe", "list-unsubscribe-post"} <= set(names)) is is_bulk
            assert head["date"].datetime == MONDAY

    def test_leaves_the_address_to_unsubscribe_whole(self, category, language):
        head = b"".join(a_letter(category, KINDS[category][0], language).head)
        found = UNSUBSCRIBE.findall(head)
        if category == "confirmation":
            assert found == []
            return
        (value,) = found
        by_web = b"<https://notify.example.org/u/" + b"A" * 150 + b">"
        assert value == by_web + b",\r\n <mailto:u+abcdefgh@notify.example.org>"

    def test_says_all_in_each_of_its_parts(self, category, language):
        for stage in KINDS[category]:
            letter = a_letter(category, stage, language)
            data = letter.message()
            assert data.isascii()
            assert max(map(len, data.split(b"\r\n"))) <= 998
            mail = parsed(data)
            kinds = [each.get_content_type() for each in mail.iter_parts()]
            has_time = category == "maintenance"
            assert kinds == ["text/plain", "text/html", *["text/calendar"] * has_time]
            for each in list(mail.iter_parts())[:2]:
                assert each["content-transfer-encoding"] == "quoted-printable"
            html = part(mail, "html")
            assert not re.search(r"<(img|script|link|iframe)\b|url\(", html)
            for words in (part(mail, "plain"), html):
                if category != "confirmation":
                    assert "https://notify.example.org/u/" in words
                    assert "https://notify.example.org/p/" in words
                    assert {"fr": "vous suivez", "en": "you follow"}[language] in words
                    assert "10:00 (Europe/Paris) · 09:00 UTC" in words

    def test_reads_as_it_was_looked_at(self, category, language):
        """After a change: `python -m tests.channels.email.snapshots`, then look."""
        kept = (FOLDER / f"{category}.{language}.txt").read_text("utf-8")
        assert shown(category, language) == kept
