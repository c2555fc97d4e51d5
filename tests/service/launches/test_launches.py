"""service.launches"""

from datetime import timedelta

import pytest
from click.testing import CliRunner

from channels.base import Reason, Result, Scope
from service.cli import tocsin
from service.errors import Conflict, Invalid, NotFound, ServiceError
from service.launches import actions, queries
from service.launches.finding import found_launch
from service.launches.plan import CHECKS, PARTIES, RISKS, LaunchPlan, Measure, Party, Risk, Side
from service.launches.reporting import report
from service.launches.standing import blocking
from service.launches.telling import tell_parties
from service.moderation import actions as moderation
from service.moderation.recalling import recall
from service.pages.models import Page
from service.publications.actions import hold
from service.publications.freezing import thaw
from service.publications.models import Publication, PublicationState
from service.publications.plans import Plan
from service.rollouts import actions as rollouts
from service.rollouts.asking import LASTS
from service.rollouts.models import PauseReason
from service.rollouts.queries import states
from service.subscribers.audience import Audience
from service.web.i18n import catalogue
from service.web.parsing import LANGUAGES
from tests.engine import engine_on
from tests.factories import a_subscriber, a_subscription, an_address
from tests.fakes import Postman

API = "/api/v1/launches"
CONSOLE = "/console/launches"
FAR = (Result.PERMANENT, Scope.ADDRESS, Reason.UNKNOWN_RECIPIENT)


@pytest.fixture
def engine(rt, clock, queue):
    return engine_on(rt, clock, queue, Postman())


@pytest.fixture
def held(engine) -> Publication:
    """A held announcement to three people."""
    audience = engine.audience("UTC", per_zone=3)
    with engine.rt.work("key:1") as uow:
        return hold(uow, engine.draft(audience, Plan(windows=())))


def a_plan(held, **given):
    values = {
        "slug": "shop",
        "title": "The new shop",
        "publication": held.public_id,
        "responsible": "Ada",
        "backup": "Grace",
        "seeds": ("seed@example.org",),
        "checks": CHECKS[:2],
    }
    return LaunchPlan(**{**values, **given})


def make(engine, plan):
    with engine.rt.work("staff:1") as uow:
        actions.apply(uow, plan)


def seen(engine, slug="shop"):
    with engine.rt.read() as session:
        return found_launch(session, slug)


def do(engine, act, *words):
    with engine.rt.work("staff:1") as uow:
        act(uow, *words)


def prepare(engine):
    """Do all that blocks."""
    with engine.rt.work("staff:1") as uow:
        actions.send_tests(uow, engine.rt.channels, "shop")
    engine.tick()
    for check in CHECKS[:2]:
        do(engine, actions.tick, "shop", check.key)


def approve(engine, held):
    with engine.rt.work("staff:2") as uow:
        moderation.approve(uow, held.public_id, held.hash)
    with engine.rt.read() as session:
        rollout = states.of_publication(session, held.id)
        assert rollout
        return rollout.public_id


class TestPresets:
    def test_are_the_ten_parties_seven_checks_and_eight_risks(self):
        assert (len(PARTIES), len(CHECKS), len(RISKS)) == (10, 7, 8)

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_have_words(self, language):
        assert LaunchPlan(slug="a", title="A").risks == RISKS
        keys = [f"party.{each.key}" for each in PARTIES]
        keys += [f"check.{each.key}" for each in CHECKS]
        keys += [f"risk.{each.key}" for each in RISKS]
        keys += [f"mitigation.{each.key}" for each in RISKS]
        keys += [f"measure.{each}" for each in Measure]
        known = catalogue(language)
        assert [key for key in keys if f"launches.{key}" not in known] == []


