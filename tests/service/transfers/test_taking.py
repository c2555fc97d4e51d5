"""service.transfers: what comes over from Statuspage, and what of it nobody is told."""

import io
import zipfile

import pytest
from sqlalchemy import func, select

from service.db.base import Base
from service.errors import Invalid
from service.events.models import Event
from service.rollouts.models import Rollout
from service.signup.models import SignupRequest
from service.subscribers.models import (
    Address,
    ConsentRecord,
    Method,
    SubscribedComponent,
    Subscription,
)
from service.transfers import reading
from service.transfers.plan import Verdict, Wish
from service.transfers.taking import preview, take
from service.transfers.translating import own_id, plain
from tests.factories import a_page
from tests.service.transfers.exports import (
    API,
    COMPONENTS,
    INCIDENT,
    LONE,
    OUTAGE,
    SUBSCRIBERS,
    WORKS,
    bare,
    component,
    summary,
    update,
)

ACME = Wish("acme", "en")


def read(*files):
    return reading.content(files)


def every_row(rt):
    with rt.read() as session:
        return {
            table.name: sorted((tuple(row) for row in session.execute(select(table))), key=repr)
            for table in Base.metadata.sorted_tables
        }


def what(plan, verdict):
    return [(step.kind, step.name, step.why) for step in plan.of(verdict)]


class TestPreview:
    def test_it_tells_what_would_be_made_and_refused_and_changes_nothing(self, rt):
        before = every_row(rt)
        strange = {
            **INCIDENT,
            "id": "inc2",
            "incident_updates": [update("u", "gone", "2026-09-01T10:00:00Z", "")],
        }
        broken = {"id": "inc3", "name": "Undated", "incident_updates": []}
        content = read(("summary.json", summary(incidents=[INCIDENT, strange, broken])),
                       ("subscribers.json", bare(*SUBSCRIBERS)))  # fmt: skip
        plan = preview(rt, content, ACME)
        assert every_row(rt) == before
        made = what(plan, Verdict.MADE)
        assert made[:3] == [
            ("page", "Acme", ""), ("section", "Core", ""), ("section", "Services", "no_group"),
        ]  # fmt: skip
        assert ("incident", "API is down", "") in made
        assert ("maintenance", "New switches", "") in made
        assert ("subscriber", "a…@example.org", "asked") in made
        assert [(name, why) for _, name, why in what(plan, Verdict.REFUSED)] == [
            ("Undated", "unusable"), ("API is down", "status"),
            ("5551234", "not_mail"), ("ops@example.org", "not_mail"),
            ("dead@example.org", "quarantined"), ("secret@example.org", "private"),
            ("far@example.org", "no_component"), ("no address", "unusable"),
        ]  # fmt: skip

    @pytest.mark.parametrize(
        ("files", "detail"),
        [
            ([("x.json", b"{")], "this is not JSON"),
            ([("x.json", b"[1]")], "no export of Statuspage"),
            ([("x.json", b"{}")], "no components, incidents or subscribers"),
            ([("x.csv", b"colour\nred\n")], "names no columns"),
            ([("x.zip", b"PK")], "no zip file"),
            ([("x.exe", b"")], "use JSON, CSV or zip"),
        ],
    )
    def test_files_that_cannot_be_used_are_named(self, files, detail):
        with pytest.raises(Invalid) as refusal:
            read(*files)
        assert detail in refusal.value.faults[0].detail

    def test_a_zip_that_unpacks_without_end_is_refused(self, monkeypatch):
        monkeypatch.setattr(reading, "LARGEST", 10_000)
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("incidents.json", b" " * 20_000)
        with pytest.raises(Invalid, match="too large"):
            read(("x.zip", packed.getvalue()))

    @pytest.mark.parametrize("slug", ["Acme!", "console"])
    def test_a_page_that_could_not_be_made_is_refused(self, rt, slug):
        with pytest.raises(Invalid):
            preview(rt, read(("summary.json", summary())), Wish(slug, "en"))


