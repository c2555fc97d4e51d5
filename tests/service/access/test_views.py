"""service.access.views: people sign in and out."""

import re
from datetime import timedelta

import pytest

from service.access import actions
from service.access.models import Staff, StaffSession
from service.audit.models import AuditEntry

PASSWORD = "correct horse battery"
COOKIE = "__Host-tocsin_staff"


@pytest.fixture(autouse=True)
def ada(rt):
    with rt.work() as uow:
        return actions.add_staff(uow, "Ada@Example.org", "Ada", "author", PASSWORD)


def form(client, path="/console/login"):
    """The token of the form at *path*."""
    return re.findall(r'name="csrf_token" value="([^"]+)"', client.get(path).text)[0]


def sign_in(client, email="ada@example.org", password=PASSWORD, **more):
    wish = {"email": email, "password": password, "csrf_token": form(client), **more}
    return client.post("/console/login", data=wish)


def cookie_of(client):
    found = client.get_cookie(COOKIE)
    return found.value if found else None


class TestSigningIn:
    def test_where_nobody_has_an_account_the_way_to_one_is_told(self, rt, client):
        assert "tocsin staff add" not in client.get("/console/login").text
        with rt.work() as uow:
            uow.session.query(Staff).delete()
        assert "tocsin staff add" in client.get("/console/login").text

    def test_opens_the_console(self, client):
        answer = sign_in(client, "ADA@example.org ")
        assert (answer.status_code, answer.headers["Location"]) == (303, "/console")
        page = client.get("/console/account")
        assert page.status_code == 200
        assert "Ada" in page.text

    def test_the_cookie_is_kept_from_scripts_and_other_sites(self, client):
        cookies = sign_in(client).headers.getlist("Set-Cookie")
        [cookie] = [each for each in cookies if each.startswith(COOKIE)]
        assert {"HttpOnly", "Secure", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))

    def test_the_database_does_not_know_the_cookie(self, client, rt):
        sign_in(client)
        with rt.read() as session:
            row = session.query(StaffSession).one()
        assert cookie_of(client) not in (row.digest, row.agent)

    def test_is_in_the_audit_trail(self, client, rt, ada):
        sign_in(client)
        with rt.read() as session:
            entry = session.query(AuditEntry).filter_by(action="staff.signed_in").one()
        assert entry.by == f"staff:{ada.id}"

    def test_a_cookie_planted_before_opens_nothing_after(self, client, app):
        client.set_cookie(COOKIE, "planted", secure=True)
        sign_in(client)
        assert cookie_of(client) != "planted"
        thief = app.test_client()
        thief.set_cookie(COOKIE, "planted", secure=True)
        assert thief.get("/console/account").status_code == 303

    def test_signing_in_again_ends_the_former_session(self, client, app):
        sign_in(client)
        former = cookie_of(client)
        sign_in(client)
        old = app.test_client()
        old.set_cookie(COOKIE, former, secure=True)
        assert old.get("/console/account").status_code == 303

    def test_forms_opened_before_are_worthless_after(self, client):
        before = form(client)
        sign_in(client)
        answer = client.post("/console/logout", data={"csrf_token": before})
        assert answer.status_code == 400

    def test_without_the_forms_token_nothing_happens(self, client):
        wish = {"email": "ada@example.org", "password": PASSWORD}
        answer = client.post("/console/login", data=wish)
        assert answer.status_code == 400
        assert cookie_of(client) is None

    def test_ends_after_half_a_day(self, client, clock):
        sign_in(client)
        clock.advance(timedelta(hours=12))
        assert client.get("/console/account").status_code == 303

    def test_a_disabled_account_is_out_at_once(self, client, rt):
        sign_in(client)
        with rt.work() as uow:
            actions.disable_staff(uow, "ada@example.org")
        assert client.get("/console/account").status_code == 303
        assert sign_in(client).status_code == 422


