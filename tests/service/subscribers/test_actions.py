"""service.subscribers.actions: the life of a consent"""

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import func, select

from channels.base import Address as Parsed
from service.errors import Conflict, Expired, NotFound
from service.pages.queries import page_by_slug
from service.subscribers import actions, queries
from service.subscribers.actions import Evidence, Person
from service.subscribers.filters import Choice
from service.subscribers.hashing import hash_of
from service.subscribers.models import (
    Address,
    Consent,
    EndReason,
    Method,
    Step,
    Subscriber,
    ZoneOrigin,
)
from service.subscribers.targets import Target, key_of
from tests.factories import a_page, a_subscriber, a_subscription, an_address

ADA = Parsed("ada@example.org", "Ada@example.org", "A…@example.org", "example.org")
PERSON = Person("fr", "Europe/Paris", ZoneOrigin.CHOSEN)
CLICK = Evidence(Method.LINK, locale="en", text="I want it", ip="192.0.2.1", agent="x" * 1000)


@pytest.fixture
def pending(rt):
    """The id of a pending subscription."""
    with rt.work() as uow:
        address = an_address(uow, a_subscriber(uow), verified_at=None)
        subscription = a_subscription(
            uow, address, a_page(uow), state=Consent.PENDING, active_at=None
        )
        return subscription.id


def the(rt, subscription_id):
    with rt.read() as session:
        return queries.subscription(session, subscription_id)


