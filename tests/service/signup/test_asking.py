"""The form, its neutral answer, and what a worker makes of it."""

from datetime import timedelta
from urllib.parse import quote

import pytest
from sqlalchemy import func, select

from service.audit.models import AuditEntry
from service.lists.queries import list_by_slug
from service.pages.queries import page_by_slug
from service.signup.actions.requests import network_of
from service.signup.actors import search, sign_up
from service.signup.models import SignupDecision, SignupRequest
from service.subscribers.models import (
    Address,
    Consent,
    ConsentRecord,
    EndReason,
    Method,
    Step,
    Subscriber,
    ZoneOrigin,
)
from service.subscribers.preferences import choices
from tests.factories import a_subscriber, a_subscription, an_address

DAY = timedelta(days=1)


def decisions(rt) -> list[SignupDecision | None]:
    with rt.read() as session:
        return list(session.scalars(select(SignupRequest.decision).order_by(SignupRequest.id)))


def somebody(rt, town, state=None, reason=None, suppressed="", value="ada@example.org"):
    """Store an address, and a subscription to the page in this state."""
    with rt.work() as uow:
        address = an_address(uow, a_subscriber(uow, locale="fr", zone="Asia/Tokyo"), value)
        if suppressed:
            address.suppressed_at, address.suppressed_reason = uow.now, suppressed
        if state:
            subscription = a_subscription(uow, address, state=state, page_id=town.ids["page"])
            subscription.ended_reason = reason
            subscription.ended_at = uow.now if reason else None


class TestTheAnswer:
    def test_is_the_same_to_the_byte_whatever_the_address(self, rt, town, client):
        somebody(rt, town, Consent.ACTIVE, value="active@example.org")
        somebody(rt, town, Consent.PENDING, value="pending@example.org")
        somebody(rt, town, Consent.ENDED, EndReason.LEFT, value="left@example.org")
        somebody(rt, town, Consent.ENDED, EndReason.COMPLAINT, value="angry@example.org")
        somebody(rt, town, Consent.ACTIVE, suppressed="bounce", value="full@example.org")
        kinds = ("active", "pending", "left", "angry", "full", "unknown", "active")
        answers = [town.ask(client, f"{kind}@example.org") for kind in kinds]
        assert {answer.status_code for answer in answers} == {303}
        assert len({answer.data for answer in answers}) == 1
        assert len({answer.headers["Location"] for answer in answers}) == 1
        assert client.get(answers[0].headers["Location"]).status_code == 200

    def test_nothing_is_written_about_the_address_before_a_worker_decides(self, rt, town, client):
        town.ask(client)
        with rt.read() as session:
            assert session.scalar(select(func.count()).select_from(Address)) == 0
        assert town.mails() == []

    def test_the_same_for_programs(self, rt, town, program):
        somebody(rt, town, Consent.ACTIVE, value="active@example.org")
        caller = program("subscribers")
        answers = [
            caller.post(
                "/api/v1/subscriptions",
                json={"address": f"{kind}@example.org", "page": "mail", "lists": ["travaux"]},
            )
            for kind in ("active", "unknown")
        ]
        assert [answer.status_code for answer in answers] == [202, 202]
        assert answers[0].data == answers[1].data