class TestChecklist:
    def test_what_blocks_keeps_the_message_from_being_approved(self, engine, held):
        make(engine, a_plan(held))
        with pytest.raises(Conflict) as refusal:
            approve(engine, held)
        assert refusal.value.code == "launch_not_ready"
        assert seen(engine).blocking == ("delivery-test", "cut-over-and-rollback", "backups")
        prepare(engine)
        assert seen(engine).blocking == ()
        assert approve(engine, held)

    def test_a_blocking_check_is_waived_with_a_word_only(self, engine, held):
        make(engine, a_plan(held))
        with pytest.raises(Invalid):
            do(engine, actions.waive, "shop", "backups", "  ")
        do(engine, actions.waive, "shop", "backups", "Nothing is stored.")
        assert "backups" not in seen(engine).blocking
        do(engine, actions.reopen, "shop", "backups")
        assert "backups" in seen(engine).blocking

    def test_what_is_found_out_is_not_ticked(self, engine, held):
        make(engine, a_plan(held, backup=""))
        assert "people" in seen(engine).blocking
        with pytest.raises(Conflict):
            do(engine, actions.tick, "shop", "people")
        do(engine, actions.waive, "shop", "people", "A small house.")
        assert "people" not in seen(engine).blocking

    def test_what_does_not_exist_is_said_so(self, engine, held):
        make(engine, a_plan(held))
        for act, words in (
            (actions.tick, ("shop", "nothing")),
            (actions.tick, ("nothing", "backups")),
            (actions.reopen, ("shop", "backups")),
        ):
            with pytest.raises(NotFound):
                do(engine, act, *words)

    def test_applying_again_keeps_ticks(self, engine, held):
        make(engine, a_plan(held))
        do(engine, actions.tick, "shop", "backups")
        make(engine, a_plan(held, title="Another title"))
        assert seen(engine).plan.title == "Another title"
        assert "backups" not in seen(engine).blocking

    def test_the_message_may_not_leave_before_the_moment(self, engine, held):
        late = engine.clock.now + timedelta(days=1)
        make(engine, a_plan(held, moment=late))
        assert "moment" in seen(engine).blocking
        with engine.rt.work("key:1") as uow:
            plan = Plan(windows=(), not_before=late)
            other = hold(uow, engine.draft(the_page(), plan, subject="event:y"))
        make(engine, a_plan(other, moment=late))
        assert "moment" not in seen(engine).blocking

    def test_a_message_without_a_plan_is_free(self, engine, held):
        with engine.rt.read() as session:
            assert blocking(session, held) == []


class TestDelivery:
    def test_a_test_counts_once_it_has_arrived(self, engine, held):
        make(engine, a_plan(held))
        with engine.rt.work("staff:1") as uow:
            assert actions.send_tests(uow, engine.rt.channels, "shop") == 1
            assert actions.send_tests(uow, engine.rt.channels, "shop") == 0
        assert not seen(engine).seeds[0].is_fine
        engine.tick()
        assert seen(engine).seeds[0].has_arrived
        assert [each.address.key for each in engine.postman.delivered] == ["seed@example.org"]

    def test_or_once_somebody_saw_it(self, engine, held):
        make(engine, a_plan(held))
        with pytest.raises(NotFound):
            do(engine, actions.acknowledge, "shop", "seed@example.org")
        with engine.rt.work("staff:1") as uow:
            actions.send_tests(uow, engine.rt.channels, "shop")
        do(engine, actions.acknowledge, "shop", "seed@example.org")
        (seed,) = seen(engine).seeds
        assert seed.is_fine
        assert seed.test
        assert seed.test.acknowledged_by == "staff:1"

    def test_another_content_is_tested_anew(self, engine, held):
        make(engine, a_plan(held))
        prepare(engine)
        with engine.rt.work("key:1") as uow:
            other = hold(uow, engine.draft(the_page(), Plan(windows=(), quorum=0.9)))
        make(engine, a_plan(other))
        assert seen(engine).blocking == ("delivery-test",)

    def test_without_a_message_there_is_nothing_to_test(self, engine, held):
        make(engine, a_plan(held, publication=None))
        with pytest.raises(Conflict), engine.rt.work("staff:1") as uow:
            actions.send_tests(uow, engine.rt.channels, "shop")
        assert "message" in seen(engine).blocking


def the_page():
    return Audience(pages=(1,), category="announcement")


