"""service.web.shell"""

from dataclasses import replace

import pytest
from flask import request
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from structlog.contextvars import get_contextvars
from structlog.testing import capture_logs

from service.app import create_app
from service.web.callers import link
from service.web.context import runtime
from service.web.shell import masked


class TestHeaders:
    def test_no_page_runs_or_shows_what_is_not_ours(self, client):
        headers = client.get("/console/login").headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert "http" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "camera=()" in headers["Permissions-Policy"]
        assert headers["Strict-Transport-Security"].startswith("max-age=")

    def test_no_template_needs_more_than_the_policy_allows(self, client):
        page = client.get("/console/login").text
        assert "style=" not in page
        assert "<style" not in page
        assert "onclick" not in page

    def test_a_view_may_ask_for_another_policy(self, client, at):
        at("/widget", lambda: ("", {"Content-Security-Policy": "frame-ancestors *"}))
        assert client.get("/widget").headers["Content-Security-Policy"] == "frame-ancestors *"

    def test_the_console_is_not_kept(self, client):
        assert client.get("/console/login").headers["Cache-Control"] == "no-store"
        assert client.get("/console").headers["Cache-Control"] == "no-store"

    def test_a_signed_link_leaves_no_trace(self, client, at):
        at("/c/<token>", lambda token: "", link)
        headers = client.get("/c/secret").headers
        assert headers["Cache-Control"] == "no-store"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["X-Robots-Tag"] == "noindex"


class TestRequestId:
    def test_is_the_callers_if_it_is_decent(self, client):
        assert client.get("/", headers={"X-Request-ID": "abc-1"}).headers["X-Request-ID"] == "abc-1"

    @pytest.mark.parametrize("given", ["", "a b", "x" * 65, "<script>"])
    def test_else_ours(self, client, given):
        answer = client.get("/", headers={"X-Request-ID": given})
        assert answer.headers["X-Request-ID"] not in ("", given)

    def test_is_gone_from_the_logs_when_the_request_is_over(self, client, at):
        at("/named", lambda: get_contextvars()["request_id"])
        assert client.get("/named", headers={"X-Request-ID": "abc-1"}).text == "abc-1"
        assert get_contextvars() == {}


class TestCharacters:
    @pytest.mark.parametrize("path", ["/%00", "/a%0ab", "/?a=%00", "/api/v1/x%1f"])
    def test_no_control_characters_in_addresses(self, client, path):
        assert client.get(path).status_code == 400

    @pytest.mark.parametrize("path", ["/%ff", "/?a=%ff", "/%ed%a0%80"])
    def test_broken_addresses_lead_nowhere(self, client, path):
        assert client.get(path).status_code in (400, 404)

    def test_no_nul_in_forms(self, client, at):
        at("/form", lambda: request.form["a"], methods=["POST"])
        assert client.post("/form", data={"a": "x\0"}).status_code == 400
        assert client.post("/form", data={"a": "x\ny"}).status_code == 200


class TestLogLine:
    def test_one_line_a_request_without_query_or_token(self, client):
        with capture_logs() as logs:
            client.get("/p/secret-token?also=secret")
        line = next(each for each in logs if each["event"] == "request")
        assert (line["method"], line["status"], line["by"]) == ("GET", 404, "visitor")
        assert "secret" not in str(line)

    @pytest.mark.parametrize(
        ("path", "shown"),
        [
            ("/c/abc", "/c/…"),
            ("/u/abc/more", "/u/…/more"),
            ("/mail/p/abc", "/mail/p/…"),
            ("/mail/fr/", "/mail/fr/"),
        ],
    )
    def test_tokens_are_masked(self, path, shown):
        assert masked(path) == shown


class TestProxies:
    def address(self, app, at_path="/where"):
        app.add_url_rule(at_path, "where", lambda: f"{request.remote_addr} {request.scheme}")
        forwarded = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}
        return app.test_client().get(at_path, headers=forwarded).text

    def test_nobody_is_believed_unless_told(self, app):
        assert self.address(app) == "127.0.0.1 http"

    def test_as_many_as_there_are_are_believed(self, rt):
        settings = rt.settings.model_copy(update={"trusted_proxies": 1})
        app = create_app(replace(rt, settings=settings), ("access",))
        assert self.address(app) == "203.0.113.9 https"


class TestReading:
    def test_a_get_cannot_write_the_database_sees_to_it(self, client, at):
        def write():
            with runtime().read() as session:
                session.execute(text("DELETE FROM staff"))
                session.commit()
            return "written"

        at("/write", write)
        assert client.get("/write").status_code >= 500

    def test_neither_by_the_runtime_itself(self, rt):
        with rt.read() as session, pytest.raises(DBAPIError, match=r"(?i)read.?only"):
            session.execute(text("DELETE FROM staff"))
