"""What goes out as the v2 API says it comes in again as it was; a takeout holds everything."""

import csv
import io
import json
import zipfile

import pytest

from service.app import load_models
from service.lists.apply import apply_file
from service.transfers import queries_takeout, reading
from service.transfers.actors import KEPT, forget
from service.transfers.plan import Wish
from service.transfers.takeout import write, zipped
from service.transfers.taking import take
from tests.factories import a_list, a_subscriber, an_address
from tests.service.transfers.exports import SUBSCRIBERS, bare, summary

DOCUMENTS = ("components", "incidents", "scheduled-maintenances")
FORM = {"page": "acme", "language": "en"}


@pytest.fixture
def acme(rt):
    files = (("summary.json", summary()), ("people.json", bare(*SUBSCRIBERS)))
    take(rt, "cli", reading.content(files), Wish("acme", "en", "News"))


def documents(client):
    found = {}
    for name in DOCUMENTS:
        found[name] = client.get(f"/acme/api/v2/{name}.json").get_json()
        del found[name]["page"]
        for each in found[name].get("components", ()):
            del each["created_at"], each["updated_at"]
    return found


class TestRoundTrip:
    @pytest.mark.usefixtures("acme")
    def test_our_own_v2_documents_say_all_there_is_to_take_over(self, client, rt):
        before = documents(client)
        plan = take(
            rt, "cli",
            reading.content((f"{n}.json", json.dumps(d).encode()) for n, d in before.items()),
            Wish("acme", "en"),
        )  # fmt: skip
        assert {step.verdict for step in plan.steps} == {"left"}
        assert documents(client) == before


class TestTakeout:
    def test_what_is_left_out_is_a_table_there_is(self):
        assert set(load_models().tables) >= queries_takeout.LEFT_OUT

    @pytest.mark.usefixtures("acme")
    def test_it_holds_events_people_and_consents_but_no_secret(self, rt, staff):
        with rt.work() as uow:
            person = a_subscriber(uow)
            an_address(
                uow,
                person,
                "hooks/T0PSECRET",
                channel="slack",
                secrets="SEALED",
                shown="h…",
                lane="slack",
            )
            a_list(uow)
        staff("admin")
        with rt.read() as session:
            packed = b"".join(zipped(session, rt.clock()))
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            texts = {name: archive.read(name).decode() for name in archive.namelist()}
        assert not any("SEALED" in each or "T0PSECRET" in each for each in texts.values())
        assert "password" not in texts["tables/staff.jsonl"]
        events = [json.loads(line) for line in texts["events.jsonl"].splitlines()]
        assert [len(each["updates"]) for each in events] == [3, 1]
        people = list(csv.DictReader(io.StringIO(texts["subscribers.csv"])))
        assert [each["address"] for each in people] == ["ada@example.org", "bob@example.org"]
        assert people[0]["consent_text"] == "News"
        assert len(texts["tables/consent_record.jsonl"].splitlines()) == 2
        assert json.loads(texts["definition.json"])["lists"][0]["slug"] == "travaux"

    @pytest.mark.usefixtures("acme")
    def test_its_definition_is_what_page_apply_takes(self, rt, tmp_path):
        with rt.read() as session:
            assert write(session, rt.clock(), tmp_path / "out") == len(queries_takeout.tables()) + 4
        with rt.work() as uow:
            report = apply_file(uow, tmp_path / "out" / "definition.json")
        assert (report.created, report.changed, report.retired) == ((), (), ())


class TestConsole:
    def test_one_looks_before_it_is_taken_over(self, staff, client, rt):
        desk = staff("admin")
        files = [
            (io.BytesIO(summary()), "summary.json"),
            (io.BytesIO(bare(*SUBSCRIBERS)), "p.json"),
        ]
        answer = desk.post("/console/transfers", data={**FORM, "files": files})
        assert answer.status_code == 303
        where = answer.headers["Location"]
        shown = desk.get(where).get_data(as_text=True)
        assert "API is down" in shown
        assert "only mail addresses come over" in shown
        assert client.get("/acme/en/").status_code == 404
        assert desk.post(f"{where}/take").status_code == 303
        assert "API" in client.get("/acme/en/").get_data(as_text=True)
        assert desk.get(where).status_code == 404
        assert desk.post(f"{where}/take").status_code == 404

    def test_files_that_cannot_be_used_come_back_with_why(self, staff):
        desk = staff("admin")
        answer = desk.post(
            "/console/transfers", data={**FORM, "files": [(io.BytesIO(b"{"), "a.json")]}
        )
        assert answer.status_code == 422
        assert "this is not JSON" in answer.get_data(as_text=True)
        assert desk.post("/console/transfers", data=FORM).status_code == 422

    @pytest.mark.usefixtures("acme")
    def test_everything_is_a_zip_for_administrators(self, staff):
        answer = staff("admin").post("/console/transfers/everything")
        assert answer.mimetype == "application/zip"
        with zipfile.ZipFile(io.BytesIO(answer.get_data())) as archive:
            assert archive.testzip() is None
        assert staff("moderator").post("/console/transfers/everything").status_code == 403

    def test_what_nobody_takes_over_is_forgotten_after_a_day(self, staff, rt, clock):
        desk = staff("admin")
        files = [(io.BytesIO(summary()), "summary.json")]
        where = desk.post("/console/transfers", data={**FORM, "files": files}).headers["Location"]
        assert not forget(rt)
        clock.now += KEPT * 2
        assert forget(rt)
        assert not forget(rt)
        assert desk.get(where).status_code in (303, 404)