class TestWrongPassword:
    def test_the_answer_is_the_same_whether_there_is_an_account_or_not(self, client):
        def body(answer):
            return re.sub(r'(csrf_token" value=")[^"]+', "", answer.text)

        known = sign_in(client, "ada@example.org", "wrong wrong wrong")
        unknown = sign_in(client, "bob@example.org", "wrong wrong wrong")
        assert known.status_code == unknown.status_code == 422
        assert body(known).replace("ada@", "") == body(unknown).replace("bob@", "")
        assert cookie_of(client) is None

    def test_too_many_failures_have_to_wait_even_with_the_right_one(self, client):
        for _ in range(6):
            assert sign_in(client, password="wrong").status_code == 422
        answer = sign_in(client)
        assert answer.status_code == 429
        assert int(answer.headers["Retry-After"]) > 0

    def test_others_are_not_kept_waiting(self, client):
        for _ in range(6):
            sign_in(client, "bob@example.org", "wrong")
        assert sign_in(client).status_code == 303

    @pytest.mark.parametrize("email", ["", "\x01", "x" * 300, "a\nb", "' OR 1=1 --"])
    def test_nonsense_is_wrong_too(self, client, email):
        assert sign_in(client, email).status_code == 422


class TestNext:
    def test_one_comes_to_where_one_wanted_to_go(self, client):
        answer = client.get("/console/account?a=1")
        assert answer.status_code == 303
        assert answer.headers["Location"] == "/console/login?next=/console/account?a%3D1"
        page = client.get(answer.headers["Location"]).text
        assert 'name="next" value="/console/account?a=1"' in page
        assert sign_in(client, next="/console/account?a=1").headers["Location"] == (
            "/console/account?a=1"
        )

    @pytest.mark.parametrize(
        "path", ["https://evil.example", "//evil.example/console", "/elsewhere", "/console/login"]
    )
    def test_and_nowhere_else(self, client, path):
        assert sign_in(client, next=path).headers["Location"] == "/console"


class TestSigningOut:
    def test_ends_the_session_itself(self, client, app):
        sign_in(client)
        token = cookie_of(client)
        answer = client.post(
            "/console/logout", data={"csrf_token": form(client, "/console/account")}
        )
        assert answer.headers["Location"] == "/console/login"
        assert cookie_of(client) is None
        copy = app.test_client()
        copy.set_cookie(COOKIE, token, secure=True)
        assert copy.get("/console/account").status_code == 303
        assert "You have signed out" in client.get("/console/login").text

    def test_needs_the_forms_token(self, client):
        sign_in(client)
        assert client.post("/console/logout").status_code == 400
        assert client.get("/console/account").status_code == 200


class TestAccount:
    def change(self, client, current=PASSWORD, new="another good password"):
        wish = {
            "current": current,
            "password": new,
            "csrf_token": form(client, "/console/account"),
        }
        return client.post("/console/account/password", data=wish)

    def test_a_new_password_ends_every_other_session(self, client, app):
        other = app.test_client()
        sign_in(client)
        sign_in(other)
        assert self.change(client).status_code == 303
        assert client.get("/console/account").status_code == 200
        assert other.get("/console/account").status_code == 303
        assert sign_in(other, password="another good password").status_code == 303

    def test_needs_the_current_one(self, client):
        sign_in(client)
        assert self.change(client, current="wrong").status_code == 422
        assert self.change(client, new="short").status_code == 422
        assert sign_in(client).status_code == 303

    def test_signs_out_elsewhere(self, client, app):
        other = app.test_client()
        sign_in(client)
        sign_in(other)
        token = form(client, "/console/account")
        client.post("/console/account/elsewhere", data={"csrf_token": token})
        assert client.get("/console/account").status_code == 200
        assert other.get("/console/account").status_code == 303


class TestHome:
    def test_without_anything_to_do_says_so(self, staff):
        page = staff("viewer").get("/console")
        assert page.status_code == 200
        assert "Nothing is set up here yet" in page.text
