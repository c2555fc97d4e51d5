"""The built-in mailbox's pages."""

from dataclasses import replace

import pytest
from pydantic import SecretStr

from service.app import create_app
from service.mailbox.store import open_store

LETTER = b"""From: Status <status@example.org>\r
To: ada@example.org\r
Subject: =?utf-8?q?R=C3=A9tabli?=\r
Message-ID: <d.1@example.org>\r
MIME-Version: 1.0\r
Content-Type: multipart/alternative; boundary="b"\r
\r
--b\r
Content-Type: text/plain; charset=utf-8\r
\r
Everything works <again>.\r
--b\r
Content-Type: text/html; charset=utf-8\r
\r
<p>Everything <script>works()</script> again.</p>\r
--b--\r
"""


@pytest.fixture
def nouns() -> tuple[str, ...]:
    return ("access", "mailbox")


@pytest.fixture
def letters(settings):
    store = open_store(settings.data_dir / "mailbox")
    store.add([("status@example.org", "ada@example.org", LETTER)])
    return store


class TestTheMailbox:
    def test_it_lists_the_newest_letters_first(self, letters, client):
        letters.add([("s@example.org", f"u{n}@example.org", LETTER) for n in range(60)])
        first = client.get("/dev/mailbox").text
        assert "Rétabli" in first
        assert first.index("u59@example.org") < first.index("u11@example.org")
        assert "u9@example.org" not in first
        assert "u9@example.org" in client.get("/dev/mailbox?before=12").text

    def test_it_is_searched_by_recipient(self, letters, client):
        letters.add([("s@example.org", "bob@example.org", LETTER)])
        found = client.get("/dev/mailbox?to=bob").text
        assert "bob@example.org" in found
        assert "ada@example.org" not in found

    def test_an_empty_one_says_so(self, client):
        assert "No mail here" in client.get("/dev/mailbox").text

    def test_it_does_not_exist_once_a_mail_server_is_set_up(self, rt, nouns):
        settings = rt.settings.model_copy(update={"smtp_url": SecretStr("smtp://localhost")})
        app = create_app(replace(rt, settings=settings), nouns)
        assert app.test_client().get("/dev/mailbox").status_code == 404


class TestALetter:
    def test_its_text_and_headers_are_shown_as_text(self, letters, client):
        shown = client.get("/dev/mailbox/1").text
        assert "Everything works &lt;again&gt;." in shown
        assert "&lt;d.1@example.org&gt;" in shown

    def test_its_html_is_caged(self, letters, client):
        shown = client.get("/dev/mailbox/1")
        assert "<script>works()" not in shown.text
        assert 'sandbox src="/dev/mailbox/1/html"' in shown.text
        assert "frame-src 'self'" in shown.headers["Content-Security-Policy"]
        framed = client.get("/dev/mailbox/1/html")
        assert framed.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
        assert framed.headers["X-Frame-Options"] == "SAMEORIGIN"

    def test_it_is_there_as_it_was_received(self, letters, client):
        response = client.get("/dev/mailbox/1/raw")
        assert response.data == LETTER
        assert response.mimetype == "text/plain"

    @pytest.mark.parametrize("part", ["", "/html", "/raw"])
    def test_one_that_is_not_there_is_not_found(self, client, part):
        assert client.get(f"/dev/mailbox/7{part}").status_code == 404

    def test_a_number_beyond_all_rows_is_nobodys(self, client, letters):
        assert client.get(f"/dev/mailbox/{10**30}").status_code == 404
        assert client.get(f"/dev/mailbox?before={10**30}").status_code == 200
