"""Console, API and command tell the same of a rollout that is foretold, and of one that runs."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from html import unescape
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner

from channels.base import Reason, Result, Scope
from channels.registry import Registry
from service.cli import tocsin
from service.errors import NotFound
from service.pages.models import Page
from service.publications.actions import hold
from service.publications.gates import Gate
from service.publications.plans import Plan
from service.subscribers.models import Consent
from tests.engine import engine_on
from tests.factories import a_subscriber, a_subscription, an_address
from tests.fakes import Postman

SVG = "{http://www.w3.org/2000/svg}"
MANY = 20  # so that some are in any half of the audience
BUSY = (Result.TRANSIENT, Scope.ADDRESS, Reason.THROTTLED)


@pytest.fixture
def rt(rt):
    """The same runtime with mail."""
    return replace(rt, channels=Registry({"email": Postman()}, {}, {}))


@pytest.fixture
def engine(rt, clock, queue):
    clock.now = datetime.now(UTC)  # the command has no other clock
    return engine_on(rt, clock, queue, Postman())


@pytest.fixture
def run(rt, monkeypatch, tmp_path):
    monkeypatch.setenv("TOCSIN_DATABASE_URL", rt.settings.database_url)
    monkeypatch.setenv("TOCSIN_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("TOCSIN_SECRET_KEY", "k" * 32)
    return lambda *words: CliRunner().invoke(tocsin, ["rollout", *words])


def known(engine, who, *, suppressed="", paused=False, **given):
    """Somebody who stands in some way to the page."""
    with engine.rt.work() as uow:
        person = a_subscriber(uow, "UTC")
        if paused:
            person.paused_until = uow.now + timedelta(days=30)
        address = an_address(uow, person, f"{who}@example.org")
        address.suppressed_reason = suppressed
        if given:
            a_subscription(uow, address, uow.session.get(Page, 1), **given)


def some_who_get_nothing(engine):
    known(engine, "picky", state=Consent.ACTIVE, is_everything=False)
    for n in range(MANY):
        known(engine, f"resting{n}", state=Consent.ACTIVE, paused=True)
        known(engine, f"bounced{n}", state=Consent.ACTIVE, suppressed="bounce")
    known(engine, "new", state=Consent.PENDING)
    known(engine, "stranger")


def text_of(html):
    """What a page says to a reader, on one line."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


class TestForetold:
    @pytest.fixture
    def held(self, engine):
        start = datetime.combine(engine.clock.now + timedelta(days=2), time(), UTC)
        audience = engine.audience("Europe/Paris", "Asia/Tokyo", per_zone=60)
        some_who_get_nothing(engine)
        with engine.rt.work("key:1") as uow:
            plan = Plan(not_before=start, fallback_zone="Europe/Paris", holdout=0.1)
            return hold(uow, engine.draft(audience, plan)).public_id

    def test_who_when_how_and_who_not(self, program, staff, run, held):
        told = program("submit").get(f"/api/v1/publications/{held}/preview").json
        assert json.loads(run("preview", held, "--json").stdout) == told
        lines = run("preview", held).stdout
        page = text_of(staff("viewer").get(f"/console/previews/{held}?lang=en").text)
        assert f"{told['written']} of {told['size']} concerned would be written to" in lines
        assert f"{told['written']} of {told['size']} concerned would be written to" in page
        for each in told["zones"]:
            theirs, ours = each["local"][11:16], each["here"][11:16]
            row = rf"{each['zone']} +{each['people']} +\S+ {theirs} +\S+ {ours}"
            assert re.search(row, lines)
            assert re.search(rf"{each['zone']} {each['people']} [^|]*?{theirs}[^|]*?{ours}", page)
        assert {each["zone"]: each["here"] == each["local"] for each in told["zones"]} == {
            "Europe/Paris": True,
            "Asia/Tokyo": False,
            "UTC": False,  # some who get nothing
        }
        assert told["languages"] == [{"chosen": "en", "read": "en", "people": told["size"]}]
        assert re.search(rf"en +en +{told['size']}", lines)
        assert f"read it in English {told['size']}" in page
        assert re.search(rf"page Mail +{told['size']}", lines)
        assert f"of the page Mail {told['size']}" in page
        assert told["left_out"].keys() == set(REASONS)
        for reason, words in REASONS.items():
            assert re.search(rf"{reason} +{told['left_out'][reason]}\n", lines)
            assert f"{words} {told['left_out'][reason]}" in page
        assert re.search(rf"held out +{told['held_out']}\n", lines)
        assert f"held out {told['held_out']}" in page

    def test_what_it_would_come_to(self, engine, program, staff, run, held):
        at = (engine.clock.now + timedelta(days=1)).isoformat()
        asked = {"fault_percent": "5", "notice_minutes": "30", "per_minute": "100", "at": at}
        api = f"/api/v1/publications/{held}/simulation"
        told = program("submit").get(api, query_string=asked).json
        options = ("--fault", "5", "--notice", "30", "--pace", "100", "--at", at)
        assert json.loads(run("simulate", held, *options, "--json").stdout) == told
        lines = " ".join(run("simulate", held, *options).stdout.split())
        html = staff("viewer").get(f"/console/previews/{held}", query_string=asked).text
        page = text_of(html)
        assert html.count('<svg class="chart"') == 2
        assert told["needed"] == 45
        for stage in told["stages"]:
            chances = [
                f"{100 * chance:.0f} %"
                for _, chance in sorted(stage["chances"].items(), reverse=True)
            ]
            shows = [f"{100 * stage['reveals']:.3g} %", *chances]
            counts = [f"{stage[name]}" for name in ("no", "people", "reached")]
            for said in (lines, page):
                assert re.search(rf"{' '.join(counts)} .{{,80}}{' '.join(shows)}", said)
        for way in told["ways"]:
            assert f"{way['exposed']} {way['affected']}" in lines
            assert re.search(rf"\b{way['exposed']} (people|person) ha", page)
            assert re.search(rf"\b{way['affected']} of them", page)
        own = told["ways"][-1]
        for name in ("hours_to_50", "hours_to_95", "hours_to_100"):
            assert f"{own[name]:.1f} h" in lines
        assert f"Most in one minute {own['peak_per_minute']}" in page
        assert f"While a window is open {100 * own['inside_windows']:.3g} %" in page

    def test_its_picture_is_a_document_by_itself(self, program, run, held, tmp_path):
        answer = program("submit").get(f"/api/v1/publications/{held}/simulation.svg")
        assert answer.mimetype == "image/svg+xml"
        assert answer.headers["Content-Security-Policy"].startswith("sandbox")
        drawn = ET.fromstring(answer.text)  # noqa: S314 - our own
        shown = [each for each in drawn.iter() if each.get("class") == "chart"]
        assert len(shown) == 2  # waves and stages
        used = {each.get("class", "").split()[0] for each in drawn.iter() if each.get("class")}
        style = drawn.findtext(f"{SVG}style") or ""
        assert {each for each in used if f".{each}" not in style} == set()
        assert "http" not in style
        assert run("simulate", held, "--picture", str(tmp_path / "waves.svg")).exit_code == 0
        as_file = ET.parse(tmp_path / "waves.svg").getroot()  # noqa: S314
        assert [each.get("class") for each in as_file.iter()] == [
            each.get("class") for each in drawn.iter()
        ]


