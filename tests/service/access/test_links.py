"""service.access.links"""

from datetime import timedelta

import pytest

from service.access import keys, links
from service.access.models import Purpose, SignedLink
from service.errors import Expired, NotFound

WEEK = timedelta(days=7)


def issue(rt, target="subscription:12", valid=WEEK, purpose=Purpose.SIGNUP):
    with rt.work() as uow:
        return links.issue(uow, purpose, target, valid)


class TestIssue:
    def test_a_link_leads_to_its_target(self, rt):
        token = issue(rt)
        with rt.work() as uow:
            assert links.redeem(uow, Purpose.SIGNUP, token) == "subscription:12"

    def test_the_token_itself_is_not_stored(self, rt):
        token = issue(rt)
        with rt.read() as session:
            row = session.query(SignedLink).one()
        assert token not in (row.digest, row.target)

    def test_twice_in_one_unit_of_work_is_the_same_link(self, rt):
        with rt.work() as uow:
            assert links.issue(uow, Purpose.SIGNUP, "a:1", WEEK) == links.issue(
                uow, Purpose.SIGNUP, "a:1", WEEK
            )

    def test_a_link_can_be_made_again_for_a_second_sending(self, rt, clock):
        token = issue(rt)
        clock.advance(timedelta(hours=1))
        with rt.read() as session:
            again = links.current(session, Purpose.SIGNUP, "subscription:12", clock.now)
        assert again == token

    def test_but_not_once_it_has_expired(self, rt, clock):
        issue(rt)
        clock.advance(WEEK)
        with rt.read() as session:
            assert links.current(session, Purpose.SIGNUP, "subscription:12", clock.now) is None


class TestRedeem:
    def test_twice_is_harmless_and_the_first_use_is_noted(self, rt, clock):
        token = issue(rt)
        used = clock.now
        for _ in range(2):
            with rt.work() as uow:
                links.redeem(uow, Purpose.SIGNUP, token)
            clock.advance(timedelta(minutes=1))
        with rt.read() as session:
            assert session.query(SignedLink).one().used_at == used

    def test_a_read_notes_nothing(self, app, rt):
        token = issue(rt)
        with app.test_request_context(), rt.read() as session:
            assert links.redeem(session, Purpose.SIGNUP, token) == "subscription:12"
        with rt.read() as session:
            assert session.query(SignedLink).one().used_at is None

    def test_purposes_never_mix(self, rt):
        token = issue(rt)
        with rt.work() as uow, pytest.raises(NotFound):
            links.redeem(uow, Purpose.PREFERENCES, token)

    def test_an_old_link_has_expired(self, rt, clock):
        token = issue(rt)
        clock.advance(WEEK)
        with rt.work() as uow, pytest.raises(Expired):
            links.redeem(uow, Purpose.SIGNUP, token)

    @pytest.mark.parametrize("token", ["", "x", "é\ud800", "A" * 43])
    def test_anything_else_leads_nowhere(self, rt, token):
        with rt.work() as uow, pytest.raises(NotFound):
            links.redeem(uow, Purpose.SIGNUP, token)


class TestStateless:
    def test_leads_to_its_target_for_ever(self):
        token = links.stateless(Purpose.UNSUBSCRIBE, "subscription:12")
        assert links.read_stateless(Purpose.UNSUBSCRIBE, token) == "subscription:12"

    def test_purposes_never_mix(self):
        token = links.stateless(Purpose.UNSUBSCRIBE, "subscription:12")
        with pytest.raises(NotFound):
            links.read_stateless(Purpose.PREFERENCES, token)

    def test_another_target_needs_another_proof(self):
        token = links.stateless(Purpose.UNSUBSCRIBE, "subscription:12")
        with pytest.raises(NotFound):
            links.read_stateless(Purpose.UNSUBSCRIBE, token.replace("12", "13"))

    @pytest.mark.parametrize("token", ["", "~", "subscription~12~", "é~1~" + "A" * 22, "\ud800"])
    def test_anything_else_leads_nowhere(self, token):
        with pytest.raises(NotFound):
            links.read_stateless(Purpose.UNSUBSCRIBE, token)

    def test_another_secret_reads_nothing(self):
        token = links.stateless(Purpose.UNSUBSCRIBE, "subscription:12")
        keys.use(b"x" * 32)
        try:
            with pytest.raises(NotFound):
                links.read_stateless(Purpose.UNSUBSCRIBE, token)
        finally:
            keys.use(b"k" * 32)
