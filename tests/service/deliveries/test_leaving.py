"""Whoever leaves before a message is marked for them does not get it, whatever way they leave."""

from datetime import timedelta

import pytest

from service.access import links
from service.access.models import Purpose
from service.publications.plans import URGENT
from service.subscribers.models import Subscription


def subscriptions(rt):
    with rt.read() as session:
        found = session.query(Subscription).order_by(Subscription.id)
        return [each.id for each in found]


@pytest.mark.parametrize("way", ["one click", "preferences"])
def test_who_left_over_the_web_gets_nothing_of_what_was_planned(engine, client, way):
    """I15: approved and planned with both in it; one of them leaves; then it goes out."""
    later = URGENT.model_copy(update={"not_before": engine.clock.now + timedelta(hours=2)})
    rollout = engine.approve(engine.audience("Europe/Paris", per_zone=2), later)
    engine.play(hours=1)
    assert (engine.rollout(rollout).size, engine.postman.delivered) == (2, [])
    leaver, _ = subscriptions(engine.rt)
    with engine.rt.read() as session:
        gone = session.get_one(Subscription, leaver).address_id
    if way == "one click":
        token = links.stateless(Purpose.UNSUBSCRIBE, f"subscription:{leaver}")
        answer = client.post(f"/u/{token}", data={"List-Unsubscribe": "One-Click"})
    else:
        token = links.stateless(Purpose.PREFERENCES, f"address:{gone}")
        answer = client.post(f"/p/{token}/leave", data={"leave": "all"})
    assert answer.status_code == 200
    engine.play(hours=3, until_over=rollout)
    assert [each.address.key for each in engine.postman.delivered] == ["p1@example.org"]
