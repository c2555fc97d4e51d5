"""The page behind a confirmation link."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from service.signup.models import SignupRequest
from service.subscribers.models import Consent, ConsentRecord, EndReason, Method, Step

HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
}


@pytest.fixture
def asked(town, client):
    """The town, where Ada was sent a confirmation; the path of its page."""
    town.ask(client, follow="some", components=["smtp"])
    town.work()
    return f"/c/{town.token()}"


def answer(client, path, word):
    return client.post(path, data={"answer": word})


class TestLooking:
    def test_shows_what_for_and_a_masked_address(self, asked, client):
        page = client.get(asked)
        assert page.status_code == 200
        for shown in ("Mail", "a…@example.org", "Smtp", "Accept", "Refuse"):
            assert shown in page.text
        assert "ada@example.org" not in page.text
        for name, value in HEADERS.items():
            assert page.headers[name] == value

    def test_brings_nothing_from_elsewhere_and_sends_nothing_by_itself(self, asked, client):
        text = client.get(asked).text
        assert 'src="http' not in text
        assert 'href="http' not in text
        assert "http-equiv" not in text

    @pytest.mark.parametrize("method", ["get", "head"])
    @pytest.mark.parametrize("state", ["open", "accepted", "expired"])
    def test_changes_nothing(self, asked, client, clock, everything, method, state):
        if state == "accepted":
            answer(client, asked, "accept")
        if state == "expired":
            clock.advance(timedelta(days=8))
        before = everything()
        for path in (asked, f"{asked}?answer=refuse", f"{asked}/renew"):
            getattr(client, method)(path)
        assert everything() == before

    def test_the_owners_language_is_spoken(self, town, client):
        town.ask(client, language="fr")
        town.work()
        assert "Voulez-vous ces messages" in client.get(f"/c/{town.token()}").text

    def test_an_unknown_link_is_a_page_with_a_way_out(self, town, client):
        page = client.get("/c/guess")
        assert page.status_code == 404
        assert 'href="/"' in page.text
        assert 'href="/p"' in page.text  # where a new link is mailed

    def test_guessing_is_slow(self, town, client):
        codes = [client.get(f"/c/guess{n}").status_code for n in range(31)]
        assert codes == [404] * 30 + [429]


class TestAnswering:
    def test_accept_makes_it_active_with_evidence(self, asked, town, client, rt, clock):
        page = answer(client, asked, "accept")
        assert (page.status_code, "You are subscribed" in page.text) == (200, True)
        subscription = town.subscription()
        assert (subscription.state, subscription.active_at) == (Consent.ACTIVE, clock.now)
        assert town.address().verified_at == clock.now
        with rt.read() as session:
            record = session.scalars(
                select(ConsentRecord).where(ConsentRecord.action == Step.ACCEPTED)
            ).one()
            assert record.method is Method.LINK
            assert "status messages of Mail" in record.text
            assert record.at == clock.now

    def test_twice_is_harmless(self, asked, town, client, everything):
        answer(client, asked, "accept")
        before = everything()
        page = answer(client, asked, "accept")
        assert (page.status_code, "Already confirmed" in page.text) == (200, True)
        assert everything() == before
        assert "Already confirmed" in client.get(asked).text

    def test_refuse_ends_it(self, asked, town, client):
        page = answer(client, asked, "refuse")
        assert "You will not hear from us" in page.text
        subscription = town.subscription()
        assert (subscription.state, subscription.ended_reason) == (
            Consent.ENDED,
            EndReason.REFUSED,
        )
        assert "This link has been used" in answer(client, asked, "accept").text
        assert town.subscription().state is Consent.ENDED

    def test_refusing_what_was_accepted_changes_nothing(self, asked, town, client):
        answer(client, asked, "accept")
        assert "Already confirmed" in answer(client, asked, "refuse").text
        assert town.subscription().state is Consent.ACTIVE

    def test_an_old_link_does_not_revive_what_was_left(self, asked, town, client):
        answer(client, asked, "accept")
        client.post(town.unsubscribe(town.subscription().id))
        assert "This link has been used" in answer(client, asked, "accept").text
        assert town.subscription().state is Consent.ENDED

    @pytest.mark.parametrize("word", ["", "yes", "ACCEPT"])
    def test_no_other_word_is_an_answer(self, asked, town, client, word):
        assert answer(client, asked, word).status_code == 422
        assert town.subscription().state is Consent.PENDING

    def test_needs_no_cookie_and_no_token_of_a_form(self, asked, app, town):
        assert answer(app.test_client(use_cookies=False), asked, "accept").status_code == 200

    def test_it_lifts_a_suppression_by_bounces(self, subscribed, client, rt, clock):
        with rt.work() as uow:
            address = uow.session.merge(subscribed.address())
            address.suppressed_at, address.suppressed_reason = uow.now, "bounce"
        clock.advance(timedelta(days=8))
        subscribed.ask(client)
        subscribed.work()
        path = f"/c/{subscribed.token()}"
        assert "Do you want these messages" in client.get(path).text
        answer(client, path, "accept")
        assert subscribed.address().suppressed_at is None
        assert subscribed.subscription().state is Consent.ACTIVE

    def test_it_does_not_lift_another(self, asked, town, client, rt):
        with rt.work() as uow:
            address = uow.session.merge(town.address())
            address.suppressed_at, address.suppressed_reason = uow.now, "staff"
        answer(client, asked, "accept")
        assert town.address().suppressed_reason == "staff"


class TestExpiry:
    def test_after_seven_days_the_page_offers_a_new_link(self, asked, town, client, clock):
        clock.advance(timedelta(days=7) - timedelta(seconds=1))
        assert "Accept" in client.get(asked).text
        clock.advance(timedelta(seconds=1))
        assert "This link has expired" in client.get(asked).text
        page = answer(client, asked, "accept")
        assert (page.status_code, "This link has expired" in page.text) == (410, True)
        assert town.subscription().state is Consent.PENDING

    def test_the_new_link_works_and_keeps_what_was_chosen(self, asked, town, client, clock, rt):
        clock.advance(timedelta(days=8))
        answer = client.post(f"{asked}/renew")
        neutral = town.ask(client, "somebody-else@example.org")
        assert (answer.status_code, answer.headers["Location"]) == (
            303,
            neutral.headers["Location"],
        )
        town.work()
        fresh = next(m for m in reversed(town.mails()) if m.subject.endswith(":1"))
        path = f"/c/{town.token(fresh.subject)}"
        assert path != asked
        assert "Smtp" in client.get(path).text
        client.post(path, data={"answer": "accept"})
        with rt.read() as session:
            assert session.scalars(select(SignupRequest)).all()
        assert "Already confirmed" in client.get(asked).text

    def test_renewing_is_limited_like_asking(self, asked, town, client, clock):
        clock.advance(timedelta(days=8))
        codes = [client.post(f"{asked}/renew").status_code for _ in range(11)]
        assert codes == [303] * 10 + [429]
        town.work()
        assert len(town.mails()) == 2  # the first, and one renewal within a quarter of an hour

    def test_what_was_answered_is_not_asked_again(self, asked, town, client, clock):
        answer(client, asked, "accept")
        clock.advance(timedelta(days=8))
        client.post(f"{asked}/renew")
        town.work()
        assert [mail.type for mail in town.mails()] == ["signup.confirm", "signup.already"]
