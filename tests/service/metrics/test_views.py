"""Numbers for whoever watches, read as Prometheus reads them."""

import pytest
from prometheus_client.parser import text_string_to_metric_families as parse

from scheduling import zones
from service.publications.plans import Gate, Plan
from service.rollouts import actions

AT_ONCE = Plan(windows=(), growth={"kind": "percent", "steps": [100]}, gate=Gate(min_bake=0))


@pytest.fixture
def nouns():
    return ("access", "metrics")


@pytest.fixture
def scrape(program):
    def scraped():
        answer = program("metrics").get("/metrics")
        assert answer.status_code == 200
        return {
            (sample.name.removeprefix("tocsin_"), *labels(sample)): sample.value
            for family in parse(answer.text)
            for sample in family.samples
        }

    return scraped


def labels(sample):
    """The values, in the order of their names."""
    return [value for _, value in sorted(sample.labels.items())]


class TestMetrics:
    def test_need_a_key_of_their_own(self, client, program):
        assert client.get("/metrics").status_code == 401
        assert program("submit").get("/metrics").status_code == 403

    def test_of_an_empty_service_are_there(self, scrape):
        found = scrape()
        assert found["build", "0.1.0", zones.DATA_VERSION] == 1
        assert found["publications_held",] == 0
        assert found["due_lag_seconds", "waves"] == 0
        assert found["channel_available", "email"] == 1

    def test_follow_a_rollout_to_its_end(self, engine, scrape):
        rollout = engine.approve(engine.audience("UTC", per_zone=60), AT_ONCE)
        plan, engine.queue.jobs[:] = list(engine.queue.jobs), []
        for job in plan:
            engine.jobs[job.actor](job.subject)
        with engine.rt.work("staff:1") as uow:
            actions.pause(uow, rollout)
        assert scrape()["rollouts", "manual", "paused"] == 1

        with engine.rt.work("staff:1") as uow:
            actions.resume(uow, rollout)
        engine.play(hours=1)
        found = scrape()
        assert found["deliveries_total", "email", "sent"] == 60
        assert found["rollouts", "", "completed"] == 1
