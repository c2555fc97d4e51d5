"""Single sign-on against a real provider on loopback: who is let in, and every way to cheat."""

import re
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from service.access import actions
from service.access.models import Role, Staff
from service.access.vouching import single_sign_on
from service.audit.models import AuditEntry
from service.config import SettingsError, read_settings
from tests.fakes import MONDAY
from tests.service.access.provider import CLIENT, SECRET, Provider

COOKIE = "__Host-tocsin_staff"
CHEATS = (
    "nonce", "audience", "issuer", "expired", "unverified", "shared secret", "unsigned", "key",
    "another name",
)  # fmt: skip
SITE = "https://notify.example.org"


@pytest.fixture
def provider() -> Iterator[Provider]:
    with Provider(MONDAY.timestamp()) as provider:
        yield provider


@pytest.fixture
def options() -> dict[str, str]:
    return {}


@pytest.fixture
def settings(settings, provider, options):
    given = {"issuer": provider.issuer, "client": CLIENT, "secret": SECRET, "name": "Town"}
    made = {name: SecretStr(value) for name, value in {**given, **options}.items()}
    return settings.model_copy(update={"oidc_options": made, "allowed_ports": (provider.port,)})


@pytest.fixture
def nouns():
    return ("access", "audit")


@pytest.fixture
def ada(rt) -> int:
    with rt.work() as uow:
        person = actions.add_staff(uow, "ada@example.org", "Ada", "author", "a long sentence")
        return person.id


def begin(client, wanted: str = "/console") -> str:
    away = client.get(f"/console/login/oidc?next={wanted}", base_url=SITE)
    assert away.status_code == 303, away.text
    return str(away.headers["Location"])


def back(client, where: str, code: str):
    state = parse_qs(urlsplit(where).query)["state"][0]
    path = f"/console/login/oidc/back?code={code}&state={state}"
    return client.get(path, base_url=SITE)


def press(client, page):
    fields = dict(re.findall(r'name="(csrf_token|code|state)" value="([^"]*)"', page.text))
    return client.post(
        "/console/login/oidc/back", data=fields, base_url=SITE, headers={"Referer": SITE}
    )


def sign_in(client, provider, wanted: str = "/console"):
    where = begin(client, wanted)
    page = back(client, where, provider.consent(where))
    assert page.status_code == 200, page.text
    return press(client, page)


def is_in(client) -> bool:
    return client.get_cookie(COOKIE, domain="notify.example.org") is not None


class TestSingleSignOn:
    def test_lets_in_who_has_an_account_and_asks_for_one_more_press(
        self, rt, client, provider, ada
    ):
        assert "Sign in with Town" in client.get("/console/login", base_url=SITE).text
        where = begin(client, "/console/account")
        page = back(client, where, provider.consent(where))
        assert not is_in(client)  # looking lets nobody in
        answer = press(client, page)
        assert answer.headers["Location"] == "/console/account"
        assert is_in(client)
        with rt.read() as session:
            person = session.get_one(Staff, ada)
            steps = session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
        assert person.oidc_subject == f"{provider.issuer} u1"
        assert person.role is Role.AUTHOR
        assert steps[-2:] == ["staff.vouched_for", "staff.signed_in"]

    def test_believes_no_cheat(self, client, provider, ada):
        for cheat in CHEATS:
            provider.cheat = "" if cheat == "another name" else cheat
            where = begin(client)
            code = provider.consent(where)
            page = back(client, where, code)
            provider.cheat = cheat
            assert press(client, page).status_code == 422, cheat
            assert not is_in(client), cheat

    def test_believes_only_the_browser_it_sent_away_once_and_for_a_while(
        self, app, client, provider, ada, clock
    ):
        where = begin(client)
        code = provider.consent(where)
        other = app.test_client()
        begin(other)
        assert back(other, where, code).status_code == 422  # somebody else's word
        assert back(app.test_client(), where, code).status_code == 422
        page = back(client, where, code)
        without = client.post(
            "/console/login/oidc/back", data={"code": code, "state": "x"}, base_url=SITE
        )
        assert without.status_code == 400
        assert press(client, page).status_code == 303
        client.delete_cookie(COOKIE, domain="notify.example.org")
        assert press(client, page).status_code in (400, 422)  # used
        where = begin(client)
        clock.advance(timedelta(minutes=11))
        assert back(client, where, provider.consent(where)).status_code == 422
        assert not is_in(client)

    def test_knows_people_by_the_providers_name_for_them(self, rt, client, provider, ada):
        sign_in(client, provider)
        client.delete_cookie(COOKIE, domain="notify.example.org")
        provider.person["email"] = "ada.married@example.org"
        assert sign_in(client, provider).status_code == 303
        client.delete_cookie(COOKIE, domain="notify.example.org")
        provider.person |= {"sub": "u2", "email": "ada@example.org"}  # given to somebody else
        assert sign_in(client, provider).status_code == 422
        provider.person |= {"sub": "u3", "email": "stranger@example.org"}
        assert "not here" in sign_in(client, provider).text
        provider.person |= {"sub": "u1"}
        with rt.work() as uow:
            actions.disable_staff(uow, "ada@example.org")
        assert sign_in(client, provider).status_code == 422
        assert not is_in(client)

    def test_does_not_stand_for_the_second_factor(self, rt, client, provider, ada):
        with rt.work() as uow:
            uow.session.get_one(Staff, ada).totp_since = uow.now
        assert sign_in(client, provider).headers["Location"].startswith("/console/login/code")
        assert not is_in(client)


class TestRoles:
    @pytest.fixture
    def options(self):
        roles = "status-admins=admin, on-call=moderator"
        return {"roles_claim": "groups", "roles": roles}

    def test_follow_the_groups_of_the_provider(self, rt, client, provider, ada):
        def role() -> list[Role]:
            with rt.read() as session:
                return list(session.scalars(select(Staff.role).order_by(Staff.id)))

        assert sign_in(client, provider).status_code == 422  # in no group
        provider.person["groups"] = ["on-call", "status-admins", "chess"]
        sign_in(client, provider)
        assert role() == [Role.ADMIN]
        provider.person["groups"] = "on-call"
        sign_in(client, provider)
        assert role() == [Role.MODERATOR]
        provider.person |= {"sub": "u9", "email": "new@example.org", "name": "New"}
        assert sign_in(client, provider).status_code == 303
        assert role() == [Role.MODERATOR, Role.MODERATOR]
        provider.person["groups"] = []
        assert sign_in(client, provider).status_code == 422


class TestTheSettings:
    def test_say_what_is_missing_and_none_means_no_button(self, tmp_path):
        given = {"TOCSIN_DATA_DIR": str(tmp_path)}
        assert single_sign_on(read_settings(given)) is None
        half = read_settings({**given, "TOCSIN_OIDC_ISSUER": "https://x.example"})
        with pytest.raises(SettingsError, match="TOCSIN_OIDC_CLIENT: Field required"):
            single_sign_on(half)
