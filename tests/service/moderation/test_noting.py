"""service.moderation.noting, telling and waiting: who is told what, once."""

from datetime import timedelta

import pytest

from service.access.actions import add_staff, disable_staff
from service.events.actions import open_event
from service.moderation import actors
from service.moderation.actions import approve, discard, expire, reject
from service.moderation.agreeing import Rules, set_rules
from service.moderation.duties import set_duty
from service.moderation.handling import defer
from service.moderation.models import Notice
from service.moderation.senders import SenderWish, add_sender
from service.publications.freezing import thaw
from service.publications.models import Publication, PublicationState
from tests.factories import a_component, a_list, a_page, a_section
from tests.service.events.wishes import an_incident

PASSWORD = "correct horse battery staple"


@pytest.fixture
def team(rt):
    """An author, two moderators and an administrator; return their actors by first letter."""
    people = (("ann", "author"), ("mo", "moderator"), ("max", "moderator"), ("ada", "admin"))
    with rt.work() as uow:
        return {
            name: f"staff:{add_staff(uow, f'{name}@example.org', name, role, PASSWORD).id}"
            for name, role in people
        }


@pytest.fixture
def incident(rt, team):
    with rt.work() as uow:
        a_component(uow, a_section(uow, a_page(uow)))
    with rt.work(team["ann"]) as uow:
        return open_event(uow, rt.settings, an_incident()).publication


def tick(rt):
    for sweep in actors.sweeps(rt):
        sweep()


def noted(rt, kind):
    with rt.read() as session:
        found = session.query(Notice).filter(Notice.kind.startswith(kind)).all()
        return {each.recipient for each in found}


def mails(rt):
    """What was mailed: type and title."""
    with rt.read() as session:
        found = session.query(Publication).filter(Publication.purpose == "staff").all()
        return [(thaw(each.content).type, thaw(each.content).texts["en"].title) for each in found]


class TestNoting:
    def test_every_moderator_hears_of_something_new_once(self, rt, team, incident):
        for _ in range(3):
            tick(rt)
        assert noted(rt, "held") == {team["mo"], team["max"], team["ada"]}
        assert [kind for kind, _ in mails(rt)] == ["moderation.held"] * 3

    def test_whoever_looks_after_it_hears_of_it_instead_of_the_others(self, rt, team, incident):
        with rt.work() as uow:
            set_duty(uow, "mo@example.org", "page:1", is_backup=False)
            set_duty(uow, "max@example.org", "page:1", is_backup=True)
        tick(rt)
        assert noted(rt, "held") == {team["mo"]}

    def test_reminders_take_twice_as_long_each_and_reach_the_backup(
        self, rt, team, incident, clock
    ):
        with rt.work() as uow:
            set_duty(uow, "mo@example.org", "page:1", is_backup=False)
            set_duty(uow, "max@example.org", "page:1", is_backup=True)
        tick(rt)
        clock.advance(timedelta(minutes=14))
        tick(rt)
        assert not noted(rt, "reminder")
        clock.advance(timedelta(minutes=1))
        tick(rt)
        tick(rt)
        assert noted(rt, "reminder:1") == {team["mo"]}
        clock.advance(timedelta(minutes=15))
        tick(rt)
        assert noted(rt, "reminder:2") == {team["mo"], team["max"]}
        assert "Nobody has decided: Slow mail" in [title for _, title in mails(rt)]

    def test_nobody_is_reminded_of_what_was_put_off_before_its_time(
        self, rt, team, incident, clock
    ):
        tick(rt)
        with rt.work(team["mo"]) as uow:
            until = uow.now + timedelta(hours=2)
            defer(uow, incident.public_id, incident.hash, until, "After lunch.")
        clock.advance(timedelta(hours=2))
        tick(rt)
        assert not noted(rt, "reminder")
        clock.advance(timedelta(minutes=15))
        tick(rt)
        assert noted(rt, "reminder:1@") == {team["mo"], team["max"], team["ada"]}

    def test_a_rejection_is_told_to_its_author_with_the_reason(self, rt, team, incident):
        tick(rt)
        with rt.work(team["mo"]) as uow:
            reject(uow, incident.public_id, incident.hash, "Not *now*.")
        tick(rt)
        assert noted(rt, "outcome") == {team["ann"]}
        assert noted(rt, "decided") == {team["max"], team["ada"]}
        with rt.read() as session:
            found = session.query(Publication).filter(Publication.purpose == "staff").all()
            bodies = [thaw(each.content).texts["en"].body for each in found]
        assert any("> Not \\*now\\*\\." in body for body in bodies)

    def test_a_discarded_one_goes_without_a_word_to_its_author(self, rt, team, incident):
        with rt.work(team["mo"]) as uow:
            discard(uow, incident.public_id, incident.hash)
        tick(rt)
        assert not noted(rt, "outcome")

    def test_nothing_expires_silently(self, rt, team, incident, clock):
        tick(rt)
        clock.advance(timedelta(days=2))
        tick(rt)
        with rt.read() as session:
            assert session.get_one(Publication, incident.id).state is PublicationState.EXPIRED
        assert noted(rt, "outcome") == {team["ann"]}
        assert noted(rt, "decided") == {team["mo"], team["max"], team["ada"]}

    def test_what_is_left_alone_for_a_week_expires(self, rt, team, clock):
        with rt.work() as uow:
            page = a_page(uow)
            a_component(uow, a_section(uow, page))
        with rt.work(team["ann"]) as uow:
            held = open_event(uow, rt.settings, an_incident()).publication
            held.expires_at = uow.now + timedelta(days=60)
        clock.advance(timedelta(days=7))
        with rt.work() as uow:
            assert expire(uow) == 1

    def test_an_incident_by_the_urgent_path_is_to_be_reviewed(self, rt, team, incident):
        with rt.work() as uow:
            set_rules(uow, Rules(quorum=2))
        with rt.work(team["mo"]) as uow:
            approve(uow, incident.public_id, incident.hash)
        tick(rt)
        assert noted(rt, "review") == {team["max"], team["ada"]}

    def test_who_posts_by_mail_hears_how_it_ended(self, rt, team):
        with rt.work() as uow:
            a_component(uow, a_section(uow, a_page(uow)))
            sender = add_sender(uow, SenderWish("Ops", address="ops@example.org"))
            by = f"sender:{sender.id}"
        with rt.work(by) as uow:
            held = open_event(uow, rt.settings, an_incident()).publication
        with rt.work(team["mo"]) as uow:
            reject(uow, held.public_id, held.hash, "No.")
        tick(rt)
        assert noted(rt, "outcome") == {by}
        assert ("moderation.outcome", "Rejected: Slow mail") in mails(rt)

    def test_who_has_left_is_told_nothing(self, rt, team, incident):
        with rt.work() as uow:
            for name in ("mo", "max"):
                disable_staff(uow, f"{name}@example.org")
            a_list(uow)
        tick(rt)
        assert noted(rt, "held") == {team["ada"]}
