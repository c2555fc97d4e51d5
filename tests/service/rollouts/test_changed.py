"""What was approved is what is sent, even if somebody writes to the database by hand."""

import pytest
from sqlalchemy import update

from service.deliveries.brief import ChangedSinceApproval
from service.deliveries.models import DeliveryState
from service.errors import Conflict
from service.publications.models import Publication
from service.publications.plans import Gate, Plan
from service.rollouts import actions
from service.rollouts.models import PauseReason, RolloutState

SLOW = Plan(growth={"kind": "absolute", "steps": [50]}, gate=Gate(min_bake=60), windows=())
OTHER = {
    "content": lambda kept: {**kept, "url": "https://elsewhere.example/"},
    "audience": lambda kept: {**kept, "category": "incident"},
    "plan": lambda kept: {**kept, "quorum": 0.5},
}


def overwrite(engine, name, part):
    """Write to *part* of a rollout's publication by SQL; return what was there."""
    of_it = Publication.id == engine.rollout(name).publication_id
    with engine.rt.work() as uow:
        kept = getattr(uow.session.get_one(Publication, engine.rollout(name).publication_id), part)
        uow.session.execute(update(Publication).where(of_it).values({part: OTHER[part](kept)}))
    return kept


def put_back(engine, name, part, kept):
    of_it = Publication.id == engine.rollout(name).publication_id
    with engine.rt.work() as uow:
        uow.session.execute(update(Publication).where(of_it).values({part: kept}))


@pytest.mark.parametrize("part", OTHER)
def test_before_its_start_nobody_gets_it(engine, part):
    name = engine.approve(engine.audience("UTC", per_zone=3), SLOW)
    overwrite(engine, name, part)
    engine.tick()
    engine.tick()
    rollout = engine.rollout(name)
    assert (rollout.state, rollout.pause_reason) == (RolloutState.PAUSED, PauseReason.CHANGED)
    assert engine.postman.delivered == []


def test_between_two_stages_it_stops_until_what_was_approved_is_back(engine):
    name = engine.approve(engine.audience("UTC", per_zone=110), SLOW)
    engine.tick()
    engine.tick()
    sent = engine.recount(name)[DeliveryState.ACCEPTED]
    assert sent == 50
    kept = overwrite(engine, name, "content")
    engine.tick()
    assert engine.rollout(name).pause_reason is PauseReason.CHANGED
    with engine.rt.work("staff:1") as uow, pytest.raises(Conflict) as refused:
        actions.resume(uow, name)
    assert refused.value.code == "changed"
    put_back(engine, name, "content", kept)
    with engine.rt.work("staff:1") as uow:
        actions.resume(uow, name)
    engine.play(hours=12, until_over=name)
    assert engine.recount(name) == {DeliveryState.ACCEPTED: 110}


def test_a_worker_that_reads_it_first_sends_nothing(engine):
    """Between the change and the next look at the rollout, which pauses it."""
    name = engine.approve(engine.audience("UTC", per_zone=3), SLOW)
    planning = engine.queue.jobs.pop(0)
    engine.jobs[planning.actor](planning.subject)
    engine.sweep()  # its slices are ready, no worker has read what is to be sent
    overwrite(engine, name, "content")
    with pytest.raises(ChangedSinceApproval):
        engine.run_jobs()
    assert engine.postman.delivered == []
