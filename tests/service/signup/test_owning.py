"""The link of an hour: change the address, add, take along, erase; the footer's may only reduce."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from channels.email.bounces.causes import Cause
from service.access import links
from service.access.models import Purpose
from service.bounces import queries as bounces
from service.bounces.actions import Word, note
from service.deliveries.models import Echo, Outcome
from service.signup.failing import failing
from service.signup.models import AddressChange, ChangeState, SignupRequest
from service.subscribers import queries
from service.subscribers.models import Address, Consent, EndReason, Subscription
from tests.factories import a_subscriber, a_subscription, an_address


def newest_token(town, purpose, kind):
    """The token in the newest letter of a kind."""
    letter = [mail for mail in town.mails() if mail.type == kind][-1]
    with town.rt.read() as session:
        token = links.current(session, purpose, letter.subject, town.rt.clock())
    assert token
    return token


def came_back(rt, address_id):
    """The newest message to an address was taken, then returned: its mailbox is full."""
    with rt.work() as uow:
        place = bounces.newest_place(uow.session, address_id)
        assert place
        uow.session.add(
            Outcome(
                rollout_id=place.rollout_id, n=place.n, attempt=1, result="sent", scope="address",
                reason="accepted", code="250", detail="", reference="", at=uow.now, known_at=0.0,
            )
        )  # fmt: skip
        uow.session.flush()
        note(uow, place, Word(Echo.SOFT_BOUNCE, Cause.MAILBOX_FULL, "552 5.2.2 full", "mail"))


@pytest.fixture
def full(subscribed, client):
    """Ada's page, opened by the link of an hour."""
    client.post("/p", data={"address": "ada@example.org"})
    subscribed.work()
    return f"/p/{newest_token(subscribed, Purpose.MANAGE, 'signup.manage')}"


@pytest.fixture
def footer(subscribed):
    return subscribed.preferences(subscribed.address().id)


def addresses(rt):
    with rt.read() as session:
        return list(session.scalars(select(Address).order_by(Address.id)))


class TestTheLink:
    def test_is_answered_the_same_in_bytes_whatever_is_known(self, subscribed, client):
        answers = [
            client.post("/p", data={"address": each}, follow_redirects=True).data
            for each in ("ada@example.org", "eve@example.org")
        ]
        assert answers[0] == answers[1]
        subscribed.work()
        letters = [mail for mail in subscribed.mails() if mail.type == "signup.manage"]
        assert len(letters) == 1
        assert len(addresses(subscribed.rt)) == 1  # nothing was made for who is unknown

    def test_works_for_an_hour(self, full, client, clock):
        assert client.get(full).status_code == 200
        clock.advance(timedelta(minutes=61))
        assert client.get(full).status_code == 410
        assert client.post(f"{full}/address", data={"new_address": "x@y.org"}).status_code == 410

    def test_is_mailed_once_in_a_quarter_of_an_hour(self, full, subscribed, client):
        client.post("/p", data={"address": "ada@example.org"})
        subscribed.work()
        assert sum(mail.type == "signup.manage" for mail in subscribed.mails()) == 1

    @pytest.mark.parametrize("what", ["export", "erase"])
    def test_is_needed_to_look(self, footer, client, what):
        assert client.get(f"{footer}/{what}").status_code == 403

    @pytest.mark.parametrize("what", ["address", "lists", "ways", "erase"])
    def test_is_needed_to_act(self, footer, client, everything, what):
        before = everything()
        assert client.post(f"{footer}/{what}", data={"sure": "yes"}).status_code == 403
        assert everything() == before

    def test_saves_like_the_other(self, full, client):
        assert client.post(full, data={}).status_code == 303

    @pytest.mark.parametrize("address", ["", "x", "a@b\r\nBcc: c@d", "\u202e@x.org", "a" * 999])
    def test_needs_an_address(self, town, client, address):
        assert client.post("/p", data={"address": address}).status_code == 422