#: Why somebody known to the page gets nothing, in the console's words.
REASONS = {
    "suppressed": "their address does not work, or complained",
    "paused_by_subscriber": "paused by themselves",
    "components": "their filters: none of these services",
    "unconfirmed": "never confirmed",
}


TAGS = {"accepted": "Accepted", "deferred": "To be tried again", "planned": "Waiting"}
WHY_NOT = (
    ("picky", "components", "their filters: none of these services"),
    ("new", "unconfirmed", "never confirmed"),
    ("stranger", "never_asked", "never asked for any of its pages or lists"),
)
SKIPPED = (
    ("resting", "paused_by_subscriber", "paused by themselves"),
    ("bounced", "suppressed", "address does not work"),
)


class TestExplained:
    @pytest.fixture
    def begun(self, engine):
        """A hundred people of whom fifty were tried: about half of these are tried again."""
        engine.postman.answers = {f"p{n}@example.org": BUSY for n in range(50)}
        audience = engine.audience("UTC", per_zone=100)
        some_who_get_nothing(engine)
        growth = {"kind": "absolute", "steps": [50]}
        plan = Plan(windows=(), growth=growth, gate=Gate(min_bake=600, max_bake=900))
        name = engine.approve(audience, plan)
        engine.tick()
        engine.tick()
        return name

    @pytest.fixture
    def ask(self, program, staff, run, begun):
        """What API, console and command say of somebody."""
        api, desk = program("rollouts"), staff("moderator")

        def told(who):
            address = f"{who}@example.org"
            found = api.get(f"/api/v1/rollouts/{begun}/explain?address={address}")
            page = desk.post(
                f"/console/rollouts/{begun}/explain?lang=en", data={"address": address}
            )
            return found, text_of(page.text), run("explain", begun, address)

        return told

    @pytest.fixture
    def somebody(self, program, begun):
        """Find somebody whose delivery is in a state."""
        api = program("rollouts")

        def found(state, *names):
            for who in names:
                path = f"/api/v1/rollouts/{begun}/explain?address={who}@example.org"
                if api.get(path).json["account"]["state"] == state:
                    return who
            raise AssertionError(f"nobody is {state}")

        return found

    def test_whoever_has_a_delivery_is_told_all_of_it(self, ask, somebody, run, begun):
        for state, tag in TAGS.items():
            who = somebody(state, *(f"p{n}" for n in range(100)))
            found, page, command = ask(who)
            account, words = found.json["account"], command.stdout
            assert f"{found.json['address']} {tag}" in page
            assert f"state: {state}\n" in words
            assert found.json["version"][:16] in page
            assert f"version: {found.json['version']}\n" in words
            assert f"stage {account['stage']}, as number {account['place']} in" in page
            assert f"stage: {account['stage']}\nstage state" in words
            assert len(account["attempts"]) == (state != "planned")
            assert bool(account["waits_until"]) == (state == "deferred")
            assert ("Next attempt:" in page) == ("waits until" in words) == (state == "deferred")
            assert ("not been opened" in page) == (state == "planned")
            again = run("explain", begun, f"{who}@example.org", "--json")
            assert json.loads(again.stdout) == found.json

    def test_whoever_has_none_is_told_why(self, ask):
        for who, reason, said in WHY_NOT:
            found, page, command = ask(who)
            assert found.json["why_not"] == reason
            assert f"why not: {reason}\n" in command.stdout
            assert f"Why not: {said} ." in page
        found, page, command = ask("nobody")
        assert found.status_code == 404
        assert "Nobody known is reached at this address" in page
        assert isinstance(command.exception, NotFound)

    def test_whoever_was_not_written_to_is_told_why(self, ask, somebody):
        for who, reason, said in SKIPPED:
            found, page, command = ask(somebody("skipped", *(f"{who}{n}" for n in range(MANY))))
            assert found.json["account"]["reason"] == reason
            assert f"Not written to {said}" in page
            assert f"reason: {reason}\n" in command.stdout
