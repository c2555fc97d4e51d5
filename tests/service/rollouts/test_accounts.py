"""service.rollouts.explaining, service.rollouts.proving, their views and commands"""

import csv
import io
import json
from datetime import timedelta

import pytest
from click.testing import CliRunner

from channels.base import Reason, Result, Scope
from service.cli import tocsin
from service.errors import NotFound
from service.pages.models import Page
from service.publications.plans import Plan
from service.rollouts import proving
from service.rollouts.explaining import explain
from service.rollouts.models import DecisionKind
from service.rollouts.proving import Format, Wanted, proof
from service.rollouts.queries import accounting
from service.rollouts.views.accounts_schemas import ExplanationOut
from service.subscribers.models import Consent
from service.subscribers.queries_preview import Standing
from tests.engine import engine_on
from tests.factories import a_subscriber, a_subscription, an_address
from tests.fakes import Postman

FAR = (Result.PERMANENT, Scope.ADDRESS, Reason.UNKNOWN_RECIPIENT)


def explained(engine, name, raw, channel=None):
    rollout = engine.rollout(name)
    with engine.rt.read() as session:
        return explain(session, engine.rt.channels, rollout, raw, engine.clock.now, channel)


def lines(engine, name, form=Format.JSONL, *, whole=False):
    wanted = Wanted(engine.rollout(name).id, form, whole)
    return b"".join(text for _, text in proof(engine.rt, wanted)).decode()


def known(engine, value, zone="UTC", **given):
    """Somebody who stands in some way to the page."""
    with engine.rt.work() as uow:
        address = an_address(uow, a_subscriber(uow, zone), value)
        if given:
            a_subscription(uow, address, uow.session.get(Page, 1), **given)


@pytest.fixture
def name(engine):
    """A rollout to 120 people, whose second stage has been opened."""
    engine.postman.answers["p7@example.org"] = FAR
    audience = engine.audience("Europe/London", "America/New_York", per_zone=60)
    name = engine.approve(audience, Plan())
    engine.play(hours=9)
    return name


class TestExplain:
    def test_it_names_all_that_decided(self, engine, name):
        accounts = [explained(engine, name, f"P{n}@Example.org").account for n in range(120)]
        assert {each.stage.no for each in accounts} == {1, 2}
        assert sorted(each.place for each in accounts) == list(range(1, 121))
        first = next(each for each in accounts if each.stage.no == 1)
        second = next(each for each in accounts if each.stage.no == 2)
        assert first.opened_by.kind is DecisionKind.START
        assert second.opened_by.kind is DecisionKind.GO
        assert first.targets == (("page", {"fr": "Mail", "en": "Mail"}),)
        assert first.waves[0].due_at.hour in (9, 14)
        assert first.language == "en"
        assert first.clock in first.zones

    def test_refusals_are_told_in_the_words_of_the_far_side(self, engine, name):
        account = explained(engine, name, "p7@example.org").account
        assert account.recipient.state == "rejected"
        assert account.attempts[0].reason == "unknown_recipient"
        assert (account.waits_until, list(account.echoes)) == (None, [])

    def test_who_was_not_concerned_is_told_why(self, engine, name):
        known(engine, "stranger@example.org")
        known(engine, "new@example.org", state=Consent.PENDING)
        known(engine, "picky@example.org", is_everything=False)
        known(engine, "late@example.org")
        engine.clock.advance(timedelta(hours=1))
        known(engine, "later@example.org", state=Consent.ACTIVE)
        why = {
            who: explained(engine, name, f"{who}@example.org")
            for who in ("stranger", "new", "picky", "later")
        }
        assert all(each.account is None for each in why.values())
        assert why["stranger"].standing is None
        assert why["new"].standing is Standing.UNCONFIRMED
        assert why["picky"].standing is Standing.COMPONENTS
        assert why["later"].joined_after

    def test_nobody_is_said_so(self, engine, name):
        with pytest.raises(NotFound):
            explained(engine, name, "nobody@example.org")
        with pytest.raises(NotFound):
            explained(engine, name, "p7@example.org", "webhook")


