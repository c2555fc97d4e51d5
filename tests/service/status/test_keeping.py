"""service.status.keeping: answers from memory, packed, stale when we are away."""

import gzip
from collections.abc import Callable
from typing import Any

import pytest
from werkzeug.test import Client

from service.app import create_app
from service.status.keeping import MOST_ANSWERS, Kept
from service.status.warming import addresses
from tests.factories import a_component, a_page, a_section

PAGE = b'<!doctype html><html lang="fr"><main id="content">' + b"so it is " * 200


class Site:
    """An application that counts what it is asked, and can be away."""

    def __init__(self) -> None:
        self.asked = 0
        self.away = False
        self.body = PAGE
        self.headers = [("Content-Type", "text/html"), ("Cache-Control", "public, max-age=15")]

    def __call__(self, environ, start_response):
        self.asked += 1
        start_response("503 Away" if self.away else "200 OK", list(self.headers))
        return [b"away" if self.away else self.body]


class Ticks:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def site() -> Site:
    return Site()


@pytest.fixture
def ticks() -> Ticks:
    return Ticks()


@pytest.fixture
def browser(site, ticks) -> Client:
    return Client(Kept(site, ticks), use_cookies=False)


@pytest.fixture
def get(browser) -> Callable[..., Any]:
    return lambda path="/mail/fr/", **headers: browser.get(
        path, headers={name.replace("_", "-"): value for name, value in headers.items()}
    )


class TestKept:
    def test_one_answer_serves_many(self, site, get):
        assert {get().data for _ in range(5)} == {PAGE}
        assert site.asked == 1

    def test_it_is_made_anew_after_a_second(self, site, ticks, get):
        get()
        site.body = b"<html lang='fr'>something else"
        ticks.now += 1.01
        assert get().data == site.body

    def test_who_has_it_gets_nothing_again(self, get):
        first = get()
        again = get(If_None_Match=first.headers["ETag"])
        assert (again.status_code, again.data) == (304, b"")
        assert get(If_None_Match=f"W/{first.headers['ETag']}").status_code == 304
        assert get(If_None_Match='"other"').status_code == 200

    def test_it_is_packed_for_who_can_unpack(self, get):
        plain, packed = get(), get(Accept_Encoding="gzip, br")
        assert gzip.decompress(packed.data) == PAGE
        assert packed.headers["ETag"] != plain.headers["ETag"]
        assert "Accept-Encoding" in plain.headers["Vary"]
        assert len(packed.data) < len(PAGE) / 5

    def test_a_look_at_the_head_has_no_body(self, browser):
        answer = browser.head("/mail/fr/")
        assert (answer.data, answer.headers["Content-Length"]) == (b"", str(len(PAGE)))

    def test_readers_with_other_choices_get_other_answers(self, site, get):
        get(Cookie="tocsin_theme=dark")
        get(Cookie="tocsin_theme=light")
        get(Cookie="tocsin_theme=dark; other=1")
        assert site.asked == 2

    def test_languages_count_where_they_are_negotiated(self, site, get):
        site.headers.append(("Vary", "Accept-Language"))
        for language in ("fr", "en", "fr", "en"):
            get("/", Accept_Language=language)
        assert site.asked == 2

    @pytest.mark.parametrize(
        "path", ["/console/pages", "/api/v1/pages", "/p/token", "/mail/fr/touched?at=x"]
    )
    def test_what_is_for_one_alone_is_never_kept(self, site, get, path):
        get(path)
        get(path)
        assert site.asked == 2

    def test_what_is_not_public_is_never_kept(self, site, get):
        site.headers = [("Content-Type", "text/html"), ("Cache-Control", "no-store")]
        get()
        get()
        assert site.asked == 2

    def test_posts_pass(self, site, browser):
        browser.post("/-/theme")
        browser.post("/-/theme")
        assert site.asked == 2

    def test_it_keeps_no_more_than_it_may(self, get, site):
        for n in range(MOST_ANSWERS + 10):
            get(f"/mail/fr/events/{n}")
        get("/mail/fr/events/0")
        assert site.asked == MOST_ANSWERS + 11


class TestAway:
    def test_what_was_known_is_shown_and_says_so(self, site, ticks, get):
        get()
        site.away = True
        ticks.now += 90
        answer = get()
        assert answer.status_code == 200
        assert "Notre base de données ne répond pas" in answer.text
        assert (answer.headers["Age"], answer.headers["Warning"][:3]) == ("90", "110")

    def test_it_does_not_ask_each_time(self, site, ticks, get):
        get()
        site.away = True
        ticks.now += 90
        for _ in range(5):
            get()
        assert site.asked == 2

    def test_it_comes_back_by_itself(self, site, ticks, get):
        get()
        site.away, ticks.now = True, ticks.now + 10
        get()
        site.away, ticks.now = False, ticks.now + 6
        assert get().data == PAGE

    def test_another_readers_answer_is_better_than_none(self, site, ticks, get):
        get()
        site.away, ticks.now = True, ticks.now + 10
        assert get(Cookie="tocsin_theme=dark").status_code == 200

    def test_what_was_never_known_cannot_be_shown(self, site, get):
        site.away = True
        assert get().status_code == 503


def test_what_matters_is_kept_warm_on_every_host(rt):
    app = create_app(rt)  # its own: one that other tests asked looks for new hosts seconds later
    with rt.work() as uow:
        a_component(uow, a_section(uow, a_page(uow, host="status.example.net")))
    kept = Kept(app.wsgi_app)
    for host, path in addresses(rt):
        kept.warm([path], host)
    rt.database.close()
    shown = Client(kept).get("/fr/", headers={"Host": "status.example.net"})
    assert shown.status_code == 200
    documents = Client(kept).get("/mail/api/v2/summary.json", base_url=rt.settings.public_url)
    assert documents.status_code == 200
