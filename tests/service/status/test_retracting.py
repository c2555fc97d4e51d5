"""What was said wrong, and is retracted or corrected: pages, feeds, states and mailboxes."""

import pytest

from service.events.actors import follow
from service.events.models import EventStage
from service.events.wishes import Affected
from service.moderation.actions import approve
from service.pages.models import State
from service.rollouts.correcting import CorrectionWish, correct
from service.rollouts.queries import states
from tests.engine import engine_on
from tests.factories import a_subscriber, a_subscription, an_address, both
from tests.fakes import Postman
from tests.service.events.acts import opened, states_of, updated
from tests.service.events.wishes import a_word, an_incident

PLACES = (
    "/mail/en/",
    "/mail/en/history/",
    "/mail/en/feeds/all.atom",
    "/mail/en/feeds/all.rss",
    "/mail/en/feeds/all.json",
    "/mail/api/v2/incidents.json",
)
WORDS = both("It was a false alarm.")


@pytest.fixture
def engine(rt, clock, queue, platform):
    """Three people who follow the page."""
    engine = engine_on(rt, clock, queue, Postman())
    with rt.work() as uow:
        for n in range(3):
            someone = an_address(uow, a_subscriber(uow), f"p{n}@example.org")
            a_subscription(uow, someone, page_id=platform.page.id)
    return engine


def leave(engine, publication):
    """Have a message approved and sent; return its rollout's id."""
    with engine.rt.work("staff:2") as uow:
        approve(uow, publication.public_id, publication.hash)
    engine.play(hours=2, step_minutes=10)
    follow(engine.rt)
    with engine.rt.read() as session:
        rollout = states.of_publication(session, publication.id)
        assert rollout is not None
        return rollout.public_id


def put_right(engine, rollout, **given):
    with engine.rt.work("staff:1") as uow:
        held = correct(uow, rollout, CorrectionWish(WORDS, WORDS, "a false alarm", **given))
    return leave(engine, held)


def shown(client, words):
    return {place for place in PLACES if words in client.get(place).text}


def test_what_is_retracted_is_gone_everywhere_and_whoever_had_it_is_told_on_its_thread(
    engine, client
):
    incident = opened(engine.rt, an_incident(title=both("Wrong alarm")))
    wrong = leave(engine, incident.publication)
    assert shown(client, "Wrong alarm") == set(PLACES)
    assert states_of(engine.rt)["webmail"] is State.MAJOR
    had = {each.address.key: each.id for each in engine.postman.delivered}
    with engine.rt.work() as uow:  # who comes later never had it
        a_subscription(uow, an_address(uow, a_subscriber(uow), "new@example.org"), page_id=1)

    put_right(engine, wrong, retracts=True)
    assert shown(client, "Wrong alarm") == set()
    assert states_of(engine.rt)["webmail"] is State.OPERATIONAL
    second = engine.postman.delivered[len(had) :]
    assert {each.address.key: each.slots.thread for each in second} == had


def test_what_is_corrected_stays_and_only_a_retracted_word_takes_its_state_along(engine, client):
    incident = opened(engine.rt, an_incident(title=both("Slow mail")))
    first = leave(engine, incident.publication)
    worse = a_word(
        stage=EventStage.IDENTIFIED,
        body=both("It is down."),
        components=(Affected("webmail", State.DOWN), Affected("sending", State.DOWN)),
    )
    second = leave(engine, updated(engine.rt, incident, worse).publication)
    put_right(engine, first)
    assert shown(client, "Slow mail") == set(PLACES)
    assert states_of(engine.rt)["webmail"] is State.DOWN

    put_right(engine, second, retracts=True)
    assert shown(client, "It is down.") == set()
    assert shown(client, "Slow mail") == set(PLACES)
    found = states_of(engine.rt)
    assert (found["webmail"], found["sending"]) == (State.MAJOR, State.OPERATIONAL)
