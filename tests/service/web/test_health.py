"""What watchers of the service are told."""

from dataclasses import replace
from importlib.metadata import version

from sqlalchemy import text

from channels.registry import Registry
from scheduling import zones
from service import health
from service.app import create_app
from service.queue import QueueDown


class Gone:
    """A queue that does not answer."""

    def put(self, jobs):
        self.ping()

    def ping(self):
        raise QueueDown("redis://queue.internal: connection refused")


def asked(rt, path):
    return create_app(rt, ()).test_client().get(path)


class TestLiving:
    def test_a_process_lives_without_a_database(self, rt):
        rt.database.close()
        answer = asked(replace(rt, queue=Gone()), "/healthz")
        assert (answer.status_code, answer.json) == (200, {"alive": True})
        assert answer.headers["Cache-Control"] == "no-store"


class TestReadiness:
    def test_database_and_queue_answer(self, rt):
        answer = asked(rt, "/readyz")
        assert answer.status_code == 200
        assert answer.json == {"ready": True, "reasons": {}, "unavailable_channels": {}}

    def test_a_channel_that_waits_is_named_and_holds_up_nobody(self, rt):
        channels = Registry({}, {}, {"email": "smtp_url: give a value"})
        answer = asked(replace(rt, channels=channels), "/readyz")
        assert answer.status_code == 200
        assert answer.json["unavailable_channels"] == {"email": "smtp_url: give a value"}

    def test_a_queue_that_is_away_is_a_reason_without_its_address(self, rt):
        answer = asked(replace(rt, queue=Gone()), "/readyz")
        assert answer.status_code == 503
        assert answer.json["reasons"] == {"queue": "it does not answer"}

    def test_a_full_disk_under_the_database_is_a_reason(self, rt, monkeypatch):
        monkeypatch.setattr(health, "LEAST", 1 << 62)  # more than any disk has
        reasons = {"disk": health.FULL} if rt.database.engine.name == "sqlite" else {}
        assert asked(rt, "/readyz").json["reasons"] == reasons

    def test_a_database_of_another_version_is_a_reason(self, rt):
        with rt.work() as uow:
            uow.session.execute(text("UPDATE alembic_version SET version_num = '0000'"))
        answer = asked(rt, "/readyz")
        assert answer.status_code == 503
        assert "tocsin db upgrade" in answer.json["reasons"]["database"]


class TestVersion:
    def test_names_the_build_and_its_zone_rules(self, rt):
        answer = asked(rt, "/version")
        assert answer.json == {"version": version("tocsin"), "zone_data": zones.DATA_VERSION}