class TestWhatIsMailed:
    @pytest.mark.parametrize(
        ("state", "reason", "suppressed", "types"),
        [
            (None, None, "", ["signup.confirm"]),
            (Consent.PENDING, None, "", ["signup.confirm"]),
            (Consent.ENDED, EndReason.LEFT, "", ["signup.confirm"]),
            (Consent.ENDED, EndReason.REFUSED, "", ["signup.confirm"]),
            (Consent.ACTIVE, None, "", ["signup.already"]),
            (Consent.ACTIVE, None, "bounce", ["signup.confirm"]),
            (Consent.ENDED, EndReason.COMPLAINT, "", []),
            (None, None, "staff", []),
        ],
    )
    def test_follows_the_table(self, rt, town, client, state, reason, suppressed, types):
        somebody(rt, town, state, reason, suppressed)
        town.ask(client)
        town.work()
        assert [mail.type for mail in town.mails()] == types

    def test_a_complaint_leaves_a_trace_and_its_consent_alone(self, rt, town, client):
        somebody(rt, town, Consent.ENDED, EndReason.COMPLAINT)
        town.ask(client)
        town.work()
        assert town.subscription().state is Consent.ENDED
        assert decisions(rt) == [SignupDecision.COMPLAINED]
        with rt.read() as session:
            trace = select(AuditEntry).where(AuditEntry.action == "signup.complained")
            assert session.scalars(trace).one().detail == {"target": f"page:{town.ids['page']}"}

    def test_a_complaint_about_a_page_says_nothing_about_a_list(self, rt, town, client):
        somebody(rt, town, Consent.ENDED, EndReason.COMPLAINT)
        town.ask(client, targets=["page", "travaux"])
        town.work()
        assert [mail.source["en"] for mail in town.mails()] == ["Travaux"]

    def test_one_mail_for_each_page_or_list(self, rt, town, client):
        town.ask(client, targets=["page", "informations", "travaux"])
        town.work()
        sources = [mail.source["en"] for mail in town.mails()]
        assert sources == ["Mail", "Informations", "Travaux"]
        assert len({mail.subject for mail in town.mails()}) == 3

    def test_it_holds_nothing_the_asker_typed(self, rt, town, client):
        town.ask(client, "eve+evil.example@example.org", timezone="Asia/Tokyo")
        town.work()
        (mail,) = town.mails()
        assert "evil" not in repr(mail)
        assert [link.label["fr"] for link in mail.links] == ["Accepter", "Refuser"]
        assert all(link.url.startswith("https://notify.example.org/c/") for link in mail.links)
        assert "lundi 30 novembre 2026 à 18\u00a0h\u00a000" in mail.texts["fr"].body
        assert not mail.bulk

    def test_names_cannot_break_out_of_their_place(self, rt, town, client):
        with rt.work() as uow:
            found = list_by_slug(uow.session, "travaux")
            assert found is not None
            found.name = {"fr": "[x](https://evil.example)", "en": "*x* `y`"}
        town.ask(client, targets=["travaux"])
        town.work()
        (mail,) = town.mails()
        assert r"\[x\](https" in mail.texts["fr"].body
        assert r"\*x\* \`y\`" in mail.texts["en"].body

    def test_asking_again_at_once_mails_nothing_more(self, rt, town, client, clock):
        for _ in range(3):
            town.ask(client)
            clock.advance(timedelta(minutes=4))
        town.work()
        assert len(town.mails()) == 1
        assert decisions(rt) == ["confirm", "limited", "limited"]

    def test_three_a_day_for_one_list(self, rt, town, client, clock):
        for _ in range(5):
            town.ask(client)
            town.work()
            clock.advance(timedelta(hours=1))
        assert len(town.mails()) == 3
        clock.advance(DAY)
        town.ask(client)
        town.work()
        assert len(town.mails()) == 4

    def test_a_job_done_twice_mails_once(self, rt, town, client, queue):
        town.ask(client)
        (job,) = queue.jobs
        sign_up(rt, job.subject)
        sign_up(rt, job.subject)
        assert len(town.mails()) == 1

    def test_a_lost_job_is_found_again(self, rt, town, client, clock, queue):
        town.ask(client)
        lost = list(queue.jobs)
        queue.jobs.clear()
        search(rt)
        assert queue.jobs == []  # give the first one its time
        clock.advance(timedelta(minutes=2))
        search(rt)
        assert queue.jobs == lost
        search(rt)
        assert queue.jobs == lost  # announced once, not at every look
        town.work()
        assert len(town.mails()) == 1

    def test_a_page_retired_meanwhile_is_no_longer_asked_about(self, rt, town, client):
        town.ask(client)
        with rt.work() as uow:
            page = page_by_slug(uow.session, "mail")
            assert page is not None
            page.retired_at = uow.now
        town.work()
        assert town.mails() == []
        assert decisions(rt) == [SignupDecision.UNUSABLE]


