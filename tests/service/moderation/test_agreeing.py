"""service.moderation.agreeing, handling and duties: whose approval counts, and who is at it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from service.access.actions import add_staff
from service.errors import Conflict, Forbidden, Invalid
from service.events.actions import open_event, replace_opening
from service.moderation import handling
from service.moderation.actions import approve, reject, review
from service.moderation.agreeing import Rules, set_rules
from service.moderation.diffing import difference, pieces
from service.moderation.duties import drop_duty, set_duty
from service.posts.actions import replace_message, submit_message
from service.posts.wishes import PostWish
from service.publications import queries as publications
from service.publications.models import PublicationState
from service.rollouts.queries import states
from tests.factories import a_component, a_list, a_page, a_section, both
from tests.service.events.wishes import a_maintenance, an_incident

HELD, APPROVED = PublicationState.HELD, PublicationState.APPROVED


@pytest.fixture
def component(rt):
    with rt.work() as uow:
        a_component(uow, a_section(uow, a_page(uow)))


@pytest.fixture
def maintenance(rt, component):
    with rt.work("staff:1") as uow:
        return open_event(uow, rt.settings, disks(uow.now)).publication


@pytest.fixture
def incident(rt, component):
    with rt.work("staff:1") as uow:
        return open_event(uow, rt.settings, an_incident()).publication


def disks(now, **given):
    """Work on disks tomorrow."""
    start = now + timedelta(days=1)
    wish = a_maintenance(starts_at=start, ends_at=start + timedelta(hours=2))
    return replace(wish, **given)


def govern(rt, **given):
    with rt.work() as uow:
        set_rules(uow, Rules(**given))


def agree(rt, by, publication):
    with rt.work(by) as uow:
        return approve(uow, publication.public_id, publication.hash).state


def refusal(rt, by, publication):
    with pytest.raises(Conflict) as refused:
        agree(rt, by, publication)
    return refused.value.code


class TestFourEyes:
    def test_nobody_approves_their_own_work(self, rt, maintenance):
        govern(rt, four_eyes=True)
        assert refusal(rt, "staff:1", maintenance) == "own_work"
        assert agree(rt, "staff:2", maintenance) is APPROVED

    def test_switched_off_one_may(self, rt, maintenance):
        assert agree(rt, "staff:1", maintenance) is APPROVED

    def test_whoever_edits_becomes_the_author(self, rt, maintenance):
        govern(rt, four_eyes=True)
        with rt.work("staff:2") as uow:
            event = maintenance.subject.removeprefix("event:")
            wish = disks(uow.now, title=both("Newer disks"))
            edited = replace_opening(uow, rt.settings, event, wish).publication
        assert edited.revision == 2
        assert refusal(rt, "staff:2", edited) == "own_work"
        assert agree(rt, "staff:3", edited) is APPROVED


class TestQuorum:
    def test_it_stays_held_until_enough_have_approved(self, rt, maintenance):
        govern(rt, quorum=2)
        assert agree(rt, "staff:2", maintenance) is HELD
        assert refusal(rt, "staff:2", maintenance) == "agreed_already"
        with rt.read() as session:
            assert states.of_publication(session, maintenance.id) is None
        assert agree(rt, "staff:3", maintenance) is APPROVED

    def test_one_refusal_ends_it(self, rt, maintenance):
        govern(rt, quorum=2)
        agree(rt, "staff:2", maintenance)
        with rt.work("staff:3") as uow:
            assert reject(uow, maintenance.public_id, maintenance.hash, "No.").state == "rejected"

    @pytest.mark.parametrize("quorum", [0, 10])
    def test_it_is_1_to_9(self, rt, quorum):
        with pytest.raises(Invalid):
            govern(rt, quorum=quorum)


class TestUrgentPath:
    def test_one_approval_is_enough_and_others_review(self, rt, incident):
        govern(rt, four_eyes=True, quorum=3)
        assert agree(rt, "staff:1", incident) is APPROVED
        with pytest.raises(Conflict) as own, rt.work("staff:1") as uow:
            review(uow, incident.public_id, "I was right.")
        assert own.value.code == "own_work"
        with rt.work("staff:2") as uow:
            review(uow, incident.public_id, "Rightly so.")
        with pytest.raises(Conflict) as again, rt.work("staff:3") as uow:
            review(uow, incident.public_id, "Me too.")
        assert again.value.code == "no_review"

    def test_switched_off_incidents_wait_like_the_rest(self, rt, incident):
        govern(rt, quorum=2, urgent=False)
        assert agree(rt, "staff:2", incident) is HELD

    def test_what_had_enough_approvals_needs_no_review(self, rt, incident):
        assert agree(rt, "staff:2", incident) is APPROVED
        with pytest.raises(Conflict), rt.work("staff:3") as uow:
            review(uow, incident.public_id, "Fine.")


class TestClaim:
    def test_others_leave_it_alone_for_half_an_hour(self, rt, maintenance, clock):
        with rt.work("staff:2") as uow:
            handling.claim(uow, maintenance.public_id, maintenance.hash)
        assert refusal(rt, "staff:3", maintenance) == "claimed"
        clock.advance(timedelta(minutes=30))
        assert agree(rt, "staff:3", maintenance) is APPROVED

    def test_who_has_approved_is_at_it_no_longer(self, rt, maintenance):
        govern(rt, quorum=2)
        with rt.work("staff:2") as uow:
            handling.claim(uow, maintenance.public_id, maintenance.hash)
        assert agree(rt, "staff:2", maintenance) is HELD
        assert agree(rt, "staff:3", maintenance) is APPROVED

    def test_a_claimed_one_is_written_anew_by_its_author_and_who_claimed_it_alone(self, rt):
        with rt.work("key:1") as uow:
            to = a_list(uow)
            wish = PostWish(both("Works"), both("Tonight."))
            first = submit_message(uow, rt.settings, to.slug, wish).publication
        with rt.work("staff:2") as uow:
            handling.claim(uow, first.public_id, first.hash)
        with pytest.raises(Conflict) as refused, rt.work("staff:3") as uow:
            replace_message(uow, rt.settings, to.slug, first.public_id, wish)
        assert refused.value.code == "claimed"
        with rt.work("key:1") as uow:
            second = replace_message(uow, rt.settings, to.slug, first.public_id, wish).publication
        with rt.work("staff:2") as uow:
            replace_message(uow, rt.settings, to.slug, second.public_id, wish)

    def test_it_is_taken_over_or_released(self, rt, maintenance):
        for by, step in (
            ("staff:2", handling.claim),
            ("staff:3", handling.claim),
            ("staff:3", handling.release),
        ):
            with rt.work(by) as uow:
                step(uow, maintenance.public_id, maintenance.hash)
        assert agree(rt, "staff:2", maintenance) is APPROVED


class TestDefer:
    @pytest.mark.parametrize("hours", [-1, 0, 24 * 8])
    def test_only_to_a_moment_ahead_before_it_expires(self, rt, maintenance, hours):
        until = rt.clock() + timedelta(hours=hours)
        with pytest.raises(Invalid), rt.work("staff:2") as uow:
            handling.defer(uow, maintenance.public_id, maintenance.hash, until)

    def test_it_may_be_decided_all_the_same(self, rt, maintenance):
        with rt.work("staff:2") as uow:
            until = uow.now + timedelta(hours=4)
            handling.defer(uow, maintenance.public_id, maintenance.hash, until)
        assert agree(rt, "staff:2", maintenance) is APPROVED


class TestDuties:
    def test_whoever_is_not_on_duty_leaves_it_to_them(self, rt, maintenance):
        with rt.work() as uow:
            password = "correct horse battery staple"
            ids = [
                add_staff(uow, f"{name}@example.org", name, role, password).id
                for name, role in (("mo", "moderator"), ("max", "moderator"), ("ada", "admin"))
            ]
            set_duty(uow, "mo@example.org", "page:1", is_backup=False)
        with pytest.raises(Forbidden) as refused:
            agree(rt, f"staff:{ids[1]}", maintenance)
        assert refused.value.code == "not_on_duty"
        with rt.work() as uow:
            drop_duty(uow, ids[0], "page:1")
        assert agree(rt, f"staff:{ids[1]}", maintenance) is APPROVED

    def test_only_moderators_can_be(self, rt, maintenance):
        with pytest.raises(Invalid), rt.work() as uow:
            set_duty(uow, "nobody@example.org", "page:1", is_backup=False)


class TestDifference:
    def test_words_are_told_apart(self):
        found = pieces("All stops at 2.", "All stops at 3, briefly.")
        assert [(each.kind, each.text) for each in found] == [
            ("kept", "All stops at "),
            ("dropped", "2"),
            ("added", "3, briefly"),
            ("kept", "."),
        ]

    def test_only_what_differs_is_shown(self, rt, maintenance):
        with rt.work("staff:2") as uow:
            event = maintenance.subject.removeprefix("event:")
            wish = disks(uow.now, title={"fr": "New disks", "en": "Newer disks"})
            new = replace_opening(uow, rt.settings, event, wish).publication
            old = publications.by_public_id(uow.session, maintenance.public_id)
            assert old
            changes = difference(old, new)
        assert (changes.revision, changes.languages, changes.others) == (1, ("en",), ())