class TestChangingTheAddress:
    @pytest.fixture
    def asked(self, full, subscribed, client):
        answer = client.post(f"{full}/address", data={"new_address": "new@example.net"})
        assert answer.headers["Location"].endswith("done=address")
        subscribed.work_all()
        return subscribed

    def test_moves_everything_once_the_new_one_says_yes(self, asked, client, rt):
        old = addresses(rt)[0]
        assert asked.subscription().address_id == old.id
        page = f"/a/{newest_token(asked, Purpose.MOVE, 'signup.move')}"
        assert "Is this your new address?" in client.get(page).text
        for _ in range(2):
            assert "Your address has changed" in client.post(page).text
        new = addresses(rt)[1]
        assert asked.subscription().address_id == new.id
        assert asked.subscription().state is Consent.ACTIVE
        assert new.subscriber_id == old.subscriber_id
        assert new.verified_at is not None

    def test_is_told_to_the_old_one_who_can_say_no(self, asked, client, rt):
        stay = f"/a/{newest_token(asked, Purpose.STAY, 'signup.stay')}"
        assert "n…@example.net" in client.get(stay).text or "example.net" in client.get(stay).text
        assert "Everything stays as it is" in client.post(stay).text
        move = f"/a/{newest_token(asked, Purpose.MOVE, 'signup.move')}"
        assert "Everything stays as it is" in client.post(move).text
        assert asked.subscription().address_id == addresses(rt)[0].id

    def test_waits_for_seven_days(self, asked, client, clock):
        move = f"/a/{newest_token(asked, Purpose.MOVE, 'signup.move')}"
        clock.advance(timedelta(days=7, seconds=1))
        assert client.get(move).status_code == 410
        assert client.post(move).status_code == 410
        assert asked.subscription().address_id == addresses(asked.rt)[0].id

    def test_a_link_serves_one_purpose(self, asked, client):
        stay = newest_token(asked, Purpose.STAY, "signup.stay")
        for path in (f"/p/{stay}", f"/c/{stay}"):
            assert client.get(path).status_code == 404

    @pytest.mark.parametrize("state", [Consent.ACTIVE, Consent.PENDING, Consent.ENDED])
    def test_of_two_filters_the_less_permissive_wins(self, full, subscribed, client, rt, state):
        with rt.work() as uow:
            there = an_address(uow, a_subscriber(uow), "new@example.net")
            page = subscribed.page(uow)
            a_subscription(
                uow,
                there,
                page,
                state=state,
                categories=1,
                ended_reason=EndReason.LEFT if state is Consent.ENDED else None,
            )
            there_id = there.id
        client.post(f"{full}/address", data={"new_address": "new@example.net"})
        subscribed.work_all()
        client.post(f"/a/{newest_token(subscribed, Purpose.MOVE, 'signup.move')}")
        with rt.read() as session:
            rows = session.scalars(select(Subscription).order_by(Subscription.id)).all()
            mine, theirs = rows
        assert (mine.state, mine.ended_reason) == (Consent.ENDED, EndReason.MOVED)
        assert theirs.address_id == there_id
        if state is Consent.ENDED:
            assert (theirs.state, theirs.ended_reason) == (Consent.ENDED, EndReason.LEFT)
        else:
            assert theirs.state is Consent.ACTIVE
            assert theirs.categories == (1 if state is Consent.ACTIVE else 15)

    def test_the_answer_says_nothing_of_the_new_one(self, full, subscribed, client, rt):
        with rt.work() as uow:
            an_address(uow, a_subscriber(uow), "known@example.net")
        answers = [
            client.post(f"{full}/address", data={"new_address": each})
            for each in ("known@example.net", "unknown@example.net")
        ]
        assert answers[0].data == answers[1].data
        assert answers[0].headers["Location"] == answers[1].headers["Location"]

    @pytest.mark.parametrize(
        "address", ["", "ada@example.org", "ADA@example.org", "no", "a@b\nc: d"]
    )
    def test_needs_another_address(self, full, client, address, everything):
        before = everything()
        answer = client.post(f"{full}/address", data={"new_address": address})
        assert answer.status_code == 422
        assert everything() == before

    def test_a_lost_job_is_found_again(self, full, subscribed, client, rt, clock):
        client.post(f"{full}/address", data={"new_address": "new@example.net"})
        rt.queue.jobs.clear()
        clock.advance(timedelta(seconds=5))
        subscribed.search()
        subscribed.work_all()
        with rt.read() as session:
            assert session.scalars(select(AddressChange)).one().state is ChangeState.WAITING