class TestWhatIsKept:
    def test_a_pending_subscription_with_its_evidence(self, rt, town, client):
        town.ask(
            client,
            follow="some",
            sections=["office"],
            components=["webmail"],
            categories=["incident", "maintenance"],
            language="fr",
            timezone="America/Montreal",
        )
        town.work()
        subscription = town.subscription()
        assert subscription.state is Consent.PENDING
        with rt.read() as session:
            choice = choices(session, [subscription])[subscription.id]
            assert choice.sections == {town.ids["office"]}
            assert choice.components == {town.ids["webmail"]}
            assert (choice.everything, choice.categories) == (False, 3)
            person = session.scalars(select(Subscriber)).one()
            assert (person.locale, person.timezone) == ("fr", "America/Montreal")
            assert person.timezone_origin is ZoneOrigin.CHOSEN
            record = session.scalars(select(ConsentRecord)).one()
            assert (record.action, record.method) == (Step.REQUESTED, Method.FORM)
            assert record.text.startswith("Je souhaite recevoir les messages d’état de Mail.")
            assert record.ip == "127.0.0.1"
            request = session.scalars(select(SignupRequest)).one()
            assert request.wish == {}  # decided: the address stands in one place only

    def test_a_stranger_changes_nothing_for_a_subscriber(self, rt, town, client, everything):
        somebody(rt, town, Consent.ACTIVE)
        before = everything()
        town.ask(client, language="en", timezone="UTC", follow="some", components=["smtp"])
        town.work()
        after = everything()
        for table in ("subscriber", "address", "subscription", "subscribed_component"):
            assert after[table] == before[table]

    def test_without_a_zone_the_pages_own_is_assumed(self, rt, town, client):
        town.ask(client, timezone="")
        town.work()
        with rt.read() as session:
            person = session.scalars(select(Subscriber)).one()
            assert (person.timezone, person.timezone_origin) == ("Europe/Paris", "fallback")


