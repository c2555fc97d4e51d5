"""service.access.guard: who gets through to a view."""

import pytest
from flask import Blueprint

from service.access import actions
from service.app import create_app
from service.web.callers import api_key, link, public, staff
from service.web.context import NavItem, add_navigation, caller, navigation


@pytest.fixture
def app(rt, nouns):
    """One of each test's own: they add routes."""
    return create_app(rt, nouns)


@pytest.fixture(autouse=True)
def views(app):
    """One view of every kind; each answers who called it."""

    def who(**_):
        return caller().by

    marks = {
        "/api/v1/any": api_key(),
        "/api/v1/submit": api_key("submit"),
        "/console/look": staff("viewer"),
        "/console/decide": staff("moderator"),
        "/open": public,
        "/c/<token>": link,
    }
    for path, mark in marks.items():
        view = mark(lambda **_: who())
        app.add_url_rule(path, f"test{path}", view, methods=["GET", "POST"])


class TestPrograms:
    def test_without_a_key_are_asked_for_one(self, client):
        answer = client.get("/api/v1/any")
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert answer.mimetype == "application/problem+json"

    @pytest.mark.parametrize(
        "sent", ["", "Bearer", "Bearer x", "Bearer tcs_wrong", "Basic tcs_x", "Bearer tcs_\xff"]
    )
    def test_with_a_wrong_key_too(self, client, sent):
        answer = client.get("/api/v1/any", headers={"Authorization": sent})
        assert answer.status_code == 401

    def test_with_a_key_are_known(self, program):
        answer = program("pages").get("/api/v1/any")
        assert answer.text.startswith("key:")
        assert answer.headers["RateLimit"].startswith('"requests";r=')

    def test_need_the_scope_and_are_told_which(self, program):
        answer = program("pages").get("/api/v1/submit")
        assert answer.status_code == 403
        assert "'submit'" in answer.json["detail"]
        assert answer.json["code"] == "missing_scope"
        assert program("submit").post("/api/v1/submit").status_code == 200

    def test_a_revoked_key_opens_nothing(self, client, rt):
        with rt.work() as uow:
            _, token = actions.create_key(uow, "crm", ["submit"])
        headers = {"Authorization": f"Bearer {token}"}
        assert client.get("/api/v1/submit", headers=headers).status_code == 200
        with rt.work() as uow:
            actions.revoke_key(uow, "crm")
        assert client.get("/api/v1/submit", headers=headers).status_code == 401

    def test_that_keep_guessing_are_slowed_down(self, client):
        for _ in range(30):
            assert client.get("/api/v1/any").status_code == 401
        assert client.get("/api/v1/any").status_code == 429

    def test_need_no_form_token(self, program):
        assert program("submit").post("/api/v1/submit").status_code == 200

    def test_staffs_cookies_open_no_api(self, staff):
        assert staff("admin").get("/api/v1/any").status_code == 401


class TestStaff:
    def test_who_is_not_signed_in_is_sent_to_sign_in(self, client):
        answer = client.get("/console/look")
        assert answer.status_code == 303
        assert answer.headers["Location"].startswith("/console/login?next=")

    def test_but_nothing_is_posted_blindly(self, client):
        answer = client.post("/console/look")
        assert answer.status_code == 401
        assert "Sign in" in answer.text

    @pytest.mark.parametrize(
        ("role", "status"), [("viewer", 403), ("author", 403), ("moderator", 200), ("admin", 200)]
    )
    def test_need_the_role_or_one_above(self, staff, role, status):
        assert staff(role).get("/console/decide").status_code == status

    def test_a_form_without_its_token_is_refused(self, staff):
        browser = staff("admin")
        assert browser.post("/console/look").status_code == 200
        del browser.environ_base["HTTP_X_CSRFTOKEN"]
        answer = browser.post("/console/look")
        assert answer.status_code == 400
        assert "load the page again" in answer.text

    def test_a_form_of_somebody_else_is_refused(self, staff):
        one, other = staff("admin"), staff("admin")
        with other.session_transaction() as session:
            session["csrf_token"] = "1" * 40
        other.environ_base["HTTP_X_CSRFTOKEN"] = one.environ_base["HTTP_X_CSRFTOKEN"]
        assert other.post("/console/look").status_code == 400

    def test_a_made_up_cookie_opens_nothing(self, client):
        client.set_cookie("__Host-tocsin_staff", "x" * 43, secure=True)
        assert client.get("/console/look").status_code == 303


class TestVisitors:
    def test_are_visitors_whatever_cookies_they_send(self, staff):
        assert staff("admin").get("/open").text == "visitor"

    def test_with_a_link_post_without_a_form_token(self, client):
        assert client.post("/c/abc").status_code == 200
        assert client.post("/open").status_code == 200


class TestNavigation:
    def test_shows_what_one_may_see_in_order(self, app, staff):
        console = Blueprint("test_console", __name__, url_prefix="/console/t")
        for endpoint, role, position in (
            ("b", "viewer", 20),
            ("a", "viewer", 10),
            ("c", "admin", 5),
        ):
            view = staff_view(role)
            console.add_url_rule(f"/{endpoint}", endpoint, view)
            add_navigation(
                console, NavItem(f"test_console.{endpoint}", "console.title", role, position)
            )
        app.register_blueprint(console)
        assert staff("viewer").get("/console/t/a").text == "test_console.a test_console.b"
        assert staff("admin").get("/console/t/a").text.startswith("test_console.c")
        assert staff("viewer").get("/console").headers["Location"] == "/console/t/a"


def staff_view(role):
    return staff(role)(lambda: " ".join(item.endpoint for item in navigation()))