class TestAdding:
    def test_a_list_has_its_own_confirmation(self, full, subscribed, client):
        key = f"list:{subscribed.ids['travaux']}"
        answer = client.post(f"{full}/lists", data={"targets": [key]})
        assert answer.headers["Location"].endswith("done=lists")
        subscribed.work()
        assert subscribed.subscription("travaux").state is Consent.PENDING

    @pytest.mark.parametrize("key", ["list:999", "page:1", "x", ""])
    def test_only_what_is_offered(self, full, client, key):
        assert client.post(f"{full}/lists", data={"targets": [key]}).status_code == 422

    def test_another_address_proves_itself_and_gets_the_same(self, full, subscribed, client, rt):
        given = {"channel": "email", "way": "ada@home.example.org"}
        assert client.post(f"{full}/ways", data=given).status_code == 303
        subscribed.work()
        first, second = addresses(rt)
        assert second.subscriber_id == first.subscriber_id
        with rt.read() as session:
            [pending] = queries.subscriptions(session, second.id)
            assert pending.state is Consent.PENDING
        client.post(
            f"/c/{subscribed.token(f'subscription:{pending.id}')}", data={"answer": "accept"}
        )
        assert (
            "a…@home.example.org" in client.get(full).text
            or "home.example.org" in client.get(full).text
        )

    def test_an_endpoint_is_challenged_and_belongs_to_them(
        self, full, subscribed, client, rt, far_side
    ):
        given = {"channel": "webhook", "way": far_side.url}
        answer = client.post(f"{full}/ways", data=given)
        assert "whsec_" in answer.text
        subscribed.work()
        endpoint = addresses(rt)[1]
        with rt.read() as session:
            owner = queries.subscriber(session, endpoint.subscriber_id).owner_id
            [held] = queries.subscriptions(session, endpoint.id)
        assert owner == addresses(rt)[0].subscriber_id
        assert held.state is Consent.ACTIVE

    @pytest.mark.parametrize(
        ("channel", "way"),
        [("carrier-pigeon", "x"), ("webhook", "ftp://x"), ("email", "x"), ("rss", "x"), ("", "")],
    )
    def test_only_what_can_be_verified(self, full, client, channel, way):
        assert client.post(f"{full}/ways", data={"channel": channel, "way": way}).status_code == 422


class TestATest:
    def test_lifts_a_suppression_by_bounces(self, subscribed, footer, client, rt):
        with rt.work() as uow:
            address = uow.session.get_one(Address, subscribed.address().id)
            address.suppressed_at, address.suppressed_reason = uow.now, "bounce"
        assert "has come back to us since" in client.get(footer).text
        assert client.post(f"{footer}/test").headers["Location"].endswith("done=test")
        subscribed.work()
        page = f"/a/{newest_token(subscribed, Purpose.ARRIVED, 'signup.arrived')}"
        assert client.get(page).status_code == 200
        assert subscribed.address().suppressed_at is not None
        assert "it arrived" in client.post(page).text
        assert subscribed.address().suppressed_at is None

    def test_is_offered_as_soon_as_mail_comes_back_and_begins_anew_when_it_arrives(
        self, subscribed, footer, client, rt, clock
    ):
        came_back(rt, subscribed.address().id)
        since = "has come back to us since Monday, 23 November 2026. We go on trying"
        assert since in client.get(footer).text
        clock.advance(timedelta(hours=1))
        client.post(f"{footer}/test")
        subscribed.work()
        page = client.get(footer).text
        assert "A test left on 23 Nov 2026" in page
        assert "Send another test" in page
        came_back(rt, subscribed.address().id)
        assert "came back to us as well" in client.get(footer).text
        with rt.read() as session:
            known = failing(session, subscribed.address(), clock())
        assert known
        assert (known.tested_at, known.is_test_back, known.can_test) == (clock(), True, True)

        client.post(f"/a/{newest_token(subscribed, Purpose.ARRIVED, 'signup.arrived')}")
        page = client.get(footer).text
        assert "come back" not in page
        assert "came back" not in page

    def test_is_no_use_where_staff_stopped_the_mail(self, subscribed, footer, client, rt):
        with rt.work() as uow:
            address = uow.session.get_one(Address, subscribed.address().id)
            address.suppressed_at, address.suppressed_reason = uow.now, "staff"
        page = client.get(footer).text
        assert "those who run this service stopped it" in page
        assert "Send a test" not in page

    def test_does_not_lift_what_staff_suppressed(self, subscribed, footer, client, rt):
        with rt.work() as uow:
            address = uow.session.get_one(Address, subscribed.address().id)
            address.suppressed_at, address.suppressed_reason = uow.now, "staff"
        client.post(f"{footer}/test")
        subscribed.work()
        client.post(f"/a/{newest_token(subscribed, Purpose.ARRIVED, 'signup.arrived')}")
        assert subscribed.address().suppressed_at is not None