class TestRefusals:
    @pytest.mark.parametrize(
        ("given", "shown"),
        [
            ({"address": "not an address"}, "does not look like"),
            ({"address": ""}, "Write your e-mail address"),
            ({"address": "a" * 300 + "@example.org"}, "longer than"),
            ({"address": "ada@example.org\u0001"}, "control character"),
            ({"targets": []}, "Choose at least one"),
            ({"targets": ["nowhere"]}, "no longer on this page"),
            ({"timezone": "Mars/Olympus"}, "name of a time zone"),
            ({"timezone": "europe/paris"}, "name of a time zone"),
            ({"language": "xx"}, "Use French or English"),
            ({"follow": "some"}, "Choose at least one"),
            ({"follow": "some", "components": ["nowhere"]}, "no longer on this page"),
            ({"follow": "some", "sections": ["nowhere"]}, "no longer on this page"),
            ({"categories": []}, "Choose at least one"),
            ({"categories": ["gossip"]}, "no longer on this page"),
            ({"components": ["x"] * 501, "follow": "some"}, "field"),
        ],
    )
    def test_each_is_told_beside_its_field(self, town, client, given, shown):
        answer = town.ask(client, **given)
        assert answer.status_code == 422
        assert shown in answer.text
        assert 'class="fault"' in answer.text or "components" in given
        assert town.mails() == []

    @pytest.mark.parametrize("text", ["\r\nBcc: eve@example.org", "\u202eevil", "\x00", "\ufeff"])
    def test_no_field_takes_what_could_break_out_of_a_header(self, town, client, text):
        usual = {"address": "ada@example.org", "targets": "page", "components": "webmail",
                 "sections": "core", "categories": "incident", "severity": "none",
                 "language": "en", "timezone": "Europe/Paris"}  # fmt: skip
        for field, value in usual.items():
            answer = town.ask(client, **{"follow": "some", field: f"{value}{text}"})
            assert 400 <= answer.status_code < 500, field
        town.work()
        assert town.mails() == []

    def test_hostile_text_comes_back_harmless(self, town, client):
        answer = town.ask(client, '"><script>alert(1)</script>', timezone="<b>")
        assert answer.status_code == 422
        assert "<script>alert" not in answer.text
        assert "<b>" not in answer.text

    def test_what_was_chosen_is_still_there(self, town, client):
        answer = town.ask(client, "wrong", follow="some", components=["smtp"])
        assert '<input type="checkbox" name="components" value="smtp" checked>' in answer.text

    def test_ten_forms_from_one_network_in_ten_minutes(self, rt, town, client, clock):
        for n in range(10):
            assert (
                town.ask(client, f"a{n}@example.org", targets=["page", "travaux"]).status_code
                == 303
            )
        answer = town.ask(client, "one-more@example.org")
        assert answer.status_code == 429
        assert int(answer.headers["Retry-After"]) == 601
        assert "Slow down" in answer.text
        with rt.read() as session:
            assert session.scalar(select(func.count()).select_from(SignupRequest)) == 20
        clock.advance(timedelta(minutes=10))
        assert town.ask(client, "one-more@example.org").status_code == 303

    def test_a_v6_network_counts_as_one(self, town, client):
        for n in range(10):
            host = f"2001:db8:1:2::{n}"
            client.environ_base["REMOTE_ADDR"] = host
            town.ask(client, f"a{n}@example.org")
        client.environ_base["REMOTE_ADDR"] = "2001:db8:1:2:ffff::1"
        assert town.ask(client).status_code == 429
        client.environ_base["REMOTE_ADDR"] = "2001:db8:1:3::1"
        assert town.ask(client).status_code == 303

    def test_a_forged_forwarding_header_helps_nobody(self, town, client):
        codes = []
        for n in range(11):
            client.environ_base["HTTP_X_FORWARDED_FOR"] = f"198.51.100.{n}"
            codes.append(town.ask(client, f"a{n}@example.org").status_code)
        assert codes == [303] * 10 + [429]

    def test_a_post_from_another_site_is_refused(self, town, client):
        client.environ_base["HTTP_SEC_FETCH_SITE"] = "cross-site"
        assert town.ask(client).status_code == 403

    def test_programs_are_told_by_pointer(self, town, program):
        answer = program("subscribers").post(
            "/api/v1/subscriptions",
            json={
                "address": "nobody",
                "page": "mail",
                "filters": {"components": ["smtp", "nowhere"], "categories": ["gossip"]},
            },
        )
        assert answer.status_code == 422
        pointers = {error["pointer"] for error in answer.json["errors"]}
        assert pointers == {"/address", "/filters/components/1", "/filters/categories/0"}

    @pytest.mark.parametrize(
        ("body", "pointer"),
        [
            ({"address": "a@example.org"}, "/page"),
            ({"address": "a@example.org", "page": "nowhere"}, "/page"),
            ({"address": "a@example.org", "lists": ["travaux", "nowhere"]}, "/lists/1"),
            ({"address": "a@example.org", "page": "mail", "timezone": "Mars"}, "/timezone"),
            ({"address": "a@example.org", "page": "mail", "language": "xx"}, "/language"),
            ({"address": "\ud800@example.org", "page": "mail"}, "/address"),
            ({"page": "mail"}, "/address"),
        ],
    )
    def test_every_unusable_field_has_one(self, town, program, body, pointer):
        answer = program("subscribers").post("/api/v1/subscriptions", json=body)
        assert answer.status_code == 422
        assert [error["pointer"] for error in answer.json["errors"]] == [pointer]

    def test_programs_need_the_scope(self, town, program, client):
        body = {"address": "a@example.org", "page": "mail"}
        assert client.post("/api/v1/subscriptions", json=body).status_code == 401
        assert program("pages").post("/api/v1/subscriptions", json=body).status_code == 403

    def test_programs_are_not_counted_by_network(self, town, program):
        caller = program("subscribers")
        for n in range(12):
            body = {"address": f"a{n}@example.org", "page": "mail"}
            assert caller.post("/api/v1/subscriptions", json=body).status_code == 202


class TestDeepLinks:
    def test_prefill_the_form(self, town, client):
        query = (
            f"components=smtp,webmail&sections=office&categories=incident&lists={quote('travaux')}"
        )
        text = client.get(f"/mail/en/subscribe?{query}").text
        for chosen in (
            'components" value="smtp',
            'components" value="webmail',
            'sections" value="office',
            'categories" value="incident',
            'follow" value="some',
        ):
            assert f'name="{chosen}" checked' in text
        assert 'name="categories" value="maintenance">' in text

    def test_nonsense_in_one_is_ignored(self, town, client):
        answer = client.get("/mail/en/subscribe?components=<script>&categories=gossip&lists=x")
        assert answer.status_code == 200
        assert "<script>" not in answer.text

    def test_an_unknown_page_is_not_there(self, town, client):
        assert client.get("/nowhere/en/subscribe").status_code == 404
        assert client.get("/mail/xx/subscribe").status_code == 404


class TestNetworkOf:
    @pytest.mark.parametrize(
        ("ip", "network"),
        [
            ("192.0.2.7", "192.0.2.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
            ("fe80::1%eth0", "fe80::/64"),
            ("", "unknown"),
        ],
    )
    def test_is_what_limits_count(self, ip, network):
        assert network_of(ip) == network
