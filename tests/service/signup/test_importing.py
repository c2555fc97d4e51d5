"""Subscribers from a file and into one: set by set, people's choices first."""

import csv
import io
import json
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import select

from channels.email.address import parse_address
from service.errors import Invalid
from service.signup.importing.giving import write_csv, write_json_lines
from service.signup.importing.lines import _address, safe
from service.signup.importing.taking import Job, take
from service.signup.models import SignupRequest
from service.subscribers import queries
from service.subscribers.hashing import address_hash
from service.subscribers.models import (
    Address,
    Consent,
    EndReason,
    Method,
    Step,
    Subscriber,
    Subscription,
)

EVIDENCE = {"consent_at": "2025-05-01T10:00:00Z", "consent_text": "I want it"}


@pytest.fixture
def file(tmp_path):
    return tmp_path / "people.jsonl"


@pytest.fixture
def taken(town, rt, file):
    """Return a function that imports objects and returns the tally and the report."""

    def run(*lines, dry=False):
        file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
        return of_file(rt, file, dry=dry)

    return run


def of_file(rt, path, dry=False):
    report = path.with_suffix(".report")
    tally = take(rt, Job(path, report, dry), lambda _done: None)
    with report.open(encoding="utf-8", newline="") as lines:
        return tally, list(csv.DictReader(lines))


def a_line(address="ada@example.org", subscriptions="page:mail", **given):
    return {"address": address, "subscriptions": subscriptions, **EVIDENCE, **given}


def everyone(rt, table):
    with rt.read() as session:
        return list(session.scalars(select(table).order_by(table.id)))


class TestTaking:
    def test_with_evidence_is_active_and_keeps_it(self, taken, rt):
        tally, report = taken(a_line(timezone="Asia/Tokyo", client="Acme", consent_ip="192.0.2.1"))
        assert (tally.added, tally.people, report) == (1, 1, [])
        [held] = everyone(rt, Subscription)
        assert held.state is Consent.ACTIVE
        [person] = everyone(rt, Subscriber)
        assert (person.timezone, person.client) == ("Asia/Tokyo", "Acme")
        with rt.read() as session:
            [step] = queries.records(session, held.id)
        assert (step.action, step.method, step.text, step.ip, step.by) == (
            Step.ACCEPTED,
            Method.IMPORT,
            "I want it",
            "192.0.2.1",
            "cli",
        )

    @pytest.mark.parametrize("missing", ["consent_at", "consent_text"])
    def test_without_it_a_confirmation_is_sent(self, taken, town, rt, missing):
        tally, _ = taken(a_line(**{missing: ""}))
        assert (tally.added, tally.asked) == (0, 1)
        town.search()
        town.work()
        assert [mail.type for mail in town.mails()] == ["signup.confirm"]
        assert town.subscription().state is Consent.PENDING

    def test_again_changes_nothing(self, taken, everything):
        taken(a_line(), a_line("bob@example.org", "page:mail list:travaux"))
        before = {name: rows for name, rows in everything().items() if name != "audit_entry"}
        tally, _ = taken(a_line(language="fr"), a_line("bob@example.org", "page:mail list:travaux"))
        assert (tally.kept, tally.added, tally.people) == (3, 0, 0)
        assert {k: v for k, v in everything().items() if k != "audit_entry"} == before

    def test_never_overwrites_a_choice(self, subscribed, taken, client, rt):
        client.post(f"{subscribed.preferences(1)}/leave", data={"leave": "all"})
        tally, _ = taken(a_line(language="fr", timezone="Asia/Tokyo", region="eu", group="pilots"))
        assert tally.kept == 1
        assert subscribed.subscription().state is Consent.ENDED
        [person] = everyone(rt, Subscriber)
        assert (person.locale, person.timezone) == ("en", "Europe/Paris")
        assert (person.region, person.group_name) == ("eu", "pilots")

    def test_a_refusal_is_remembered(self, taken, town, rt):
        with rt.work() as uow:
            target = f"page:{town.ids['page']}"
            hashed = address_hash("email", "ada@example.org")
            queries.remember_refusal(uow.session, hashed, target, EndReason.REFUSED, uow.now)
        tally, report = taken(a_line())
        assert (tally.added, tally.refused) == (0, 1)
        assert "said no before" in report[0]["problem"]

    def test_what_ended_elsewhere_does_not_begin_here(self, taken, rt):
        tally, _ = taken(a_line(state="ended", ended_reason="complaint"))
        assert (tally.added, tally.asked, tally.refused) == (0, 0, 1)
        assert everyone(rt, Subscription) == []
        assert taken(a_line())[0].refused == 1

    def test_the_same_address_may_come_on_several_lines(self, taken, rt):
        tally, _ = taken(a_line(), a_line("ADA@example.org", "list:travaux"), a_line())
        assert (tally.added, tally.kept, tally.people) == (2, 1, 1)

    def test_rehearsed_it_changes_nothing(self, taken, everything):
        before = everything()
        tally, report = taken(a_line(), a_line("nobody"), dry=True)
        assert (tally.added, tally.wrong, len(report)) == (1, 1, 1)
        assert everything() == before

    @pytest.mark.parametrize(
        ("given", "field"),
        [
            ({"address": "nobody"}, "address"),
            ({"address": "ada@example.org\r\nBcc: eve@example.org"}, "address"),
            ({"address": 7}, "address"),
            ({"subscriptions": "page:nowhere"}, "subscriptions"),
            ({"subscriptions": ""}, "subscriptions"),
            ({"language": "xx"}, "language"),
            ({"timezone": "Mars/Olympus"}, "timezone"),
            ({"categories": "gossip"}, "filters/categories/0"),
            ({"minimum_severity": "worst"}, "minimum_severity"),
            ({"consent_at": "yesterday"}, "consent_at"),
            ({"consent_at": "2036-01-01T00:00:00Z"}, "consent_at"),
            ({"consent_text": "a\u0000b"}, "consent_text"),
            ({"region": "a\u202eb"}, "region"),
            ({"external_ref": "\ud800"}, "external_ref"),
            ({"password": "x"}, "password"),
            ({"state": "maybe"}, "state"),
        ],
    )
    def test_each_fault_has_its_line_and_the_others_go_on(self, taken, given, field):
        tally, report = taken(a_line("ok@example.org"), a_line(**given), a_line("yes@example.org"))
        assert (tally.added, tally.wrong) == (2, 1)
        assert {(row["line"], row["field"]) for row in report} == {("2", field)}