class TestStandby:
    def test_is_told_of_trouble_once_and_of_nothing_else(self, engine, held):
        parties = (
            Party(key="security", is_standby=True, contacts=("sec@example.org",)),
            Party(key="sales", contacts=("sales@example.org",)),
        )
        make(engine, a_plan(held, parties=parties))
        prepare(engine)
        name = approve(engine, held)
        tell_parties(engine.rt)
        engine.run_jobs()
        with engine.rt.work("staff:1") as uow:
            rollouts.pause(uow, name, comment="Lunch.")  # somebody wanted it
            rollouts.resume(uow, name)
        tell_parties(engine.rt)
        engine.run_jobs()
        assert "sec@example.org" not in delivered(engine)
        with engine.rt.work("ticker") as uow:
            rollouts.pause(uow, name, PauseReason.CLOCK, "The clock jumped.")
        tell_parties(engine.rt)
        engine.tick()
        assert delivered(engine).count("sec@example.org") == 1
        with engine.rt.work("staff:1") as uow:
            rollouts.abort(uow, name, "The shop is down.")
        for _ in range(2):
            tell_parties(engine.rt)
            engine.tick()
        assert delivered(engine).count("sec@example.org") == 2
        assert delivered(engine).count("sales@example.org") == 1  # that it begins
        with engine.rt.read() as session:
            assert queries.alarms(session, engine.clock.now - LASTS) == []

    def test_the_others_are_told_when_it_begins_and_when_it_is_over(self, engine, held):
        parties = (
            Party(key="sales", contacts=("sales@example.org",)),
            Party(key="partners", side=Side.EXTERNAL, contacts=("partner@example.com",)),
            Party(key="security", is_standby=True, contacts=("sec@example.org",)),
        )
        make(engine, a_plan(held, parties=parties))
        prepare(engine)
        approve(engine, held)
        for _ in range(30):
            tell_parties(engine.rt)
            engine.play(hours=0.1, step_minutes=6)
        assert delivered(engine).count("sales@example.org") == 2
        assert delivered(engine).count("partner@example.com") == 2
        assert "sec@example.org" not in delivered(engine)

    @pytest.mark.parametrize("page", ["fr", "en"])
    def test_everybody_reads_their_own_language_first_and_the_other_after_it(
        self, engine, held, page
    ):
        with engine.rt.work() as uow:
            other = "en" if page == "fr" else "fr"
            uow.session.get_one(Page, 1).languages = [page, other]
            mine = an_address(uow, a_subscriber(uow, locale=other), "mine@example.org")
            a_subscription(uow, mine, uow.session.get_one(Page, 1))
        parties = (
            Party(key="sales", contacts=("sales@example.org", "mine@example.org")),
            Party(key="partners", language=other, contacts=("partner@example.org",)),
        )
        make(engine, a_plan(held, parties=parties))
        prepare(engine)
        approve(engine, held)
        for _ in range(2):
            engine.tick()
            tell_parties(engine.rt)
        engine.tick()
        read = {each.address.key: each.rendition[1] for each in engine.postman.delivered}
        assert read["sales@example.org"] == page
        assert read["partner@example.org"] == read["mine@example.org"] == other
        with engine.rt.read() as session:
            mails = session.query(Publication).filter(Publication.subject.startswith("launch:"))
            texts = thaw(mails.first().content).texts
        french, english = texts["fr"], texts["en"]
        assert french.title == "C’est parti : The new shop"
        assert french.body.endswith(f"{english.title}\n{english.body.partition(chr(10))[0]}")
        assert english.body.endswith(f"{french.title}\n{french.body.partition(chr(10))[0]}")

    def test_is_told_when_a_person_declares_trouble_and_nothing_stops(self, staff, engine, held):
        parties = (Party(key="security", is_standby=True, contacts=("sec@example.org",)),)
        make(engine, a_plan(held, parties=parties))
        prepare(engine)
        author, path, said = staff("author"), f"{CONSOLE}/shop/trouble", {"comment": "Disks burn."}
        name = approve(engine, held)
        assert author.post(path, data={"comment": ""}).status_code == 422
        assert author.post(path, data=said).status_code == 303
        for _ in range(2):
            tell_parties(engine.rt)
            engine.tick()
        assert delivered(engine).count("sec@example.org") == 1
        assert "Disks burn." in author.get(f"/console/rollouts/{name}").text
        with engine.rt.read() as session:
            rollout = states.by_public_id(session, name)
            assert rollout is not None
            assert rollout.pause_reason is None

    @pytest.mark.parametrize("moment", ["no message", "held", "taken back"])
    def test_is_told_once_of_trouble_before_there_is_a_rollout(self, staff, engine, held, moment):
        security = Party(key="security", is_standby=True, contacts=("sec@example.org",))
        sales = Party(key="sales", contacts=("sales@example.org",))
        about = {"publication": None} if moment == "no message" else {}
        make(engine, a_plan(held, parties=(security, sales), **about))
        if moment == "taken back":
            prepare(engine)
            do(engine, recall, approve(engine, held))
        author = staff("author")
        for said, status in (("", 422), ("Disks burn.", 303)):
            answer = author.post(f"{CONSOLE}/shop/trouble", data={"comment": said})
            assert answer.status_code == status
        for _ in range(2):
            tell_parties(engine.rt)
            engine.tick()
        assert delivered(engine).count("sec@example.org") == 1
        assert "sales@example.org" not in delivered(engine)
        assert "Disks burn." in author.get(f"{CONSOLE}/shop").text
        with engine.rt.read() as session:
            assert [each.comment for each in report(session, seen(engine)).trouble] == [
                "Disks burn."
            ]


