"""Every operation of the API, given what no operation wants: the short form of `make hostile`."""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from service.access.models import Scope
from tests.web import a_key

DEEP = "[" * 5000
WRITING = ("post", "put", "patch")
#: What each field of a body is, in turn, all at once.
WORDS: tuple[Any, ...] = (
    None, True, 10**30, "", "\0", "\ud800", "x" * 70_000, [[]], {"a": {}}, "9999-12-31T23:59:59Z",
)  # fmt: skip
#: What is no body at all.
BODIES = (b"\xff", DEEP.encode(), b"1e400", b'{"a":NaN}', b"9" * 5000, b"[]")
QUERIES = (f"limit={'9' * 40}", "after=%00", "before=%ED%A0%80&at=x", "%", "a=" * 999)
TEXTS = (b"\xff\xfe", b"x" * 3000)
#: What may be left out of any body, and then changes nothing.
NOTHING = (b"{}", b'{"order": []}')


@pytest.fixture
def database_url(laundry):
    """PostgreSQL alone: it refuses what SQLite lets pass."""
    url = laundry.lend()
    yield url
    laundry.take_back(url)


@pytest.fixture
def ask(app, rt, description):
    """Ask with a fresh key: each may ask so often a minute."""
    asked = 0
    client = app.test_client()

    def ask(method, path, **given):
        nonlocal asked
        if asked % 1000 == 0:
            client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {a_key(rt, *Scope)}"
        asked += 1
        return client.open(path, method=method.upper(), **given)

    return ask


@pytest.fixture
def description(app):
    return app.test_client().get("/api/v1/openapi.json").get_json()


def operations(description):
    """Method, an address, and what is described of each."""
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            if method in (*WRITING, "get", "delete"):
                filled = path
                for each in operation.get("parameters", []):
                    number = each["schema"].get("type") == "integer"
                    filled = filled.replace(f"{{{each['name']}}}", "1" if number else "x" * 8)
                yield method, filled, operation


def fields(description, operation):
    """The names that a body may have."""
    content = operation["requestBody"]["content"].get("application/json", {})
    name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
    return description["components"]["schemas"].get(name, {}).get("properties", {})


class TestOperations:
    def test_survive_any_body_and_say_what_is_wrong(self, ask, description):
        problem = Draft202012Validator(description["components"]["schemas"]["Problem"])
        wrong = []
        for method, path, operation in operations(description):
            if "requestBody" not in operation:
                continue
            names = fields(description, operation)
            given = [json.dumps(dict.fromkeys(names, word)).encode() for word in WORDS]
            for body in (*BODIES, *given):
                answer = ask(method, path, data=body, content_type="application/json")
                refused = 400 <= answer.status_code < 500
                if not refused or not problem.is_valid(answer.get_json()):
                    wrong.append((method, path, body[:60], answer.status_code))
        assert [each for each in wrong if each[2] not in NOTHING] == []

    def test_survive_any_query_and_header(self, ask, description):
        wrong: list[tuple[str, ...]] = []
        for method, path, _ in operations(description):
            for query in QUERIES:
                answer = ask(method, f"{path}?{query}")
                wrong += [(method, path, query)] if answer.status_code >= 500 else []
            for text in TEXTS:
                headers = {"Idempotency-Key": text.decode("latin-1"), "X-Request-ID": "\xff"}
                answer = ask(method, path, headers=headers, content_type=text.decode("latin-1"))
                wrong += [(method, path, repr(text))] if answer.status_code >= 500 else []
        assert wrong == []

    def test_have_an_answer_described_for_everything_they_said(self, ask, description):
        silent = []
        for method, path, operation in operations(description):
            answer = ask(method, path, data=b"{}", content_type="application/json")
            if str(answer.status_code) not in operation["responses"]:
                silent.append((method, path, answer.status_code))
        assert silent == []
