"""service.access.second_factor, and signing in with it"""

from datetime import timedelta

import pyotp
import pytest

from service.access import queries, second_factor
from service.access.actions import add_staff
from service.access.sealing import unseal
from tests.web import a_form_token

PASSWORD = "correct horse battery staple"
EMAIL = "mo@example.org"


@pytest.fixture
def mo(rt):
    with rt.work() as uow:
        return add_staff(uow, EMAIL, "Mo", "moderator", PASSWORD).id


def code(rt, staff_id):
    """What the app shows now."""
    with rt.read() as session:
        person = queries.staff_by_id(session, staff_id)
        assert person
        return pyotp.TOTP(unseal(person.totp_secret)).at(rt.clock())


def set_up(rt, staff_id):
    """Switch it on; return the recovery codes."""
    with rt.work() as uow:
        second_factor.begin(uow, staff_id)
    with rt.work() as uow:
        return second_factor.confirm(uow, staff_id, code(rt, staff_id))


def use(rt, staff_id, given):
    with rt.work() as uow:
        return second_factor.use(uow, staff_id, given)


class TestSecondFactor:
    def test_it_counts_once_a_code_came_back(self, rt, mo):
        with rt.work() as uow:
            setup = second_factor.begin(uow, mo)
            assert second_factor.confirm(uow, mo, "000000") == ()
            assert setup.uri.startswith("otpauth://totp/Tocsin:mo%40example.org?secret=")
            assert "<path" in setup.qr
        assert not use(rt, mo, code(rt, mo))
        assert len(set_up(rt, mo)) == second_factor.CODES

    def test_a_code_is_good_once(self, rt, mo, clock):
        set_up(rt, mo)
        assert not use(rt, mo, code(rt, mo))
        clock.advance(timedelta(seconds=30))
        shown = code(rt, mo)
        assert use(rt, mo, f" {shown[:3]} {shown[3:]} ")
        assert not use(rt, mo, shown)

    def test_a_clock_may_be_half_a_minute_off_and_no_more(self, rt, mo, clock):
        set_up(rt, mo)
        clock.advance(timedelta(seconds=300))
        shown = code(rt, mo)
        clock.advance(timedelta(seconds=60))
        assert not use(rt, mo, shown)
        shown = code(rt, mo)
        clock.advance(timedelta(seconds=30))
        assert use(rt, mo, shown)

    def test_a_recovery_code_opens_once(self, rt, mo):
        first, *_ = set_up(rt, mo)
        assert use(rt, mo, first.upper())
        assert not use(rt, mo, first)
        with rt.read() as session:
            person = queries.staff_by_id(session, mo)
            assert person
            left = person.recovery or []
        assert len(left) == second_factor.CODES - 1
        assert first not in left

    def test_ended_it_asks_no_more(self, rt, mo):
        first, *_ = set_up(rt, mo)
        with rt.work() as uow:
            second_factor.end(uow, mo)
        assert not use(rt, mo, first)


class TestSigningIn:
    @pytest.fixture
    def browser(self, app, client):
        client.environ_base["HTTP_X_CSRFTOKEN"] = a_form_token(app, client)
        return client

    def sign_in(self, browser):
        return browser.post("/console/login", data={"email": EMAIL, "password": PASSWORD})

    def test_the_password_alone_opens_nothing(self, rt, mo, browser):
        set_up(rt, mo)
        answer = self.sign_in(browser)
        assert answer.location == "/console/login/code?next=/console"
        assert "tocsin_staff" not in answer.headers.get("Set-Cookie", "").split("=")[0]
        assert browser.get("/console/account").status_code == 303

    def test_a_wrong_code_says_so_and_counts(self, rt, mo, browser):
        set_up(rt, mo)
        self.sign_in(browser)
        for _ in range(6):
            answer = browser.post("/console/login/code", data={"code": "000000"})
            assert answer.status_code == 422
        assert browser.post("/console/login/code", data={"code": "000000"}).status_code == 429

    def test_the_code_lets_in(self, rt, mo, browser, clock):
        set_up(rt, mo)
        clock.advance(timedelta(seconds=30))
        self.sign_in(browser)
        answer = browser.post("/console/login/code", data={"code": code(rt, mo)})
        assert answer.status_code == 303
        assert any("__Host-tocsin_staff=" in it for it in answer.headers.getlist("Set-Cookie"))

    def test_the_step_between_lasts_five_minutes(self, rt, mo, browser, clock):
        set_up(rt, mo)
        self.sign_in(browser)
        clock.advance(timedelta(minutes=6))
        answer = browser.post("/console/login/code", data={"code": code(rt, mo)})
        assert answer.location == "/console/login"

    def test_without_the_password_there_is_no_step_between(self, rt, mo, browser):
        set_up(rt, mo)
        assert browser.get("/console/login/code").location == "/console/login"


class TestPages:
    def test_only_administrators_see_the_staff(self, staff):
        assert staff("moderator").get("/console/staff").status_code == 403
        assert "API keys" in staff("admin").get("/console/staff").text

    def test_a_new_account_shows_its_password_once(self, staff):
        admin = staff("admin")
        given = {"name": "Ann", "email": "ann@example.org", "role": "author"}
        assert "shown this once" in admin.post("/console/staff", data=given).text
        assert "shown this once" not in admin.get("/console/staff").text
        assert admin.post("/console/staff", data=given).status_code == 409

    def test_nobody_changes_their_own_role(self, rt, staff):
        admin = staff("admin")
        admin.post("/console/staff/1/disable")
        with rt.read() as session:
            person = queries.staff_by_id(session, 1)
            assert person
            assert person.disabled_at is None

    def test_a_key_needs_a_scope(self, staff):
        answer = staff("admin").post("/console/staff/keys", data={"key_name": "robot"})
        assert answer.status_code == 422
        assert "robot" in answer.text

    def test_the_setup_shows_a_code_to_scan_within_the_policy(self, rt, app, client, mo):
        client.environ_base["HTTP_X_CSRFTOKEN"] = a_form_token(app, client)
        client.post("/console/login", data={"email": EMAIL, "password": PASSWORD})
        client.environ_base["HTTP_X_CSRFTOKEN"] = a_form_token(app, client)
        page = client.post("/console/account/factor", data={"current": PASSWORD})
        assert "<svg width=" in page.text
        assert "style=" not in page.text
        wrong = client.post("/console/account/factor", data={"current": "wrong"})
        assert wrong.status_code == 422
