"""service.web.choices"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.web.choices import safe_next


class TestChoosing:
    def test_a_language_is_kept(self, client):
        answer = client.post("/-/language", data={"language": "fr", "next": "/nowhere?a=1"})
        assert (answer.status_code, answer.headers["Location"]) == (303, "/nowhere?a=1")
        assert 'lang="fr"' in client.get("/nowhere").text

    def test_a_theme_is_kept(self, client):
        assert 'data-theme="system"' in client.get("/nowhere").text
        client.post("/-/theme", data={"theme": "dark"})
        assert 'data-theme="dark"' in client.get("/nowhere").text

    @pytest.mark.parametrize("name", ["language", "theme"])
    def test_only_what_is_offered_can_be_chosen(self, client, name):
        answer = client.post(f"/-/{name}", data={name: "\ud83dhacker"[1:]})
        assert answer.status_code == 422
        assert "Set-Cookie" not in answer.headers

    def test_the_cookies_are_kept_from_scripts(self, client):
        cookie = client.post("/-/theme", data={"theme": "dark"}).headers["Set-Cookie"]
        assert {"HttpOnly", "SameSite=Lax", "Secure"} <= set(cookie.split("; "))

    def test_a_browser_that_guesses_finds_the_icon(self, client):
        answer = client.get("/favicon.ico")
        with client.get(answer.headers["Location"]) as icon:
            assert icon.mimetype == "image/svg+xml"


class TestSafeNext:
    @pytest.mark.parametrize("path", ["/", "/mail/fr/", "/console?next=//x", "/a//b"])
    def test_our_own_addresses(self, path):
        assert safe_next(path) == path

    @pytest.mark.parametrize(
        "path",
        [
            "",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            "javascript:alert(1)",
            "evil",
            "///evil.example",
            "http://[broken",
        ],
    )
    def test_nobody_elses(self, path):
        assert safe_next(path) == "/"

    @given(st.text(max_size=30))
    def test_never_leaves(self, text):
        path = safe_next(text)
        assert path.startswith("/")
        assert not path.startswith(("//", "/\\"))