class TestFindOrCreate:
    def test_the_same_address_is_found_again(self, rt):
        with rt.work() as uow:
            first = actions.find_or_create(uow, "email", ADA, PERSON).id
        with rt.work() as uow:
            assert actions.find_or_create(uow, "email", ADA, PERSON).id == first
            assert actions.find_or_create(uow, "webhook", ADA, PERSON).id != first

    def test_two_at_once_make_one(self, rt):
        gate, made = Barrier(2), []

        def create():
            gate.wait()
            with rt.work() as uow:
                made.append(actions.find_or_create(uow, "email", ADA, PERSON).id)

        threads = [Thread(target=create) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(made) == 2
        assert len(set(made)) == 1
        with rt.read() as session:
            assert session.scalar(select(func.count()).select_from(Address)) == 1
            assert session.scalar(select(func.count()).select_from(Subscriber)) == 1


class TestAsk:
    def asked(self, rt, **was):
        with rt.work() as uow:
            page = a_page(uow)
            address = an_address(uow, a_subscriber(uow))
            if was:
                a_subscription(uow, address, page, **was)
        with rt.work() as uow:
            found = page_by_slug(uow.session, "mail")
            assert found is not None
            again = queries.address_by_key(uow.session, "email", address.key)
            assert again is not None
            return actions.ask(uow, again, Target.of_page(found), Choice(), CLICK)

    def test_makes_a_pending_one(self, rt):
        subscription = self.asked(rt)
        assert subscription.state is Consent.PENDING
        with rt.read() as session:
            (record,) = queries.records(session, subscription.id)
        assert (record.action, record.text, record.ip) == (
            Step.REQUESTED,
            "I want it",
            "192.0.2.1",
        )
        assert len(record.agent) == 300

    def test_what_ended_may_be_asked_for_again(self, rt):
        ended = {"state": Consent.ENDED, "ended_reason": EndReason.LEFT}
        subscription = self.asked(rt, **ended)
        assert subscription.state is Consent.PENDING
        assert subscription.ended_reason is EndReason.LEFT  # until its owner answers
        assert subscription.active_at is None

    @pytest.mark.parametrize(
        ("was", "code"),
        [
            ({"state": Consent.ACTIVE}, "already_active"),
            ({"state": Consent.ENDED, "ended_reason": EndReason.COMPLAINT}, "complaint"),
        ],
    )
    def test_but_not_what_is_active_nor_what_was_complained_about(self, rt, was, code):
        with pytest.raises(Conflict) as refusal:
            self.asked(rt, **was)
        assert refusal.value.code == code


class TestAnswers:
    def test_accept(self, rt, pending, clock):
        with rt.work() as uow:
            actions.accept(uow, pending, CLICK)
        assert (the(rt, pending).state, the(rt, pending).active_at) == (Consent.ACTIVE, clock.now)
        with rt.read() as session:
            assert session.scalars(select(Address)).one().verified_at == clock.now

    def test_refuse(self, rt, pending, clock):
        with rt.work() as uow:
            actions.refuse(uow, pending, CLICK)
        assert the(rt, pending).ended_reason is EndReason.REFUSED

    @pytest.mark.parametrize("act", [actions.accept, actions.refuse])
    def test_neither_after_the_end(self, rt, pending, act):
        with rt.work() as uow:
            actions.leave(uow, pending, CLICK)
        with pytest.raises(Conflict), rt.work() as uow:
            act(uow, pending, CLICK)

    @pytest.mark.parametrize("act", [actions.accept, actions.refuse, actions.leave])
    def test_nothing_for_an_unknown_one(self, rt, act):
        with pytest.raises(NotFound), rt.work() as uow:
            act(uow, 99, CLICK)

    def test_two_opposite_clicks_at_once_leave_one_answer(self, rt, pending):
        gate, codes = Barrier(2), []

        def click(act):
            gate.wait()
            try:
                with rt.work() as uow:
                    act(uow, pending, CLICK)
                    codes.append("done")
            except Conflict as conflict:
                codes.append(conflict.code)

        threads = [Thread(target=click, args=(a,)) for a in (actions.accept, actions.refuse)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(codes) in (["already_active", "done"], ["done", "ended"])
        with rt.read() as session:
            assert len(queries.records(session, pending)) == 1


class TestRestore:
    def test_only_for_an_hour_and_only_this_leaving(self, rt, pending, clock):
        with rt.work() as uow:
            actions.accept(uow, pending, CLICK)
        with rt.work() as uow:
            left_at = actions.leave(uow, pending, CLICK).ended_at
        assert left_at is not None
        with pytest.raises(Conflict), rt.work() as uow:
            actions.restore(uow, pending, left_at - timedelta(seconds=1), CLICK)
        clock.advance(actions.UNDO + timedelta(seconds=1))
        with pytest.raises(Expired), rt.work() as uow:
            actions.restore(uow, pending, left_at, CLICK)
        clock.now = left_at + actions.UNDO
        with rt.work() as uow:
            actions.restore(uow, pending, left_at, CLICK)
        assert the(rt, pending).state is Consent.ACTIVE


class TestRefusals:
    def test_outlive_the_subscription_until_its_owner_says_yes(self, rt, pending):
        ada = hash_of("email", "ada@example.org")
        with rt.work() as uow:
            target = key_of(actions.refuse(uow, pending, CLICK))
        with rt.read() as session:
            assert queries.refusal(session, ada, target) is EndReason.REFUSED
            assert queries.refusal(session, hash_of("email", "eve@example.org"), target) is None
        with rt.work() as uow:
            subscription = queries.subscription(uow.session, pending)
            assert subscription is not None
            subscription.state = Consent.PENDING
            actions.accept(uow, pending, CLICK)
        with rt.read() as session:
            assert queries.refusal(session, ada, target) is None


class TestComplaints:
    def test_end_it_for_good(self, rt, pending):
        with rt.work() as uow:
            actions.accept(uow, pending, CLICK)
        for _ in range(2):
            with rt.work() as uow:
                actions.complain(uow, pending, Evidence(Method.MAIL))
        ended = the(rt, pending)
        assert (ended.state, ended.ended_reason) == (Consent.ENDED, EndReason.COMPLAINT)
        with rt.read() as session:
            steps = [each.action for each in queries.records(session, pending)]
        assert steps == [Step.ACCEPTED, Step.COMPLAINED]
