"""Endpoints by forms: a visitor puts one forward, its owner and staff manage it."""

import re

import pytest

from channels.webhook.signing import sign
from service.access import links
from service.access.models import Purpose
from service.webhooks import queries
from service.webhooks.models import EndpointWish


def ask(client, far_side, **given):
    values = {"url": far_side.url, "owner": "ops@example.org", "format": "standard"}
    return client.post("/mail/en/webhooks", data={**values, **given})


def link_of(town) -> str:
    with town.rt.read() as session:
        (wish,) = session.query(EndpointWish).order_by(EndpointWish.id.desc())[:1]
    return f"/h/{links.stateless(Purpose.ENDPOINTS, f'address:{wish.owner_id}')}"


class TestVisitor:
    def test_nothing_is_sent_before_the_owner_agrees(self, town, client, far_side):
        answer = ask(client, far_side)
        assert answer.status_code == 303
        town.work()
        assert far_side.seen == []
        mail = town.mails()[-1]
        assert (mail.type, mail.category, mail.links[0].url) == (
            "endpoint.claim",
            "webhook",
            "https://notify.example.org/h/{endpoints}",
        )
        mine = client.get(link_of(town))
        assert far_side.url in mine.text
        assert far_side.seen == []

    def test_agreeing_shows_the_secret_once_and_asks_for_a_proof(self, town, client, far_side):
        ask(client, far_side, format="cloudevents", follow="some", components=["smtp"])
        mine = link_of(town)
        agreed = client.post(f"{mine}/wishes/1", data={"agree": "1"})
        secret = re.search(r"whsec_[A-Za-z0-9+/=]+", agreed.text)
        assert secret
        town.work()
        assert len(far_side.seen) == 1
        page = client.get(mine)
        assert far_side.url in page.text
        assert secret[0] not in page.text
        with town.rt.read() as session:
            ((endpoint, address, _),) = queries.page_of_endpoints(session, 0, 9)
            assert endpoint.owner_id
            assert address.options == {"format": "cloudevents"}
            assert not queries.subscriptions(session, [address.id])[0].is_everything

    def test_the_answer_is_the_same_whatever_is_known(self, town, client, far_side):
        first = ask(client, far_side)
        client.post(f"{link_of(town)}/wishes/1", data={"agree": "1"})
        again = ask(client, far_side)
        assert (first.status_code, first.headers["Location"]) == (
            again.status_code,
            again.headers["Location"],
        )

    @pytest.mark.parametrize(
        "wrong",
        [
            {"url": "https://10.0.0.1/"},
            {"owner": "nobody"},
            {"format": "xml"},
            {"follow": "some"},
            {"url": ""},
        ],
    )
    def test_what_cannot_be_used_comes_back_with_the_form(self, town, client, far_side, wrong):
        answer = ask(client, far_side, **wrong)
        assert answer.status_code == 422
        assert "ops@example.org" in answer.text or "owner" in wrong
        assert town.mails() == []

    def test_an_owner_gets_few_mails_an_hour(self, town, client, far_side):
        for each in range(8):
            assert ask(client, far_side, url=f"{far_side.url}/{each}").status_code == 303
        assert len(town.mails()) == 5

    def test_a_network_may_ask_so_often(self, town, client, far_side):
        for each in range(10):
            ask(client, far_side, owner=f"o{each}@example.org")
        assert ask(client, far_side, owner="p@example.org").status_code == 429

    def test_somebody_elses_link_leads_nowhere(self, town, client, far_side):
        ask(client, far_side)
        client.post(f"{link_of(town)}/wishes/1", data={"agree": "1"})
        with town.rt.read() as session:
            ((endpoint, _, _),) = queries.page_of_endpoints(session, 0, 9)
        ask(client, far_side, owner="other@example.org")
        assert client.get(f"{link_of(town)}/{endpoint.public_id}").status_code == 404
        assert client.get("/h/address~1~AAAAAAAAAAAAAAAAAAAAAA").status_code == 404


