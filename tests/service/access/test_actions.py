"""service.access.actions"""

from datetime import timedelta

import pytest

from service.access import actions, actors, keys, links, passwords
from service.access.models import (
    ApiKey,
    IdempotentRequest,
    Purpose,
    Role,
    SignedLink,
    Staff,
    StaffSession,
)
from service.errors import Conflict, Invalid, NotFound

PASSWORD = "correct horse battery"


class TestKeys:
    def test_are_shown_once_and_kept_as_digests(self, rt):
        with rt.work() as uow:
            key, token = actions.create_key(uow, "  crm ", ["submit", "pages", "submit"])
        assert token.startswith("tcs_")
        assert key.digest == keys.digest(token)
        assert key.scopes == ["pages", "submit"]
        assert key.name == "crm"

    def test_need_a_name_of_their_own(self, rt):
        with rt.work() as uow:
            actions.create_key(uow, "crm", ["submit"])
        with rt.work() as uow, pytest.raises(Conflict):
            actions.create_key(uow, "crm", ["submit"])

    @pytest.mark.parametrize(
        ("name", "scopes"),
        [("crm", []), ("crm", ["everything"]), ("", ["submit"]), ("\0", ["submit"])],
    )
    def test_need_a_name_and_scopes_that_exist(self, rt, name, scopes):
        with rt.work() as uow, pytest.raises(Invalid):
            actions.create_key(uow, name, scopes)

    def test_are_revoked_once(self, rt, clock):
        with rt.work() as uow:
            actions.create_key(uow, "crm", ["submit"])
        first = clock.now
        for _ in range(2):
            with rt.work() as uow:
                actions.revoke_key(uow, "crm")
            clock.advance(timedelta(hours=1))
        with rt.read() as session:
            assert session.query(ApiKey).one().revoked_at == first

    def test_that_do_not_exist_cannot_be_revoked(self, rt):
        with rt.work() as uow, pytest.raises(NotFound):
            actions.revoke_key(uow, "crm")


class TestStaff:
    def test_are_added_with_a_password_nobody_can_read(self, rt):
        with rt.work() as uow:
            person = actions.add_staff(uow, "Ada@Example.ORG", "Ada", "moderator", PASSWORD)
        assert (person.email, person.role) == ("ada@example.org", Role.MODERATOR)
        assert person.password_hash.startswith("$argon2id$")
        assert passwords.fits(person.password_hash, PASSWORD)

    def test_have_one_account_an_address(self, rt):
        with rt.work() as uow:
            actions.add_staff(uow, "ada@example.org", "Ada", "viewer", PASSWORD)
        with rt.work() as uow, pytest.raises(Conflict):
            actions.add_staff(uow, "ADA@example.org", "Ada", "viewer", PASSWORD)

    @pytest.mark.parametrize(
        ("email", "name", "role", "password"),
        [
            ("ada", "Ada", "viewer", PASSWORD),
            ("ada@example.org", "", "viewer", PASSWORD),
            ("ada@example.org", "Ada", "boss", PASSWORD),
            ("ada@example.org", "Ada", "viewer", "short"),
            ("ada@example.org", "Ada", "viewer", "x" * 201),
        ],
    )
    def test_need_an_address_a_name_a_role_and_a_password(self, rt, email, name, role, password):
        with rt.work() as uow, pytest.raises(Invalid):
            actions.add_staff(uow, email, name, role, password)

    def test_change_their_role(self, rt):
        with rt.work() as uow:
            actions.add_staff(uow, "ada@example.org", "Ada", "viewer", PASSWORD)
        with rt.work() as uow:
            actions.set_role(uow, "ada@example.org", "admin")
        with rt.read() as session:
            assert session.query(Staff).one().role is Role.ADMIN

    def test_that_nobody_knows_cannot_be_changed(self, rt):
        with rt.work() as uow, pytest.raises(NotFound):
            actions.set_role(uow, "bob@example.org", "admin")
        with rt.work() as uow, pytest.raises(NotFound):
            actions.disable_staff(uow, "bob@example.org")


class TestPasswords:
    def test_the_same_password_typed_elsewhere_is_the_same(self):
        assert passwords.fits(
            passwords.hashed("caf\u00e9 caf\u00e9 caf\u00e9"), "cafe\u0301 cafe\u0301 cafe\u0301"
        )

    @pytest.mark.parametrize("password", ["", "x" * 100_000, "\ud800"])
    def test_nonsense_fits_nothing(self, password):
        assert not passwords.fits(passwords.hashed(PASSWORD), password)
        assert not passwords.fits(None, password)
        assert not passwords.fits("!", password)

    def test_new_ones_are_long_enough(self):
        assert len(passwords.new_password()) >= passwords.SHORTEST


class TestSweep:
    def test_forgets_what_nobody_can_use_any_more(self, rt, clock):
        with rt.work() as uow:
            person = actions.add_staff(uow, "ada@example.org", "Ada", "viewer", PASSWORD)
            actions.sign_in(uow, person.id, actions.Origin("192.0.2.1", "test"))
            key, _ = actions.create_key(uow, "crm", ["submit"])
            links.issue(uow, Purpose.SIGNUP, "a:1", timedelta(hours=1))
            kept = links.issue(uow, Purpose.PREFERENCES, "a:1", None)
            uow.session.add(
                IdempotentRequest(api_key_id=key.id, key="k", fingerprint="f", created_at=uow.now)
            )
        clock.advance(timedelta(days=91))  # an expired link offers a new one for that long
        for sweep in actors.sweeps(rt):
            sweep()
        with rt.read() as session:
            assert session.query(StaffSession).count() == 0
            assert session.query(IdempotentRequest).count() == 0
            assert session.query(SignedLink).one().digest == keys.digest(kept)

    def test_forgets_in_portions(self, rt, clock, monkeypatch):
        monkeypatch.setattr(actions, "PORTION", 2)
        with rt.work() as uow:
            key, _ = actions.create_key(uow, "crm", ["submit"])
            for each in "abc":
                uow.session.add(
                    IdempotentRequest(
                        api_key_id=key.id, key=each, fingerprint="f", created_at=uow.now
                    )
                )
        clock.advance(timedelta(days=2))
        left = []
        for _ in range(2):
            actors.forget_old(rt)
            with rt.read() as session:
                left.append(session.query(IdempotentRequest).count())
        assert left == [1, 0]