class TestTakingAlong:
    def test_holds_what_there_is(self, full, client):
        answer = client.get(f"{full}/export")
        told = json.loads(answer.data)
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert answer.headers["Cache-Control"] == "no-store"
        [address] = told["addresses"]
        assert address["address"] == "ada@example.org"
        [subscription] = address["subscriptions"]
        assert [step["action"] for step in subscription["evidence"]] == ["requested", "accepted"]
        assert subscription["wants"]["everything"] is True


class TestErasing:
    def test_asks_first(self, full, client, everything):
        before = everything()
        assert "cannot be undone" in client.get(f"{full}/erase").text
        assert client.post(f"{full}/erase", data={}).status_code == 422
        assert everything() == before

    def test_leaves_the_address_in_no_table(self, full, subscribed, client, everything, rt):
        assert "ada@example.org" in repr(everything())
        assert "You are forgotten" in client.post(f"{full}/erase", data={"sure": "yes"}).text
        left = repr(everything())
        assert "ada@example.org" not in left
        assert "a…@example.org" not in left
        assert client.get(full).status_code == 404
        assert client.get(subscribed.preferences(subscribed.address().id)).status_code == 404
        assert subscribed.subscription().ended_reason is EndReason.ERASED

    def test_refusals_and_suppressions_survive(self, full, subscribed, client, program, rt):
        with rt.work() as uow:
            address = uow.session.get_one(Address, subscribed.address().id)
            address.suppressed_at, address.suppressed_reason = uow.now, "staff"
        client.post(f"{full}/erase", data={"sure": "yes"})
        program("subscribers").post("/api/v1/invitations", json={"address": "ada@example.org"})
        subscribed.ask(client)
        subscribed.work()
        with rt.read() as session:
            decisions = {
                row.target.partition(":")[0]: row.decision
                for row in session.scalars(select(SignupRequest).order_by(SignupRequest.id))
            }
        assert decisions["page"] == "suppressed"

    def test_somebody_may_come_back_and_go_again(self, full, subscribed, client, clock, rt):
        client.post(f"{full}/erase", data={"sure": "yes"})
        clock.advance(timedelta(days=2))
        subscribed.ask(client)
        subscribed.work()
        client.post("/p", data={"address": "ada@example.org"})
        subscribed.work()
        again = f"/p/{newest_token(subscribed, Purpose.MANAGE, 'signup.manage')}"
        assert client.post(f"{again}/erase", data={"sure": "yes"}).status_code == 200
        assert len({each.key for each in addresses(rt)}) == 2


class TestWhatIReceived:
    def test_is_told_by_any_link(self, footer, full, client):
        for page in (footer, full):
            assert "Nothing in the last three months" in client.get(f"{page}/received").text
