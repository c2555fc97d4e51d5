"""service.web.problems"""

from datetime import date

import pytest
from apiflask import APIBlueprint, HTTPError
from flask import abort, request
from pydantic import BaseModel, TypeAdapter
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from service.errors import Conflict, Expired, Fault, Forbidden, Invalid, NotFound, TooMany
from service.web.callers import public


class Wish(BaseModel):
    title: str
    days: list[date] = []


@pytest.fixture
def wish(app):
    api = APIBlueprint("wishes", __name__, url_prefix="/api/v1")

    @api.post("/wishes")
    @public
    @api.input(Wish)
    def post(json_data):
        return {}

    app.register_blueprint(api)


@pytest.fixture
def failing(at):
    """Make `/api/v1/fail` and `/fail` raise this."""

    def fail(error):
        def view():
            raise error

        at("/api/v1/fail", view)
        at("/fail", view)

    return fail


class TestForPrograms:
    def test_an_unknown_address_is_a_problem_document(self, client):
        answer = client.get("/api/v1/nowhere", headers={"X-Request-ID": "abc"})
        assert answer.status_code == 404
        assert answer.mimetype == "application/problem+json"
        assert answer.json["title"] == "Not Found"
        assert answer.json["request_id"] == "abc"
        assert answer.headers["Cache-Control"] == "no-store"

    def test_the_api_of_a_page_answers_programs_too(self, client):
        assert client.get("/mail/api/v2/nowhere").mimetype == "application/problem+json"

    def test_a_wrong_method_names_the_right_ones(self, client):
        answer = client.post("/api/v1/openapi.json")
        assert answer.status_code == 405
        assert "GET" in answer.headers["Allow"]
        assert answer.mimetype == "application/problem+json"

    @pytest.mark.parametrize(
        ("error", "status"),
        [
            (NotFound("x"), 404),
            (Conflict("x"), 409),
            (Expired("x"), 410),
            (Forbidden("x"), 403),
            (HTTPError(418), 418),
        ],
    )
    def test_every_refusal_has_its_status(self, client, failing, error, status):
        failing(error)
        answer = client.get("/api/v1/fail")
        assert answer.status_code == status
        assert answer.json["status"] == status

    def test_a_stable_code_is_for_programs(self, client, failing):
        failing(Conflict("already decided", code="already_decided"))
        answer = client.get("/api/v1/fail").json
        assert (answer["detail"], answer["code"]) == ("already decided", "already_decided")

    def test_a_limit_says_when_to_come_back(self, client, failing):
        failing(TooMany("slowly", retry_after=7))
        answer = client.get("/api/v1/fail")
        assert (answer.status_code, answer.headers["Retry-After"]) == (429, "7")

    @pytest.mark.parametrize(
        ("language", "words"),
        [("en", "Try again in 1 d."), ("fr", "Réessayez dans 1 j.")],
    )
    def test_a_limit_tells_people_how_long_it_lasts(self, client, failing, language, words):
        failing(TooMany("enough for a day", retry_after=86_400))
        answer = client.get("/fail", headers={"Accept-Language": language})
        assert words in answer.text

    def test_our_own_faults_point_at_fields(self, client, failing):
        failing(Invalid([Fault("/components/0", "is retired", "retired")]))
        answer = client.get("/api/v1/fail")
        assert answer.status_code == 422
        assert answer.json["errors"] == [
            {"pointer": "/components/0", "detail": "is retired", "code": "retired"}
        ]

    def test_pydantics_errors_point_at_fields_without_the_value(self, client, wish):
        answer = client.post("/api/v1/wishes", json={"days": ["2026-01-01", "s3cret"]})
        assert answer.status_code == 422
        pointers = {each["pointer"]: each for each in answer.json["errors"]}
        assert set(pointers) == {"/title", "/days/1"}
        assert pointers["/title"]["code"] == "missing"
        assert "s3cret" not in answer.text

    def test_pydantics_errors_from_inside_a_view_are_the_same(self, client, at):
        at("/api/v1/inside", lambda: {"n": TypeAdapter(int).validate_python("x")})
        assert client.get("/api/v1/inside").status_code == 422

    @pytest.mark.parametrize(
        "body",
        [
            b"{",
            b"\xff",
            b'{"title": NaN}',
            b'{"title": 1e999}',
            b"[" * 100_000,
            b'{"n": ' + b"9" * 5000 + b"}",
        ],
    )
    def test_what_is_not_json_is_refused(self, client, wish, body):
        answer = client.post("/api/v1/wishes", data=body, content_type="application/json")
        assert answer.status_code == 400
        assert answer.mimetype == "application/problem+json"
        assert "not JSON" in answer.json["detail"]

    def test_too_much_is_refused(self, client, wish):
        answer = client.post("/api/v1/wishes", json={"title": "x" * 1024 * 1024})
        assert answer.status_code == 413
        assert answer.mimetype == "application/problem+json"

    def test_what_nobody_expected_is_noted_but_not_shown(self, client, failing):
        failing(ValueError("the password is hunter2"))
        with capture_logs() as logs:
            answer = client.get("/api/v1/fail")
        assert answer.status_code == 500
        assert "hunter2" not in answer.text
        assert "Traceback" not in answer.text
        noted = next(line for line in logs if line["event"] == "unexpected")
        assert isinstance(noted["exc_info"], ValueError)

    def test_without_the_database_one_may_come_back(self, client, failing):
        failing(OperationalError("SELECT 1", {}, Exception("secret host")))
        answer = client.get("/api/v1/fail")
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
        assert "secret" not in answer.text

    def test_an_answer_that_is_ready_is_left_alone(self, client, at):
        at("/api/v1/own", lambda: abort(client.application.response_class("mine", 418)))
        assert client.get("/api/v1/own").text == "mine"


class TestForPeople:
    @pytest.mark.parametrize(
        ("language", "words"), [("fr", "Il n’y a rien ici"), ("en", "There is nothing here")]
    )
    def test_an_unknown_address_is_a_page_with_a_way_forward(self, client, language, words):
        answer = client.get("/nowhere/at/all", headers={"Accept-Language": language})
        assert answer.status_code == 404
        assert words in answer.text
        assert 'href="/"' in answer.text

    def test_an_unexpected_error_names_the_request_and_nothing_else(self, client, failing):
        failing(ValueError("hunter2"))
        answer = client.get("/fail", headers={"X-Request-ID": "r-1"})
        assert answer.status_code == 500
        assert "r-1" in answer.text
        assert "hunter2" not in answer.text

    def test_codes_are_explained_in_the_readers_language(self, client, failing):
        failing(Conflict("already decided", code="already_decided"))
        answer = client.get("/fail", headers={"Accept-Language": "fr"})
        assert "Quelqu’un en a déjà décidé" in answer.text

    def test_faults_are_listed(self, client, failing):
        failing(Invalid([Fault("/title", "<b>", "odd")]))
        answer = client.get("/fail")
        assert "&lt;b&gt;" in answer.text

    def test_statuses_without_words_of_their_own_get_some(self, client, failing):
        failing(HTTPError(418))
        assert "This did not work" in client.get("/fail").text


def test_the_limit_of_a_body_holds_for_forms(client, at):
    at("/form", lambda: str(len(request.form)), methods=["POST"])
    assert client.post("/form", data={"a": "x" * 1024 * 1024}).status_code == 413