class TestFiles:
    def test_a_spreadsheet_may_use_semicolons_and_a_mark(self, town, rt, tmp_path):
        path = tmp_path / "people.csv"
        path.write_text("\ufeffaddress;subscriptions\nada@example.org;page:mail\n", "utf-8")
        assert of_file(rt, path)[0].asked == 1

    def test_a_broken_byte_spoils_its_line_only(self, town, rt, tmp_path):
        path = tmp_path / "people.csv"
        path.write_bytes(
            b"address,subscriptions,region\na@example.org,page:mail,\xff\nb@example.org,page:mail,x\n"
        )
        tally, report = of_file(rt, path)
        assert (tally.asked, tally.wrong) == (1, 1)
        assert report[0]["line"] == "2"

    @pytest.mark.parametrize("text", ["", "name\nx\n", "address,shoe_size\nx,1\n"])
    def test_a_file_without_the_right_columns_is_refused(self, town, rt, tmp_path, text):
        path = tmp_path / "people.csv"
        path.write_text(text, "utf-8")
        with pytest.raises(Invalid):
            of_file(rt, path)

    @pytest.mark.parametrize("line", ["{", "[]", "7", '"x"', "[" * 100_000])
    def test_what_is_no_object_is_told(self, town, rt, file, line):
        file.write_text(f"{line}\n{json.dumps(a_line())}\n", "utf-8")
        tally, report = of_file(rt, file)
        assert (tally.added, tally.wrong) == (1, 1)
        assert report[0]["code"] == "json"


class TestAddresses:
    @pytest.mark.parametrize(
        "address",
        [
            "ada@example.org", "Ada.L+x@Example.ORG", "o'hara@bücher.example", "a@b", "@x.org",
            "a..b@x.org", ".a@x.org", "a@x..org", "é@x.org", '"a b"@x.org', "a@[192.0.2.1]",
            f"{'a' * 65}@x.org", "a@x.org ", "a b@x.org", "a@-x.org",
        ],
    )  # fmt: skip
    def test_the_quick_look_says_what_the_channel_says(self, address):
        def told(look):
            try:
                return look(address)
            except ValueError:
                return "refused"
            except Invalid:
                return "refused"

        assert told(_address) == told(parse_address)


class TestGiving:
    def test_what_was_written_can_be_read_again(self, taken, town, rt, tmp_path, everything):
        taken(a_line(), a_line("bob@example.org", "list:travaux", consent_text="=1+1"))
        path = tmp_path / "out.csv"
        with rt.read() as session, path.open("w", encoding="utf-8", newline="") as into:
            assert write_csv(session, into) == 2
        tally, report = of_file(rt, path)
        assert (tally.kept, report) == (2, [])

    def test_json_lines_too(self, taken, rt):
        taken(a_line())
        into = io.StringIO()
        with rt.read() as session:
            write_json_lines(session, into)
        line = json.loads(into.getvalue())
        assert (line["address"], line["state"]) == ("ada@example.org", "active")

    @pytest.mark.parametrize("text", ["=1+1", "+33", "-1", "@SUM(A1)", "\tx", "\rx"])
    def test_no_spreadsheet_computes_a_cell(self, text):
        assert safe(text) == f"'{text}"
        assert safe("plain") == "plain"

    def test_a_formula_is_text_in_the_file(self, taken, rt):
        taken(a_line(client="=HYPERLINK(1)"))
        into = io.StringIO()
        with rt.read() as session:
            write_csv(session, into)
        assert "'=HYPERLINK(1)" in into.getvalue()
        assert ",=HYPERLINK" not in into.getvalue()

    def test_who_was_erased_is_not_in_it(self, taken, rt):
        taken(a_line())
        with rt.work() as uow:
            uow.session.get_one(Subscriber, 1).erased_at = uow.now
        into = io.StringIO()
        with rt.read() as session:
            assert write_csv(session, into) == 0


def test_requests_of_a_file_name_no_network(taken, rt):
    taken(a_line(consent_at=""))
    [request] = everyone(rt, SignupRequest)
    assert request.network == ""
    assert everyone(rt, Address) != []


class TestTwoAtOnce:
    def test_each_address_is_taken_once_whoever_comes_first(self, town, rt, tmp_path):
        files = []
        for number in range(2):
            files.append(tmp_path / f"{number}.jsonl")
            lines = [a_line(f"p{each}@example.org") for each in range(60)]
            lines = lines[::-1] if number else lines
            files[-1].write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
        together = Barrier(2)

        def run(path):
            together.wait(60)
            return of_file(rt, path)

        with ThreadPoolExecutor(2) as pool:
            tallies = [tally for tally, _ in pool.map(run, files)]
        assert sorted(each.added for each in tallies) == [0, 60]
        assert sorted(each.kept for each in tallies) == [0, 60]
        assert len(everyone(rt, Subscription)) == 60