class TestProof:
    def test_everybody_is_in_it_once(self, engine, name):
        found = [json.loads(line) for line in lines(engine, name).splitlines()]
        assert [each["n"] for each in found] == list(range(1, 121))
        assert {each["rule"] for each in found} == {"page Mail"}
        states = {each["address"]: each["state"] for each in found}
        refused = next(each for each in found if each["state"] == "rejected")
        assert refused["attempts"][0]["reason"] == "unknown_recipient"
        assert all("…" in address for address in states)

    def test_pages_join_without_a_seam(self, engine, name, monkeypatch):
        whole = lines(engine, name)
        monkeypatch.setattr(proving, "PAGE", 40)
        assert lines(engine, name) == whole

    def test_no_transaction_stays_open_between_pages(self, engine, name, monkeypatch):
        monkeypatch.setattr(proving, "PAGE", 40)
        pages = proof(engine.rt, Wanted(engine.rollout(name).id, Format.CSV))
        next(pages)
        next(pages)
        with engine.rt.work() as uow:
            uow.session.get(Page, 1).position = 7
        assert sum(count for count, _ in pages) == 80

    def test_a_spreadsheet_takes_nothing_for_a_formula(self, engine, name):
        with engine.rt.work() as uow:
            rollout = engine.rollout(name)
            outcome = accounting.attempts(uow.session, rollout.id, 1, 1)[1][0]
            outcome.detail, outcome.code = "=HYPERLINK(1)", "+250"
        text = lines(engine, name, Format.CSV, whole=True)
        rows = list(csv.DictReader(io.StringIO(text)))
        assert len(rows) == 120
        assert (rows[0]["answer"], rows[0]["code"]) == ("'=HYPERLINK(1)", "'+250")
        assert "p7@example.org" in {each["address"] for each in rows}


@pytest.fixture
def sent(rt, clock, queue):
    """A rollout to three people that is over."""
    engine = engine_on(rt, clock, queue, Postman())
    name = engine.approve(engine.audience("UTC", per_zone=3), Plan())
    engine.play(hours=1)
    return name


class TestViews:
    def test_programs_ask_why(self, program, sent):
        api = program("rollouts")
        found = api.get(f"/api/v1/rollouts/{sent}/explain?address=p1@example.org").json
        assert found["why_not"] is None
        told = ExplanationOut.model_validate(found)
        assert told.sent_to
        assert told.account
        assert (told.account.stage, told.account.stage_state) == (1, "passed")
        assert (told.account.schedule_class, told.account.state) == (1, "accepted")
        missing = api.get(f"/api/v1/rollouts/{sent}/explain?address=x@example.org")
        assert missing.status_code == 404
        assert api.get(f"/api/v1/rollouts/{sent}/explain").status_code == 422

    def test_the_proof_is_streamed(self, program, sent):
        answer = program("rollouts").get(f"/api/v1/rollouts/{sent}/proof?format=csv")
        assert answer.is_streamed
        assert answer.mimetype == "text/csv"
        assert answer.text.count("\r\n") == 4
        whole = f"/api/v1/rollouts/{sent}/proof?addresses=whole"
        assert program("rollouts").get(whole).status_code == 403
        both = program("rollouts", "subscribers").get(whole)
        assert "p1@example.org" in both.text

    def test_the_console_says_it_in_words(self, staff, sent):
        moderator = staff("moderator")
        path = f"/console/rollouts/{sent}/explain"
        assert moderator.get(path).status_code == 200
        page = moderator.post(path, data={"address": "p1@example.org"})
        assert "stage 1, as number" in page.text
        assert moderator.post(path, data={"address": "x@example.org"}).status_code == 422
        assert moderator.post(path, data={}).status_code == 422
        file = f"/console/rollouts/{sent}/proof?format=csv"
        assert moderator.get(file).status_code == 200
        assert moderator.get(f"{file}&addresses=whole").status_code == 403
        assert staff("admin").get(f"{file}&addresses=whole").status_code == 200

    def test_who_got_nothing_is_told_why(self, rt, clock, queue, staff, sent):
        engine = engine_on(rt, clock, queue, Postman())
        known(engine, "new@example.org", state=Consent.PENDING)
        path = f"/console/rollouts/{sent}/explain"
        page = staff("moderator").post(path, data={"address": "new@example.org"})
        assert "never confirmed" in page.text


class TestCommands:
    @pytest.fixture
    def run(self, rt, monkeypatch, tmp_path):
        monkeypatch.setenv("TOCSIN_DATABASE_URL", rt.settings.database_url)
        monkeypatch.setenv("TOCSIN_DATA_DIR", str(tmp_path / "data"))
        monkeypatch.setenv("TOCSIN_SECRET_KEY", "k" * 32)
        return lambda *words: CliRunner().invoke(
            tocsin, ["rollout", *words], catch_exceptions=False
        )

    def test_explain(self, run, sent):
        told = run("explain", sent, "p1@example.org").stdout
        assert "state: accepted" in told
        assert "stage: 1" in told
        found = json.loads(run("explain", sent, "p1@example.org", "--json").stdout)
        assert found["account"]["state"] == "accepted"

    def test_proof(self, run, sent, tmp_path):
        file = tmp_path / "proof.csv"
        told = run("proof", sent, "--output", str(file))
        assert told.exit_code == 0
        assert len(file.read_text().splitlines()) == 4
        found = run("proof", sent, "--format", "jsonl", "--whole").stdout
        assert "p2@example.org" in found
