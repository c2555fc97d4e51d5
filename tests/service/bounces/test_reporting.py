"""service.bounces.reporting: what providers report, over HTTP."""

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from service.deliveries.models import DeliveryEvent
from service.publications.plans import URGENT

LOGIN = ("user", "password")


@pytest.fixture
def settings(settings):
    options = {"postmark_login": SecretStr(":".join(LOGIN))}
    return settings.model_copy(update={"reports": ("postmark",), "report_options": options})


@pytest.fixture
def sent(engine):
    engine.approve(engine.audience("Europe/Paris"), URGENT)
    engine.tick()
    engine.tick()
    assert engine.postman.delivered


def events(rt):
    with rt.read() as session:
        return [(each.kind, each.source) for each in session.scalars(select(DeliveryEvent))]


BOUNCE = {"RecordType": "Bounce", "Type": "HardBounce", "Email": "P0@example.org"}


class TestReports:
    def test_a_proven_report_is_evidence_about_the_newest_message(self, rt, client, sent):
        said = client.post("/api/v1/mail-reports/postmark", json=BOUNCE, auth=LOGIN)
        assert said.get_json() == {"reports": 1, "taken": 1}
        assert events(rt) == [("hard_bounce", "postmark")]

    def test_a_forged_one_is_nothing(self, rt, client, sent):
        said = client.post("/api/v1/mail-reports/postmark", json=BOUNCE, auth=("user", "guess"))
        assert said.status_code == 403
        assert events(rt) == []

    def test_of_a_stranger_nothing_is_kept(self, rt, client, sent):
        told = {**BOUNCE, "Email": "stranger@example.org"}
        said = client.post("/api/v1/mail-reports/postmark", json=told, auth=LOGIN)
        assert said.get_json() == {"reports": 1, "taken": 0}

    @pytest.mark.parametrize("name", ["mailgun", "nobody"])
    def test_only_named_providers_report(self, client, name):
        assert client.post(f"/api/v1/mail-reports/{name}", json={}).status_code == 404
