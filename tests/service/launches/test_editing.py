"""service.launches.views.editing and editor"""

import pytest

from service.launches import queries
from service.launches.finding import found_launch
from service.launches.plan import CHECKS, PARTIES, RISKS
from service.launches.views import editing

PLANS = "/console/launch-plans"
FILLED = {
    "title": "Déménagement du portail",
    "zone": "Europe/Paris",
    "moment": "2026-07-01T09:30",
    "interruption_from": "2026-07-01T08:00",
    "interruption_to": "2026-07-01T08:20",
    "responsible": "Ada",
    "backup": "Grace",
    "mechanism": "DNS",
    "dependencies": "the network\nthe certificate",
    "seeds": "a@example.org\nb@example.org",
    "parties.0.key": "network",
    "parties.0.title": "Network",
    "parties.0.side": "internal",
    "parties.0.is_standby": "true",
    "parties.0.contacts": "noc@example.org, night@example.org",
    "parties.1.title": "The press",
    "parties.1.side": "external",
    "parties.2.key": "sales",
    "parties.2.remove": "true",
    "checks.0.title": "Données prêtes",
    "checks.0.is_blocking": "true",
    "checks.1.title": "Données prêtes",
    "risks.0.key": "load",
    "risks.0.mitigation": "Slowly.",
    "criteria.0.title": "Calm",
    "criteria.0.measure": "no_gos",
    "criteria.0.at_most": "0",
}
SLUG = "demenagement-du-portail"


@pytest.fixture
def author(staff):

    return staff("author")


def plan_of(rt):
    with rt.read() as session:
        return found_launch(session, SLUG).plan


def test_a_plan_is_written_in_the_console_and_read_back_on_the_same_clock(author, rt):
    answer = author.post(f"{PLANS}/new", data=FILLED)
    assert answer.status_code == 303, answer.text
    plan = plan_of(rt)
    assert plan.moment.isoformat() == "2026-07-01T07:30:00+00:00"  # Paris has summer time
    assert editing.on_clock("Europe/Paris", plan.moment) == "2026-07-01T09:30"
    assert (plan.responsible, plan.backup) == ("Ada", "Grace")
    assert plan.dependencies == ("the network", "the certificate")
    network, press = plan.parties  # who is taken out is gone
    assert (network.title, network.contacts) == ("", ("noc@example.org", "night@example.org"))
    assert (press.key, press.side, press.is_standby) == ("the-press", "external", False)
    assert [(each.key, each.is_blocking) for each in plan.checks] == [
        ("donnees-pretes", True), ("donnees-pretes-1", False),
    ]  # fmt: skip
    assert plan.criteria[0].at_most == 0
    shown = author.get(f"{PLANS}/{SLUG}").text
    assert "noc@example.org\nnight@example.org" in shown
    assert author.get(f"/console/launches/{SLUG}").status_code == 200


def test_an_untouched_preset_keeps_its_words_in_every_language(author, rt):
    form = author.get(f"{PLANS}/new").text
    assert "Social media" in form
    rows = editing.preset()
    filled = {"title": FILLED["title"], "zone": "UTC"}
    for kind in editing.ROWS:
        for number, row in enumerate(rows[kind]):
            for name, value in row.items():
                if value not in (False, None, []):
                    filled[f"{kind}.{number}.{name}"] = str(value)
    assert author.post(f"{PLANS}/new", data=filled).status_code == 303
    plan = plan_of(rt)
    assert (plan.parties, plan.checks, plan.risks) == (PARTIES, CHECKS, RISKS)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"moment": "soon"}, "Write a date and a time."),
        ({"interruption_to": ""}, "when the interruption begins"),
        ({"title": ""}, "e-title"),
        ({"criteria.0.at_most": "few"}, "e-criteria.0.at_most"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_written_is_lost(author, rt, given, said):
    answer = author.post(f"{PLANS}/new", data={**FILLED, **given})
    assert answer.status_code == 422
    assert said in answer.text
    assert "noc@example.org" in answer.text
    with rt.read() as session:
        assert queries.launches(session) == []


def test_a_new_plan_never_overwrites_another(author):
    assert author.post(f"{PLANS}/new", data=FILLED).status_code == 303
    assert author.post(f"{PLANS}/new", data=FILLED).status_code == 422
    assert author.post(f"{PLANS}/{SLUG}", data={**FILLED, "backup": "Lin"}).status_code == 303
    assert author.post(f"{PLANS}/nothing", data=FILLED).status_code == 404
