"""service.moderation.ruling, senders and submitting"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.access.actions import create_key
from service.access.keys import digest
from service.errors import Conflict, Forbidden, Invalid, NotFound
from service.events.actions import open_event
from service.moderation import queries_senders as queries
from service.moderation import senders
from service.moderation.models import Stance
from service.moderation.ruling import Rule, rule
from service.moderation.senders import RuleWish, SenderWish
from service.posts.actions import submit_message
from service.posts.wishes import PostWish
from service.publications.models import PublicationState
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

REFUSED, MODERATED, TRUSTED = Stance.REFUSED, Stance.MODERATED, Stance.TRUSTED
stances = st.sampled_from(list(Stance))
rules = st.builds(
    Rule,
    stances,
    st.sampled_from(["", "incident", "message"]),
    st.sampled_from(["", "page:1", "list:1"]),
)


class TestRule:
    def test_without_rules_the_stance_holds(self):
        assert rule(MODERATED, [], "incident", ["page:1"]).stance is MODERATED

    def test_a_target_counts_more_than_a_category(self):
        given_rules = [Rule(TRUSTED, "incident"), Rule(REFUSED, "", "page:1")]
        assert rule(MODERATED, given_rules, "incident", ["page:1"]).stance is REFUSED
        assert rule(MODERATED, given_rules, "incident", ["page:2"]).stance is TRUSTED

    def test_both_count_more_than_a_target(self):
        given_rules = [Rule(REFUSED, "", "page:1"), Rule(TRUSTED, "incident", "page:1")]
        ruling = rule(MODERATED, given_rules, "incident", ["page:1"])
        assert (ruling.stance, ruling.rule) == (TRUSTED, given_rules[1])

    def test_of_several_targets_the_strictest_wins(self):
        given_rules = [Rule(TRUSTED, "", "page:1"), Rule(REFUSED, "", "list:1")]
        assert rule(MODERATED, given_rules, "incident", ["page:1", "list:1"]).stance is REFUSED
        assert rule(MODERATED, given_rules, "incident", ["page:1", "list:2"]).stance is MODERATED

    @given(stances, st.lists(rules), st.lists(st.sampled_from(["page:1", "list:1", "list:2"])))
    def test_more_targets_are_never_more_lenient(self, default, given_rules, targets):
        order = [REFUSED, MODERATED, TRUSTED]
        alone = rule(default, given_rules, "incident", targets[:1])
        together = rule(default, given_rules, "incident", targets)
        assert targets == [] or order.index(together.stance) <= order.index(alone.stance)


class TestSenders:
    def test_a_key_becomes_a_sender_once(self, rt):
        with rt.work() as uow:
            create_key(uow, "monitoring", ["submit"])
            sender = senders.add_sender(uow, SenderWish("Monitoring", key="monitoring"))
            assert sender.stance is MODERATED
        with pytest.raises(Conflict), rt.work() as uow:
            senders.add_sender(uow, SenderWish("Again", key="monitoring"))

    @pytest.mark.parametrize(
        "wish",
        [
            SenderWish("Nobody"),
            SenderWish("Two", key="a", address="a@example.org"),
            SenderWish("Unknown", key="none"),
            SenderWish("Broken", address="no address"),
            SenderWish("Odd", address="a@example.org", stance="loved"),
            SenderWish("", address="a@example.org"),
            SenderWish("Trusting", address="a@example.org", stance="trusted"),
        ],
    )
    def test_what_cannot_be_one_is_refused(self, rt, wish):
        with pytest.raises(Invalid), rt.work() as uow:
            senders.add_sender(uow, wish)

    def test_a_mail_address_is_trusted_for_one_list_only(self, rt):
        with rt.work() as uow:
            a_list(uow, "travaux")
            senders.add_sender(uow, SenderWish("Ops", address="Ops@Example.org"))
        with pytest.raises(Invalid), rt.work() as uow:
            senders.set_rule(uow, "Ops", RuleWish("trusted", category="message"))
        with rt.work() as uow:
            senders.set_rule(uow, "Ops", RuleWish("trusted", list_slug="travaux"))
        with rt.read() as session:
            sender = queries.sender_of_address(session, "OPS@example.org")
            assert sender
            assert [each.stance for each in queries.rules_of(session, [sender.id])] == [TRUSTED]

    def test_a_rule_is_changed_and_dropped(self, rt):
        with rt.work() as uow:
            senders.add_sender(uow, SenderWish("Ops", address="ops@example.org"))
            senders.set_rule(uow, "Ops", RuleWish("refused", category="incident"))
            senders.set_rule(uow, "Ops", RuleWish("moderated", category="incident"))
            sender = senders.found(uow, "Ops")
            assert [each.stance for each in queries.rules_of(uow.session, [sender.id])] == [
                MODERATED
            ]
            senders.drop_rule(uow, "Ops", RuleWish("", category="incident"))
            assert not queries.rules_of(uow.session, [sender.id])
        with pytest.raises(NotFound), rt.work() as uow:
            senders.drop_rule(uow, "Ops", RuleWish("", category="incident"))

    def test_its_secret_is_kept_as_a_digest_and_replaced(self, rt):
        with rt.work() as uow:
            senders.add_sender(uow, SenderWish("Ops", address="ops@example.org"))
            old = senders.new_secret(uow, "Ops")
            new = senders.new_secret(uow, "Ops")
        with rt.read() as session:
            assert queries.sender_with_secret(session, digest(old)) is None
            known = queries.sender_with_secret(session, digest(new))
            assert known
            assert known.name == "Ops"
        assert new.isalnum()
        assert new == new.lower()


class TestSubmitting:
    @pytest.fixture
    def by(self, rt):
        """A key that is a sender; with a page that has a component, and a list with one member."""
        with rt.work() as uow:
            page = a_page(uow)
            a_component(uow, a_section(uow, page))
            member = an_address(uow, a_subscriber(uow))
            a_subscription(uow, member, to_list=a_list(uow))
            a_list(uow, "empty")
            key, _ = create_key(uow, "monitoring", ["submit"])
            senders.add_sender(uow, SenderWish("Monitoring", key="monitoring"))
            return f"key:{key.id}"

    def incident(self, rt, by):
        with rt.work(by) as uow:
            return open_event(uow, rt.settings, an_incident()).publication

    def message(self, rt, by, slug="travaux"):
        with rt.work(by) as uow:
            wish = PostWish(both("Works"), both("Tonight."))
            return submit_message(uow, rt.settings, slug, wish).publication

    def test_moderated_is_held(self, rt, by):
        assert self.incident(rt, by).state is PublicationState.HELD

    def test_trusted_leaves_at_once(self, rt, by):
        with rt.work() as uow:
            senders.set_rule(uow, "Monitoring", RuleWish("trusted", "incident", page="mail"))
        publication = self.incident(rt, by)
        assert (publication.state, publication.decided_by) == (PublicationState.APPROVED, by)
        with rt.read() as session:
            assert states.of_publication(session, publication.id)
        assert self.message(rt, by).state is PublicationState.HELD

    def test_refused_leaves_no_trace(self, rt, by):
        with rt.work() as uow:
            senders.set_rule(uow, "Monitoring", RuleWish("refused", list_slug="travaux"))
        with pytest.raises(Forbidden) as refusal:
            self.message(rt, by)
        assert refusal.value.code == "sender_refused"
        assert self.incident(rt, by).state is PublicationState.HELD

    def test_what_is_for_nobody_is_held_all_the_same(self, rt, by):
        with rt.work() as uow:
            senders.set_stance(uow, "Monitoring", "trusted")
        assert self.message(rt, by, "empty").state is PublicationState.HELD
        assert self.message(rt, by).state is PublicationState.APPROVED

    def test_nothing_is_taken_from_a_retired_one(self, rt, by):
        with rt.work() as uow:
            senders.retire(uow, "Monitoring")
        with pytest.raises(Forbidden):
            self.incident(rt, by)
        with rt.work() as uow:
            senders.restore(uow, "Monitoring")
        assert self.incident(rt, by).state is PublicationState.HELD

    def test_a_mail_address_that_is_no_sender_is_refused(self, rt, by):
        with pytest.raises(Forbidden):
            self.message(rt, "sender:999")
