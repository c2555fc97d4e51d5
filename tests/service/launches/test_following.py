"""service.launches.following: a message that is written anew keeps its launch plan."""

import pytest

from service.errors import Conflict
from service.events.actions import open_event, replace_opening
from service.launches import actions, queries
from service.launches.finding import found_launch
from service.launches.models import LaunchSeed
from service.launches.plan import LaunchPlan
from service.moderation.actions import approve
from service.posts.actions import replace_message, submit_message
from service.posts.wishes import PostWish
from tests.factories import a_component, a_list, a_page, a_section, both
from tests.service.events.wishes import an_incident


def planned(rt, publication):
    """A plan about *publication* that blocks it, whose test somebody has seen."""
    with rt.work("staff:1") as uow:
        plan = LaunchPlan(
            slug="disks",
            title="Disks",
            publication=publication.public_id,
            responsible="Ada",
            backup="Grace",
            seeds=("seed@example.org",),
        )
        launch = actions.apply(uow, plan)
        test = LaunchSeed(launch_id=launch.id, address="seed@example.org", hash=publication.hash)
        test.sent_at = test.acknowledged_at = uow.now
        uow.session.add(test)
    return plan


def test_an_event_written_anew_is_still_blocked_and_tested_anew(rt):
    with rt.work("staff:1") as uow:
        a_component(uow, a_section(uow, a_page(uow)))
        held = open_event(uow, rt.settings, an_incident())
        event, first = held.event.public_id, held.publication
    plan = planned(rt, first)
    with rt.read() as session:
        before = found_launch(session, "disks")
        assert before.seeds[0].is_fine
    with rt.work("staff:2") as uow:
        wish = an_incident(title=both("Slow mail again"))
        second = replace_opening(uow, rt.settings, event, wish).publication
    with rt.read() as session:
        after = found_launch(session, "disks")
        assert after.publication
        assert after.publication.id == second.id
        assert after.plan.publication == second.public_id
        assert not after.seeds[0].is_fine
        assert "delivery-test" in after.blocking
    with pytest.raises(Conflict) as refused, rt.work("staff:3") as uow:
        approve(uow, second.public_id, second.hash)
    assert refused.value.code == "launch_not_ready"

    with rt.work("staff:1") as uow:  # from a file that names the message as it was at first
        assert actions.apply(uow, plan).publication_id == second.id


def test_so_is_a_message_to_a_list(rt):
    wish = PostWish(both("Works"), both("Tonight."))
    with rt.work("staff:1") as uow:
        a_list(uow)
        first = submit_message(uow, rt.settings, "travaux", wish).publication
    planned(rt, first)
    with rt.work("staff:1") as uow:
        second = replace_message(uow, rt.settings, "travaux", first.public_id, wish).publication
    with rt.read() as session:
        assert [each.slug for each in queries.of_publication(session, second.id)] == ["disks"]
