"""Every address there is, with the numbers, words and headers that a stranger may put there."""

import re
from functools import cache
from pathlib import Path
from urllib.parse import quote

import pytest

from service.access.models import Scope
from service.web.callers import CallerKind
from tests.factories import a_component, a_list, a_page, a_section
from tests.hostile.test_every_route import routes as every_route
from tests.web import a_key

SOURCES = Path(__file__).parents[2] / "service"
HUGE = 10**30  # no column holds it
#: What stands in each parameter of a query, and in each word of an address.
WORDS = (
    str(HUGE), f"-{HUGE}", "0x7f", "NaN", "١٢", "9999-12-31T23:59:59Z", "0001-01-01",
    "' OR 1=1 --", "\u202egnp", "\ufeff\U0001f514" * 200, "../" * 20, "a,b",
)  # fmt: skip
#: What stands in each header that we or what we build on reads.
HEADERS = {
    "Accept": ("", "*", "text/html;q=x", "a/b;q=1e999,*/*;q=-1", "," * 5000),
    "Accept-Language": ("", "*", "fr;q=nan", "en;q=1e999", "-", "é", "x" * 5000, "fr," * 1000),
    "If-None-Match": ("", "*", '"', "W/", 'W/"x', '"' * 5000, "é"),
    "If-Match": ("", "*", '"', "W/", "x" * 5000, "é"),
    "If-Modified-Since": ("", "x", "Mon, 99 Nov 99999 25:61:61 GMT", "Thu, 01 Jan 0001 00:00 GMT"),
    "Range": ("bytes=-", "bytes=9-1", f"bytes=0-{HUGE}", "bytes=0-0,1-1", "x=1-2"),
    "Cookie": ("=", ";;;", 'session="', "session=x.y.z", "lang=é; lang=fr", "a=" + "x" * 5000),
    "Content-Length": ("0", "1"),
    "Content-Type": ("", ";", "application/json; charset=x", "multipart/form-data", "é/é"),
    "Idempotency-Key": ("", "é", " ", "x" * 5000),
    "Last-Event-ID": ("", "x", str(HUGE), "-1", "é"),
    "X-Forwarded-For": ("x", "é", "[::", "1.2.3.4," * 500),
    "X-Request-ID": ("\t", "x" * 5000, "é"),
    "traceparent": ("", "00-0-0-0", "x" * 5000, "é"),
}  # fmt: skip


@pytest.fixture
def database_url(laundry):
    """PostgreSQL alone: it refuses what SQLite lets pass."""
    url = laundry.lend()
    yield url
    laundry.take_back(url)


@pytest.fixture(autouse=True)
def _site(rt):
    """A page, a section, a service and a list that are called as routes are filled in."""
    with rt.work() as uow:
        page = a_page(uow, "x")
        a_component(uow, a_section(uow, page, "x"), "x")
        a_list(uow, "x")


@pytest.fixture
def callers(app, rt, staff):
    """Who asks, by what a route asks for."""
    program = app.test_client()
    program.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {a_key(rt, *Scope)}"
    return {CallerKind.STAFF: staff("admin"), CallerKind.API_KEY: program}


@pytest.fixture
def ask(app, rt, callers):
    """Ask as whoever may; a program with a fresh key now and then, for each may ask so often."""
    asked = 0

    def ask(mark, path, **given):
        nonlocal asked
        asked += 1
        if asked % 1000 == 0:
            fresh = f"Bearer {a_key(rt, *Scope)}"
            callers[CallerKind.API_KEY].environ_base["HTTP_AUTHORIZATION"] = fresh
        client = callers.get(mark.kind) or app.test_client()
        there = {"REMOTE_ADDR": f"2001:db8::{asked:x}"}  # some are counted by address
        answer = client.get(path, environ_overrides=there, **given)
        answer.close()
        return answer

    return ask


@cache
def parameters():
    """The names that our code looks up in a query, and those that the API describes."""
    sources = "\n".join(each.read_text() for each in SOURCES.rglob("*.py"))
    found = re.findall(r"(?:request\.args\.get(?:list)?|row_named)\(\s*\"(\w+)\"", sources)
    return sorted({*found, "limit", "after", "before", "since", "until"})


def routes(app):
    """Every address that answers GET, without a query; its rule and who may ask."""
    for path, rule, mark in every_route(app):
        if "GET" in rule.methods:
            yield path.partition("?")[0], rule.rule, mark


def failures(answers):
    """Which of them are a fault of ours; a route may say that the service is not ready."""
    return [
        (path, *what, answer.status_code)
        for path, what, answer in answers
        if answer.status_code >= 500 and path != "/readyz"
    ]


class TestEveryAddress:
    def test_survives_numbers_that_no_column_holds(self, app, ask):
        answers = []
        for path, rule, mark in routes(app):
            for number in (HUGE, 2**63, 0) if "<int" in rule else ():
                put = re.sub(r"(?<=/)1(?=[/.]|$)", str(number), path)
                answers.append((put, (rule,), ask(mark, put)))
        assert answers
        assert failures(answers) == []

    def test_survives_any_word_in_its_place(self, app, ask):
        answers = []
        for path, rule, mark in routes(app):
            for word in WORDS if "/x" in path else ():
                put = re.sub(r"(?<=/)x+(?=[/.]|$)", quote(word, safe="").replace("\\", ""), path)
                answers.append((put, (rule,), ask(mark, put)))
        assert failures(answers) == []

    def test_survives_any_query(self, app, ask):
        names = parameters()
        assert {"after", "before", "q", "at"} <= set(names)
        answers = []
        for path, _, mark in routes(app):
            for word in WORDS:
                given = ask(mark, path, query_string=dict.fromkeys(names, word))
                answers.append((path, (word,), given))
        assert failures(answers) == []

    @pytest.mark.parametrize("name", ["after", "before", "limit"])
    def test_survives_a_number_alone(self, app, ask, name):
        """A parameter that is refused may hide the next."""
        answers = [
            (path, (name,), ask(mark, path, query_string={name: str(number)}))
            for path, _, mark in routes(app)
            for number in (HUGE, -HUGE)
        ]
        assert failures(answers) == []

    def test_survives_any_header(self, app, ask):
        answers = []
        for path, _, mark in routes(app):
            for turn in range(max(map(len, HEADERS.values()))):
                headers = {name: words[turn % len(words)] for name, words in HEADERS.items()}
                answers.append((path, (turn,), ask(mark, path, headers=headers)))
        assert failures(answers) == []
