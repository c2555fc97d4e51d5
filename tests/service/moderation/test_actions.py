"""service.moderation.actions"""

from datetime import timedelta

import pytest

from service.errors import Conflict, Forbidden, Invalid, NotFound
from service.events.actions import open_event
from service.lists.models import MailingList
from service.moderation.actions import approve, discard, expire, reject, withdraw
from service.moderation.actors import expire_held
from service.posts.actions import submit_message
from service.posts.wishes import PostWish
from service.publications import queries as publications
from service.publications.models import PublicationState
from service.queue import Actor
from service.rollouts.models import RolloutState
from service.rollouts.queries import states
from tests.factories import (
    a_component,
    a_list,
    a_page,
    a_section,
    a_subscriber,
    a_subscription,
    an_address,
    both,
)
from tests.service.events.wishes import an_incident


@pytest.fixture
def incident(rt):
    """A held incident of a page that nobody follows."""
    with rt.work() as uow:
        a_component(uow, a_section(uow, a_page(uow)))
    with rt.work("key:1") as uow:
        return open_event(uow, rt.settings, an_incident()).publication


@pytest.fixture
def message(rt):
    """A held message to a list without members."""
    with rt.work() as uow:
        a_list(uow)
    with rt.work("key:1") as uow:
        wish = PostWish(both("Works"), both("Tonight."))
        return submit_message(uow, rt.settings, "travaux", wish).publication


def stored(rt, publication):
    with rt.read() as session:
        return publications.by_public_id(session, publication.public_id)


class TestApprove:
    def test_its_rollout_begins(self, rt, incident, queue):
        with rt.work("staff:1") as uow:
            approve(uow, incident.public_id, incident.hash, "Go.")
        with rt.read() as session:
            rollout = states.of_publication(session, incident.id)
            assert rollout
            assert rollout.state is RolloutState.PLANNING
        assert [job.actor for job in queue.jobs] == [Actor.PLAN]
        decided = stored(rt, incident)
        assert (decided.state, decided.decided_by) == (PublicationState.APPROVED, "staff:1")
        assert (decided.submitted_by, decided.comment) == ("key:1", "Go.")

    def test_twice_is_once(self, rt, incident, queue):
        with rt.work("staff:1") as uow:
            approve(uow, incident.public_id, incident.hash)
        with pytest.raises(Conflict) as refusal, rt.work("staff:2") as uow:
            approve(uow, incident.public_id, incident.hash)
        assert refusal.value.code == "already_decided"
        assert len(queue.jobs) == 1

    def test_it_is_bound_to_what_was_seen(self, rt, incident):
        with pytest.raises(Conflict) as refusal, rt.work("staff:1") as uow:
            approve(uow, incident.public_id, "0" * 64)
        assert refusal.value.code == "changed"
        assert stored(rt, incident).state is PublicationState.HELD

    def test_a_message_that_nobody_would_get_is_not_approved(self, rt, message, queue):
        with pytest.raises(Conflict) as refusal, rt.work("staff:1") as uow:
            approve(uow, message.public_id, message.hash)
        assert refusal.value.code == "empty_audience"
        assert stored(rt, message).state is PublicationState.HELD
        assert queue.jobs == []

    def test_one_member_is_enough(self, rt, message):
        with rt.work() as uow:
            address = an_address(uow, a_subscriber(uow))
            to = publications.by_public_id(uow.session, message.public_id)
            assert to
            list_id = to.audience["lists"][0]
            a_subscription(uow, address, to_list=uow.session.get(MailingList, list_id))
        with rt.work("staff:1") as uow:
            approve(uow, message.public_id, message.hash)
        assert stored(rt, message).state is PublicationState.APPROVED

    def test_what_is_too_old_is_not_approved(self, rt, incident, clock):
        clock.advance(timedelta(hours=48))
        with pytest.raises(Conflict) as refusal, rt.work("staff:1") as uow:
            approve(uow, incident.public_id, incident.hash)
        assert refusal.value.code == "expired"

    def test_there_is_no_such_publication(self, rt):
        with pytest.raises(NotFound), rt.work("staff:1") as uow:
            approve(uow, "nothing", "0" * 64)


class TestReject:
    def test_the_author_is_told_why(self, rt, incident):
        with rt.work("staff:1") as uow:
            reject(uow, incident.public_id, incident.hash, "Which accounts?")
        assert stored(rt, incident).comment == "Which accounts?"
        assert stored(rt, incident).state is PublicationState.REJECTED

    @pytest.mark.parametrize("comment", ["", "   "])
    def test_never_without_a_reason(self, rt, incident, comment):
        with pytest.raises(Invalid) as refusal, rt.work("staff:1") as uow:
            reject(uow, incident.public_id, incident.hash, comment)
        assert refusal.value.faults[0].pointer == "/comment"


class TestDiscard:
    def test_it_goes_without_a_word(self, rt, incident, queue):
        with rt.work("staff:1") as uow:
            discard(uow, incident.public_id, incident.hash)
        assert stored(rt, incident).state is PublicationState.DISCARDED
        assert queue.jobs == []


class TestWithdraw:
    def test_authors_take_back_their_own(self, rt, incident):
        with rt.work("key:1") as uow:
            withdraw(uow, incident.public_id, "Wrong page.")
        assert stored(rt, incident).state is PublicationState.WITHDRAWN

    def test_nobody_takes_back_what_others_wrote(self, rt, incident):
        with pytest.raises(Forbidden), rt.work("key:2") as uow:
            withdraw(uow, incident.public_id)

    def test_what_was_decided_stays(self, rt, incident):
        with rt.work("staff:1") as uow:
            approve(uow, incident.public_id, incident.hash)
        with pytest.raises(Conflict), rt.work("key:1") as uow:
            withdraw(uow, incident.public_id)

    def test_there_is_no_such_publication(self, rt):
        with pytest.raises(NotFound), rt.work("key:1") as uow:
            withdraw(uow, "nothing")


class TestExpire:
    def test_what_nobody_decided_ends(self, rt, incident, clock):
        assert expire_held(rt) == 0
        clock.advance(timedelta(hours=48))
        assert expire_held(rt) == 1
        assert stored(rt, incident).state is PublicationState.EXPIRED

    def test_once(self, rt, incident, clock):
        clock.advance(timedelta(hours=48))
        expire_held(rt)
        with rt.work() as uow:
            assert expire(uow) == 0
