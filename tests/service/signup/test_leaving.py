"""Leaving by one click (RFC 8058), by hand, and taking it back."""

from datetime import timedelta
from html import unescape
from re import findall

import pytest
from sqlalchemy import select

from service.subscribers.models import Consent, ConsentRecord, EndReason, Method, Step


@pytest.fixture
def path(subscribed):
    return subscribed.unsubscribe(subscribed.subscription().id)


def undo_of(page):
    """The fields of the undo button."""
    return {"left": [unescape(each) for each in findall(r'name="left" value="([^"]*)"', page.text)]}


class TestOneClick:
    @pytest.mark.parametrize(
        ("body", "kind"),
        [
            (b"List-Unsubscribe=One-Click", "application/x-www-form-urlencoded"),
            (
                (
                    b'--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\n'
                    b"One-Click\r\n--x--\r\n"
                ),
                "multipart/form-data; boundary=x",
            ),
            (b"", "application/x-www-form-urlencoded"),
            (b"", None),
            (b"anything at all", "text/plain"),
            (b"--broken", "multipart/form-data"),
            (b"\xff\xfe\x00%%%=&&&", "application/octet-stream"),
            (b'{"List-Unsubscribe": ', "application/json"),
        ],
    )
    def test_takes_any_body(self, subscribed, path, app, body, kind):
        client = app.test_client(use_cookies=False)
        answer = client.post(path, data=body, content_type=kind)
        assert answer.status_code == 200
        subscription = subscribed.subscription()
        assert (subscription.state, subscription.ended_reason) == (Consent.ENDED, EndReason.LEFT)

    @pytest.mark.parametrize(
        "token", ["x", "subscription~1~" + "A" * 22, "subscription~999~x", "%00"]
    )
    def test_an_unknown_token_is_answered_alike(self, subscribed, client, token):
        answer = client.post(f"/u/{token}", data={"List-Unsubscribe": "One-Click"})
        assert answer.status_code in ((200,) if token != "%00" else (200, 400))
        assert subscribed.subscription().state is Consent.ACTIVE

    def test_unknown_tokens_are_never_too_many(self, subscribed, client, path):
        for n in range(40):
            assert client.post(f"/u/guess{n}").status_code == 200
        assert client.post(path).status_code == 200

    def test_a_link_for_something_else_does_not_serve(self, subscribed, client):
        token = subscribed.preferences(subscribed.address().id).removeprefix("/p/")
        assert client.post(f"/u/{token}").status_code == 200
        assert subscribed.subscription().state is Consent.ACTIVE

    def test_twice_is_harmless_and_leaves_one_record(self, subscribed, client, path, rt):
        first, second = client.post(path), client.post(path)
        assert (first.status_code, second.status_code) == (200, 200)
        with rt.read() as session:
            left = select(ConsentRecord).where(ConsentRecord.action == Step.LEFT)
            assert session.scalars(left).one().method is Method.ONE_CLICK

    def test_never_expires(self, subscribed, client, path, clock):
        clock.advance(timedelta(days=3650))
        client.post(path)
        assert subscribed.subscription().state is Consent.ENDED

    def test_ends_this_one_only(self, subscribed, client, path):
        subscribed.ask(client, targets=["travaux"])
        subscribed.work()
        client.post(f"/c/{subscribed.token()}", data={"answer": "accept"})
        client.post(path)
        assert subscribed.subscription("travaux").state is Consent.ACTIVE

    def test_ends_a_pending_one_too(self, town, client):
        town.ask(client)
        town.work()
        client.post(town.unsubscribe(town.subscription().id))
        assert town.subscription().state is Consent.ENDED


class TestByHand:
    @pytest.mark.parametrize("method", ["get", "head"])
    def test_looking_changes_nothing(self, subscribed, client, path, everything, method):
        before = everything()
        assert getattr(client, method)(path).status_code == 200
        assert everything() == before

    def test_the_page_has_a_button(self, subscribed, client, path):
        text = client.get(path).text
        assert f'<form method="post" action="{path}">' in text
        assert "a…@example.org" in text

    def test_afterwards_it_says_so(self, subscribed, client, path):
        client.post(path)
        assert "You have left Mail" in client.get(path).text

    def test_an_unknown_link_is_not_there(self, subscribed, client):
        assert client.get("/u/guess").status_code == 404


class TestUndo:
    def test_brings_everything_back(self, subscribed, client, path, rt):
        before = subscribed.subscription()
        goodbye = client.post(path)
        answer = client.post(f"{path}/undo", data=undo_of(goodbye))
        assert answer.status_code == 303
        after = subscribed.subscription()
        assert (after.state, after.active_at) == (Consent.ACTIVE, before.active_at)
        with rt.read() as session:
            steps = session.scalars(select(ConsentRecord.action).order_by(ConsentRecord.id)).all()
        assert steps == [Step.REQUESTED, Step.ACCEPTED, Step.LEFT, Step.RESTORED]
        page = client.get(answer.headers["Location"].removeprefix("https://notify.example.org"))
        assert "Welcome back" in page.text

    def test_twice_is_harmless(self, subscribed, client, path):
        fields = undo_of(client.post(path))
        client.post(f"{path}/undo", data=fields)
        assert client.post(f"{path}/undo", data=fields).status_code == 303

    def test_works_for_an_hour(self, subscribed, client, path, clock):
        fields = undo_of(client.post(path))
        clock.advance(timedelta(hours=1, seconds=1))
        assert client.post(f"{path}/undo", data=fields).status_code == 410
        assert subscribed.subscription().state is Consent.ENDED

    def test_an_old_goodbye_cannot_undo_a_newer_leaving(self, subscribed, client, path, clock):
        old = undo_of(client.post(path))
        client.post(f"{path}/undo", data=old)
        clock.advance(timedelta(minutes=5))
        client.post(path)
        assert client.post(f"{path}/undo", data=old).status_code == 409
        assert subscribed.subscription().state is Consent.ENDED

    def test_what_was_never_accepted_cannot_come_back_that_way(self, town, client):
        town.ask(client)
        town.work()
        path = town.unsubscribe(town.subscription().id)
        assert undo_of(client.post(path)) == {"left": []}
        ended = town.subscription()
        forged = {"left": f"{ended.id}@{ended.ended_at.isoformat()}"}
        assert client.post(f"{path}/undo", data=forged).status_code == 409
        assert town.subscription().state is Consent.ENDED

    def test_nor_can_a_refusal_after_an_earlier_consent(self, subscribed, client, path, clock):
        client.post(path)
        clock.advance(timedelta(hours=2))
        subscribed.ask(client)
        subscribed.work()
        client.post(path)  # leaves while pending
        ended = subscribed.subscription()
        forged = {"left": f"{ended.id}@{ended.ended_at.isoformat()}"}
        assert client.post(f"{path}/undo", data=forged).status_code == 409

    @pytest.mark.parametrize("left", ["", "x", "1", "1@", "1@yesterday", "1@2026-11-23T09:00:00"])
    def test_odd_wishes_do_nothing(self, subscribed, client, path, left):
        client.post(path)
        assert client.post(f"{path}/undo", data={"left": left}).status_code == 303
        assert subscribed.subscription().state is Consent.ENDED