def delivered(engine):
    return [each.address.key for each in engine.postman.delivered]


class TestReport:
    def test_measures_success_at_the_end(self, engine, held):
        make(engine, a_plan(held))
        prepare(engine)

        def told():
            with engine.rt.read() as session:
                return report(session, seen(engine))

        assert told().is_success is None
        approve(engine, held)
        engine.play(hours=4)
        found = told()
        assert (found.is_final, found.is_success) == (True, True)
        values = {line.criterion.measure: line.value for line in found.lines}
        assert values[Measure.ACCEPTED_SHARE] == 1.0

    def test_says_what_was_missed(self, engine, held):
        for number in range(3):
            engine.postman.answers[f"p{number}@example.org"] = FAR
        make(engine, a_plan(held))
        prepare(engine)
        approve(engine, held)
        engine.play(hours=4)
        with engine.rt.read() as session:
            found = report(session, seen(engine))
        assert {line.criterion.key: line.is_met for line in found.lines}["reached"] is False
        assert found.is_success is not True

    def test_an_approval_taken_back_is_no_end(self, staff, engine, held):
        make(engine, a_plan(held))
        prepare(engine)
        name = approve(engine, held)
        with engine.rt.work("staff:2") as uow:
            recall(uow, name)
        with engine.rt.read() as session:
            found = report(session, seen(engine))
        assert (found.rollout, found.is_final, found.is_success) == (None, False, None)
        assert staff("viewer").get(f"{CONSOLE}/shop").status_code == 200


class TestApi:
    def test_a_plan_from_start_to_approval(self, program, engine, held):
        api = program("rollouts", "moderate")
        plan = a_plan(held).to_json()
        made = api.post(API, json={**plan, "seeds": []})
        assert made.status_code == 200
        assert made.json["blocking"] == ["delivery-test", "cut-over-and-rollback", "backups"]
        assert api.post(f"{API}/shop/checks/backups/done", json={}).status_code == 200
        refused = api.post(f"{API}/shop/checks/delivery-test/waive", json={"comment": ""})
        assert refused.status_code == 422
        words = {"comment": "Tested by hand."}
        api.post(f"{API}/shop/checks/delivery-test/waive", json=words)
        answer = api.post(f"{API}/shop/checks/cut-over-and-rollback/done", json=words)
        assert (answer.json["blocking"], answer.json["done"]) == ([], 5)
        assert api.get(f"{API}/shop/report").json["is_final"] is False
        assert len(api.get(API).json["launches"]) == 1
        assert api.get(f"{API}/nothing").status_code == 404

    @pytest.mark.parametrize(
        "wrong",
        [
            {"publication": "aaaaaaaaaaaa"},
            {"slug": "Shop!"},
            {"interruption_from": "2026-11-23T09:00:00Z"},
            {"checks": [{"key": "a"}, {"key": "a"}]},
            {"what": 1},
        ],
    )
    def test_what_cannot_be_a_plan_is_refused(self, program, wrong):
        plan = {"slug": "shop", "title": "Shop", **wrong}
        assert program("rollouts").post(API, json=plan).status_code == 422