class TestTaking:
    def test_clients_of_the_v2_api_read_on_under_the_same_ids(self, rt, client):
        take(rt, "cli", read(("summary.json", summary())), ACME)
        found = client.get("/acme/api/v2/summary.json").get_json()
        states = {it["id"]: it["status"] for it in found["components"]}
        assert states[API] == "operational"
        assert states[own_id(LONE)] == "degraded_performance"
        (works,) = found["scheduled_maintenances"]
        assert works["id"] == WORKS
        assert works["scheduled_for"] == "2027-02-01T03:00:00.000+01:00"
        (outage,) = client.get("/acme/api/v2/incidents.json").get_json()["incidents"]
        assert (outage["id"], outage["status"], outage["impact"]) == (OUTAGE, "resolved", "major")
        assert outage["started_at"] == "2026-09-01T11:55:00.000+02:00"
        assert outage["resolved_at"] == "2026-09-01T14:00:00.000+02:00"
        newest = outage["incident_updates"][0]
        assert newest["body"] == "Fixed, see why (https://acme.example/a)."
        assert [each["status"] for each in outage["incident_updates"]] == [
            "resolved", "monitoring", "investigating",
        ]  # fmt: skip

    def test_the_past_is_on_the_bars_and_nobody_is_told(self, rt, queue, client):
        take(rt, "cli", read(("summary.json", summary())), ACME)
        assert queue.jobs == []
        assert client.get("/acme/history.atom").status_code == 200
        found = {}
        for at in ("2026-09-01T09:57:00Z", "2026-09-01T12:30:00Z"):
            where = f"/api/v1/pages/acme/components/api/touched?at={at}"
            found[at] = client.get(where).get_json()["state"]
        assert list(found.values()) == ["major_disruption", "operational"]
        with rt.read() as session:
            assert session.scalar(select(func.count()).select_from(Rollout)) == 0

    def test_a_second_time_changes_nothing_but_what_is_new(self, rt):
        files = [("summary.json", summary()), ("people.json", bare(*SUBSCRIBERS))]
        take(rt, "cli", read(*files), ACME)
        before = every_row(rt)
        plan = preview(rt, read(*files), ACME)
        assert {step.kind for step in plan.of(Verdict.MADE)} == {"subscriber"}  # asked by mail
        assert not plan.of(Verdict.CHANGED)
        after_resolved = update("upd4", "postmortem", "2026-09-03T10:00:00Z", "A cable.")
        longer = {**INCIDENT, "incident_updates": [after_resolved, *INCIDENT["incident_updates"]]}
        plan = take(rt, "cli", read(("incidents.json", bare(longer))), ACME)
        assert what(plan, Verdict.CHANGED) == [("incident", "API is down", "words")]
        after = every_row(rt)
        assert len(after["event_update"]) == len(before["event_update"]) + 1
        assert after["event"] == before["event"]
        assert after["component"] == before["component"]

    def test_what_staff_wrote_here_stays(self, rt):
        content = read(("summary.json", summary()))
        take(rt, "cli", content, ACME)
        with rt.work() as uow:
            event = uow.session.scalar(select(Event).where(Event.public_id == OUTAGE))
            event.title = {"en": "API is down", "fr": "API en panne"}
        take(rt, "cli", content, ACME)
        with rt.read() as session:
            event = session.scalar(select(Event).where(Event.public_id == OUTAGE))
            assert event.title["fr"] == "API en panne"

    def test_an_id_of_another_page_is_refused(self, rt):
        take(rt, "cli", read(("summary.json", summary())), ACME)
        plan = preview(rt, read(("summary.json", summary())), Wish("other", "en"))
        refused = {why for _, _, why in what(plan, Verdict.REFUSED)}
        assert refused == {"elsewhere"}

    def test_a_running_incident_holds_its_components_and_can_be_ended_here(self, rt, client):
        running = {
            **INCIDENT, "status": "investigating", "resolved_at": None,
            "incident_updates": [
                update("upd1", "investigating", "2026-09-01T10:00:00.000Z", "We are looking.",
                       (API, "operational", "partial_outage")),
            ],
        }  # fmt: skip
        parts = [component(API, "API", status="partial_outage")]
        take(rt, "cli", read(("s.json", summary(components=parts, incidents=[running]))), ACME)
        found = client.get("/acme/api/v2/components.json").get_json()["components"]
        assert {it["status"] for it in found} == {"partial_outage"}
        take(rt, "cli", read(("s.json", summary(components=parts))), ACME)
        found = client.get("/acme/api/v2/components.json").get_json()["components"]
        assert {it["status"] for it in found} == {"operational"}