class TestOwner:
    @pytest.fixture
    def own(self, town, client, far_side):
        ask(client, far_side)
        mine = link_of(town)
        agreed = client.post(f"{mine}/wishes/1", data={"agree": "1"}).text
        town.work()
        with town.rt.read() as session:
            ((endpoint, _, _),) = queries.page_of_endpoints(session, 0, 9)
        secret = re.search(r"whsec_[A-Za-z0-9+/=]+", agreed)
        assert secret
        return f"{mine}/{endpoint.public_id}", secret[0]

    def test_tests_and_sees_the_exact_bytes(self, town, client, far_side, own):
        page, _ = own
        client.post(f"{page}/test", data={"type": "incident.created"})
        town.work()
        shown = client.get(page).text
        number = re.search(r"/attempts/(\d+)", shown)
        assert number
        detail = client.get(f"{page}/attempts/{number[1]}").text
        assert "incident.created" in detail
        assert "127.0.0.1" in detail

    def test_verifies_what_their_code_received(self, client, own):
        page, secret = own
        good = sign(secret, "msg_1", 1795424400, b'{"a": 1}')
        form = {"id": "msg_1", "timestamp": "1795424400", "signature": good, "body": '{"a": 1}'}
        assert "The signature is ours" in client.post(f"{page}/verify", data=form).text
        changed = {**form, "body": '{"a":1}'}
        assert "no signature matches" in client.post(f"{page}/verify", data=changed).text

    def test_pauses_resumes_changes_rotates_and_counts(self, client, own):
        page, secret = own
        for step, data in (
            ("pause", {}),
            ("resume", {}),
            ("change", {"label": "Ops", "format": "statuspage"}),
        ):
            assert client.post(f"{page}/{step}", data=data).status_code == 303
        assert "<h1>Ops</h1>" in client.get(page).text
        rotated = client.post(f"{page}/rotate", data={"overlap_hours": "1"}).text
        assert "whsec_" in rotated
        assert secret not in rotated
        counted = client.post(
            f"{page}/replay", data={"since": "2026-11-23T00:00:00Z", "dry_run": "true"}
        )
        assert "That would be 0 events" in counted.text
        assert client.post(f"{page}/replay", data={"since": "soon"}).status_code == 422
        assert client.post(f"{page}/explode").status_code == 404

    def test_may_not_watch_what_happens_inside(self, town, client, own):
        page, _ = own
        client.post(f"{page}/change", data={"format": "standard", "watches": "publication"})
        with town.rt.read() as session:
            ((endpoint, _, _),) = queries.page_of_endpoints(session, 0, 9)
            assert endpoint.watches == []


class TestConsole:
    def test_staff_register_one_and_see_it(self, town, staff, far_side):
        desk = staff("admin")
        made = desk.post(
            "/console/endpoints", data={"url": far_side.url, "page": "mail", "label": "Pager"}
        )
        assert made.status_code == 200
        assert "whsec_" in made.text
        assert "Pager" in desk.get("/console/endpoints").text
        where = re.search(r"/console/endpoints/([a-z0-9]{12})", made.text)
        assert where
        data = {"format": "standard", "watches": ["rollout", "endpoint"]}
        assert desk.post(f"{where[0]}/change", data=data).status_code == 303
        with town.rt.read() as session:
            assert queries.watchers(session) == []  # it has not proved itself yet
            ((endpoint, _, _),) = queries.page_of_endpoints(session, 0, 9)
            assert endpoint.watches == ["rollout", "endpoint"]
        twice = desk.post("/console/endpoints", data={"url": far_side.url, "page": "mail"})
        assert twice.status_code == 409

    def test_a_viewer_sees_and_changes_nothing(self, town, staff, far_side):
        viewer = staff("viewer")
        assert viewer.get("/console/endpoints").status_code == 200
        assert viewer.post("/console/endpoints", data={}).status_code == 403
