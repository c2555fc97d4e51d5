"""PostgreSQL and Redis really stop: what the public reads stays, and says how old it is."""

import re
from collections.abc import Iterable, Iterator
from contextlib import closing
from http.client import HTTPConnection
from typing import NamedTuple

import pytest

from tests.e2e.fleet import Fleet, wait_for
from tests.services import create_database, drop_database

PAGES = ("/", "/mail/fr/", "/mail/en/", "/mail/en/incidents/", "/mail/en/history/")
DOCUMENTS = (
    "/mail/en/feeds/all.rss",
    "/mail/en/feeds/all.atom",
    "/mail/en/recap.json",
    "/mail/history.atom",
    "/mail/api/v2/summary.json",
    "/mail/api/v2/incidents/unresolved.json",
)
SAID = re.compile(r'class="stale-said" role="status">(?:Notre base|Our database)[^<]+\d\d:\d\d UTC')


class Answer(NamedTuple):
    """What a visitor got."""

    status: int
    warning: str
    text: str


@pytest.fixture
def fleet(tmp_path, postgres_server, postgres_template, redis_server) -> Iterator[Fleet]:
    url = create_database(postgres_server.url, postgres_template)
    fleet = Fleet(tmp_path, url, redis_server.url, smtp_port=9)
    fleet.environment["TOCSIN_CHANNELS"] = "email,rss,atom"
    yield fleet
    fleet.close()
    drop_database(url)


def test_pages_feeds_and_documents_outlive_the_database_and_the_queue(
    fleet, postgres_server, redis_server
):
    fleet.people(1)
    fleet.start("web-1").wait_until_it_answers()
    wait_for(lambda: not any(stale(fleet, (*PAGES, *DOCUMENTS))), "they were never fresh")

    redis_server.stop()
    try:
        assert not any(stale(fleet, (*PAGES, *DOCUMENTS)))
        postgres_server.stop()
        try:
            wait_for(lambda: all(stale(fleet, (*PAGES, *DOCUMENTS))), "they do not say so")
            for path in PAGES:
                assert SAID.search(ask(fleet, path).text), path
            never_asked_for = ask(fleet, "/mail/en/components/webmail")
            assert never_asked_for.status == 503
            assert "<h1" in never_asked_for.text
            assert ask(fleet, "/healthz").status == 200
            assert ask(fleet, "/readyz").status == 503
        finally:
            postgres_server.start()
    finally:
        redis_server.start()
    wait_for(lambda: not any(stale(fleet, (*PAGES, *DOCUMENTS))), "they stay stale")


def stale(fleet: Fleet, paths: Iterable[str]) -> list[bool]:
    """Which of *paths* say that they are old; all of them must answer."""
    answers = {path: ask(fleet, path) for path in paths}
    assert {path for path, answer in answers.items() if answer.status != 200} == set()
    return [answer.warning.startswith("110") for answer in answers.values()]


def ask(fleet: Fleet, path: str) -> Answer:
    with closing(HTTPConnection("127.0.0.1", fleet.port, timeout=60)) as connection:
        connection.request("GET", path)
        answer = connection.getresponse()
        return Answer(answer.status, answer.getheader("Warning", ""), answer.read().decode())
