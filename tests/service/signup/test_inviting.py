"""Upstream applications propose lists: one mail a list, once, and a no is remembered."""

from datetime import timedelta

import pytest

from service.lists import queries as lists
from service.signup.models import SignupRequest
from service.subscribers import queries
from service.subscribers.hashing import address_hash
from service.subscribers.models import Address, Consent, EndReason, Method, Step

BODY = {"address": "ada@example.org", "external_ref": "crm-7", "locale": "fr-CA"}


@pytest.fixture
def upstream(town, program):
    return program("subscribers")


def propose(upstream, **given):
    return upstream.post("/api/v1/invitations", json={**BODY, **given})


def invitations(town):
    return [mail for mail in town.mails() if mail.type == "signup.invite"]


def decisions(rt):
    with rt.read() as session:
        return [row.decision for row in session.query(SignupRequest).order_by(SignupRequest.id)]


class TestInviting:
    def test_sends_one_mail_a_list_and_nothing_else(self, town, upstream, rt):
        answer = propose(upstream, timezone="America/Toronto")
        assert answer.status_code == 202
        town.work()
        assert [mail.source["en"] for mail in invitations(town)] == ["Informations", "Travaux"]
        assert len({mail.links[0].url for mail in invitations(town)}) == 1  # slots; each its own
        assert town.subscription("travaux").state is Consent.PENDING
        with rt.read() as session:
            person = queries.subscriber(session, town.address().subscriber_id)
            assert (person.locale, person.timezone) == ("fr", "America/Toronto")
            assert person.external_ref == "crm-7"

    def test_proposes_only_what_is_flagged_unless_lists_are_named(self, town, upstream, rt):
        with rt.work() as uow:
            for each in lists.lists(uow.session):
                each.is_proposed = each.slug == "travaux"
        propose(upstream)
        propose(upstream, address="bob@example.org", lists=["informations"])
        town.work()
        assert [mail.source["en"] for mail in invitations(town)] == ["Travaux", "Informations"]

    def test_holds_nothing_the_upstream_typed(self, town, upstream):
        propose(upstream, external_ref="<b>win</b> http://evil.example")
        town.work()
        assert "evil" not in str(invitations(town))
        assert "win" not in str(invitations(town))

    def test_keeps_who_proposed_it_and_what_was_shown(self, town, upstream, client, rt):
        propose(upstream, lists=["travaux"])
        town.work()
        subscription = town.subscription("travaux")
        client.post(
            f"/c/{town.token(f'subscription:{subscription.id}')}", data={"answer": "accept"}
        )
        with rt.read() as session:
            asked, accepted = queries.records(session, subscription.id)
        assert (asked.action, asked.method, accepted.action) == (
            Step.REQUESTED,
            Method.INVITATION,
            Step.ACCEPTED,
        )
        assert asked.by.startswith("key:")
        assert "Travaux" in asked.text
        assert asked.message_id.startswith("<d.")
        assert accepted.message_id == asked.message_id

    @pytest.mark.parametrize("answer", ["accept", "refuse"])
    def test_whatever_was_answered_it_is_never_proposed_again(
        self, town, upstream, client, clock, answer
    ):
        propose(upstream, lists=["travaux"])
        town.work()
        about = f"subscription:{town.subscription('travaux').id}"
        client.post(f"/c/{town.token(about)}", data={"answer": answer})
        state = town.subscription("travaux").state
        for _ in range(3):
            clock.advance(timedelta(days=30))
            assert propose(upstream, lists=["travaux"], external_ref="other").status_code == 202
            town.work()
        assert len(invitations(town)) == 1
        assert town.subscription("travaux").state is state

    def test_who_never_answered_is_not_asked_twice(self, town, upstream, clock):
        propose(upstream, lists=["travaux"])
        town.work()
        clock.advance(timedelta(days=30))
        propose(upstream, lists=["travaux"])
        town.work()
        assert len(invitations(town)) == 1

    def test_who_left_is_not_asked_even_if_the_address_is_new_here(self, town, upstream, rt):
        with rt.work() as uow:
            queries.remember_refusal(
                uow.session,
                address_hash("email", "ada@example.org"),
                f"list:{town.ids['travaux']}",
                EndReason.LEFT,
                uow.now,
            )
        propose(upstream)
        town.work()
        assert [mail.source["en"] for mail in invitations(town)] == ["Informations"]
        assert sorted(decisions(rt)) == ["confirm", "declined"]

    def test_an_address_that_bounces_is_left_in_peace(self, subscribed, upstream, rt):
        with rt.work() as uow:
            address = uow.session.get_one(Address, subscribed.address().id)
            address.suppressed_at, address.suppressed_reason = uow.now, "bounce"
        propose(upstream)
        subscribed.work()
        assert invitations(subscribed) == []

    def test_changes_nothing_for_who_is_known(self, subscribed, upstream, rt):
        def person():
            with rt.read() as session:
                found = queries.subscriber(session, subscribed.address().subscriber_id)
                return (found.locale, found.timezone, found.external_ref)

        before = person()
        propose(upstream, timezone="Asia/Tokyo")
        subscribed.work()
        assert person() == before
        assert subscribed.subscription().state is Consent.ACTIVE


class TestTheAnswer:
    def test_is_the_same_in_bytes_whatever_is_known(self, subscribed, upstream, client):
        known, unknown = (
            propose(upstream, address=each) for each in ("ada@example.org", "eve@example.org")
        )
        assert known.data == unknown.data
        assert known.status_code == unknown.status_code == 202

    def test_the_same_key_acts_once(self, town, upstream):
        for _ in range(2):
            answer = upstream.post(
                "/api/v1/invitations", json=BODY, headers={"Idempotency-Key": "one"}
            )
            assert answer.status_code == 202
        town.work()
        assert len(invitations(town)) == 2

    @pytest.mark.parametrize(
        ("given", "pointer"),
        [
            ({"address": "nobody"}, "/address"),
            ({"address": "ada@example.org\r\nBcc: eve@example.org"}, "/address"),
            ({"lists": ["nowhere"]}, "/lists/0"),
            ({"lists": []}, "/lists"),
            ({"timezone": "Mars/Olympus"}, "/timezone"),
            ({"external_ref": "a\u202eb"}, "/external_ref"),
            ({"locale": "fr\nX-Evil: 1"}, "/locale"),
            ({"consent": True}, "/consent"),
        ],
    )
    def test_what_cannot_be_used_is_named(self, town, upstream, given, pointer):
        answer = propose(upstream, **given)
        assert answer.status_code == 422
        assert [fault["pointer"] for fault in answer.json["errors"]] == [pointer]

    def test_needs_the_scope(self, town, program):
        assert program("submit").post("/api/v1/invitations", json=BODY).status_code == 403