class TestPeople:
    def test_without_the_words_they_agreed_to_they_are_asked(self, rt):
        take(rt, "cli", read(("s.json", summary()), ("p.json", bare(*SUBSCRIBERS))), ACME)
        with rt.read() as session:
            assert session.scalar(select(func.count()).select_from(Subscription)) == 0
            asked = session.scalars(select(SignupRequest).order_by(SignupRequest.id)).all()
            assert [each.address_key for each in asked] == ["ada@example.org", "bob@example.org"]
            assert asked[1].wish["choice"]["everything"] is False

    def test_with_them_they_are_active_with_their_evidence_and_their_components(self, rt):
        wish = Wish("acme", "en", "News about Acme's services")
        content = read(("s.json", summary()), ("p.json", bare(*SUBSCRIBERS)))
        take(rt, "cli", content, wish)
        take(rt, "cli", content, wish)  # a second time adds nobody
        with rt.read() as session:
            held = session.scalars(select(Subscription).order_by(Subscription.id)).all()
            assert [each.is_everything for each in held] == [True, False]
            followed = session.scalars(select(SubscribedComponent)).all()
            assert [each.subscription_id for each in followed] == [held[1].id]
            evidence = session.scalars(select(ConsentRecord).order_by(ConsentRecord.id)).all()
            assert [each.method for each in evidence] == [Method.IMPORT] * 2
            assert evidence[0].at.isoformat() == "2025-03-01T08:00:00+00:00"
            assert evidence[0].text == "News about Acme's services"
            assert len(session.scalars(select(Address)).all()) == 2

    def test_a_csv_export_is_read_as_well(self, rt):
        with rt.work() as uow:
            a_page(uow, "acme")
        rows = b"Email Address,Created At,Components\r\nada@example.org,2025-03-01T08:00:00Z,\r\n"
        plan = preview(rt, read(("subscribers.csv", rows)), ACME)
        assert what(plan, Verdict.MADE) == [("subscriber", "a…@example.org", "asked")]


class TestTranslating:
    @pytest.mark.parametrize(
        ("body", "text"),
        [
            ("a < b and <x>", "a < b and <x>"),
            ("One<br>two", "One\ntwo"),
            ("<ul><li>a</li><li>b</li></ul>", "- a\n- b"),
            ("<p>A &amp; B</p><p>C</p>", "A & B\n\nC"),
        ],
    )
    def test_html_becomes_text(self, body, text):
        assert plain(body) == text

    def test_ids_of_our_form_stay_and_others_are_always_made_alike(self):
        assert own_id(API) == API
        assert own_id(LONE) == own_id(LONE)
        assert len(own_id(LONE)) == len(API)


def test_components_come_as_a_list_and_groups_beside_them(rt):
    group = {"id": "grp0123456ab", "name": "Core", "components": [API], "position": 1}
    plan = preview(rt, read(("components.json", bare(COMPONENTS[1])), ("groups.json", bare(group)),
                            ("page.json", summary(components=[], incidents=[]))), ACME)  # fmt: skip
    assert [(new.section, new.name) for new in plan.components] == [("grp0123456ab", "API")]