class TestConsole:
    @pytest.mark.parametrize("language", LANGUAGES)
    def test_shows_the_checklist(self, staff, engine, held, language):
        risk = Risk(key="rain", title="Rain", mitigation="Umbrellas.")
        plan = a_plan(held, checks=CHECKS, mechanism="By hand.", risks=(risk,))
        make(engine, plan)
        html = staff("author").get(f"{CONSOLE}/shop?lang={language}").text
        assert html.count('id="check-') == 10
        assert plan.mechanism in html
        assert risk.mitigation in html
        assert "launches." not in html.replace("/launches", "")
        assert staff("viewer").get(f"{CONSOLE}?lang={language}").status_code == 200

    def test_checks_are_ticked_waived_and_reopened(self, staff, engine, held):
        make(engine, a_plan(held))
        author = staff("author")
        path = f"{CONSOLE}/shop/checks/backups"
        assert author.post(path, data={"step": "waive"}).status_code == 422
        assert author.post(path, data={"step": "done"}).status_code == 303
        assert "backups" not in seen(engine).blocking
        assert author.post(path, data={"step": "reopen"}).status_code == 303
        assert author.post(path, data={"step": "what"}).status_code == 404

    def test_a_message_that_is_not_ready_says_so_to_the_moderator(self, staff, engine, held):
        make(engine, a_plan(held))
        moderator = staff("moderator")
        form = {"verdict": "approve", "hash": held.hash}
        moderator.post(f"/console/moderation/{held.public_id}", data=form)
        page = moderator.get(f"/console/moderation/{held.public_id}").text
        assert "launch plan" in page
        with engine.rt.read() as session:
            assert session.get_one(Publication, held.id).state is PublicationState.HELD


class TestCommands:
    @pytest.fixture
    def run(self, rt, monkeypatch, tmp_path):
        monkeypatch.setenv("TOCSIN_DATABASE_URL", rt.settings.database_url)
        monkeypatch.setenv("TOCSIN_DATA_DIR", str(tmp_path / "data"))
        monkeypatch.setenv("TOCSIN_SECRET_KEY", "k" * 32)

        def run(*words):
            return CliRunner().invoke(tocsin, ["launch", *words], catch_exceptions=False)

        return run

    def test_a_file_is_applied_listed_and_shown(self, run, tmp_path):
        file = tmp_path / "launch.yaml"
        file.write_text("slug: shop\ntitle: The new shop\nresponsible: Ada\nbackup: Grace\n")
        assert run("apply", str(file)).stdout == "applied shop\n"
        assert run("list").stdout.startswith("shop\t1/10\tmessage, delivery-test")
        assert "[done] people" in run("show", "shop").stdout

    def test_checks_are_ticked_waived_and_reopened_and_trouble_is_kept(self, run, engine):
        make(engine, LaunchPlan(slug="shop", title="The new shop"))
        assert run("tick", "shop", "backups", "--comment", "Read back.").exit_code == 0
        assert "[done] backups (Read back.)" in run("show", "shop").stdout
        assert run("waive", "shop", "dns").exit_code == 2  # why?
        assert run("waive", "shop", "dns", "--comment", "No name changes.").exit_code == 0
        assert "[waived] dns (No name changes.)" in run("show", "shop").stdout
        assert run("reopen", "shop", "dns").exit_code == 0
        assert "[open] dns" in run("show", "shop").stdout
        assert run("trouble", "shop", "--comment", "The disks are full.").exit_code == 0
        assert "trouble The disks are full." in run("show", "shop").stdout
        for words in (("tick", "shop", "nothing"), ("tick", "shop", "message"), ("test", "shop")):
            with pytest.raises(ServiceError):  # which the command tells in a line
                run(*words)

    def test_a_test_is_sent_and_seen(self, run, engine, held):
        make(engine, a_plan(held))
        with pytest.raises(NotFound):  # nothing was sent there
            run("seen", "shop", "seed@example.org")
        assert run("test", "shop").stdout.startswith("shop: 1 sent")
        assert run("test", "shop").stdout.startswith("shop: 0 sent")
        assert run("seen", "shop", "seed@example.org").exit_code == 0
        assert "test seed@example.org: fine" in run("show", "shop").stdout
