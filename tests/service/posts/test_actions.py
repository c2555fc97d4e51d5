"""service.posts.actions"""

import pytest

from service.errors import Conflict, Invalid, NotFound
from service.posts.actions import replace_message, submit_message, try_message
from service.posts.wishes import PostWish
from service.publications import queries as publications
from service.publications.freezing import thaw
from service.publications.models import PublicationState, Urgency
from service.publications.plans import Alignment, Plan
from service.publications.terms import Terms
from service.subscribers.audience import Audience
from tests.factories import a_list, a_subscriber, a_subscription, an_address, both
from tests.fakes import MONDAY

WISH = PostWish(both("Works"), both("Tonight."))


@pytest.fixture(autouse=True)
def travaux(rt):
    with rt.work() as uow:
        a_list(uow)
        a_list(uow, "informations")


def submitted(rt, wish=WISH, slug="travaux"):
    with rt.work("key:1") as uow:
        return submit_message(uow, rt.settings, slug, wish)


class TestSubmitMessage:
    def test_it_waits_for_a_moderator_whoever_sends_it(self, rt):
        publication = submitted(rt).publication
        assert publication.state is PublicationState.HELD
        assert publication.submitted_by == "key:1"
        assert publication.urgency is Urgency.NORMAL

    def test_it_leaves_in_peoples_hours(self, rt):
        plan = Plan.model_validate(submitted(rt).publication.plan)
        assert plan.alignment is Alignment.COHORT_FIRST
        assert plan.fallback_zone == "Europe/Paris"

    def test_it_speaks_in_the_name_of_the_list(self, rt):
        message = thaw(submitted(rt).publication.content)
        assert (message.type, message.category) == ("message.published", "message")
        assert message.sender.list_id == "travaux.notify.example.org"
        assert message.source == both("Travaux")

    def test_it_is_for_the_members_of_that_list(self, rt):
        audience = Audience.from_json(submitted(rt).publication.audience)
        assert (len(audience.lists), audience.pages) == (1, ())

    def test_a_list_without_members_is_flagged(self, rt):
        proposal = submitted(rt).proposal
        assert proposal.reach == 0
        assert "empty" in {fault.code for fault in proposal.warnings}

    def test_members_are_counted(self, rt):
        with rt.work() as uow:
            address = an_address(uow, a_subscriber(uow))
            a_subscription(uow, address, to_list=a_list(uow, "third"))
        proposal = submitted(rt, slug="third").proposal
        assert (proposal.reach, proposal.warnings) == (1, ())

    def test_a_language_that_is_missing_is_flagged(self, rt):
        warnings = submitted(rt, PostWish({"en": "Works"}, {"en": "Tonight."})).proposal.warnings
        assert ("/body/fr", "missing_language") in {(w.pointer, w.code) for w in warnings}

    def test_two_messages_have_nothing_to_do_with_each_other(self, rt):
        one, two = submitted(rt).publication, submitted(rt).publication
        assert one.subject != two.subject

    def test_there_is_no_such_list(self, rt):
        with pytest.raises(NotFound):
            submitted(rt, slug="nothing")

    def test_a_body_without_a_title(self, rt):
        with pytest.raises(Invalid) as refusal:
            submitted(rt, PostWish({"fr": "Travaux"}, both("Tonight.")))
        assert refusal.value.faults[0].pointer == "/title/en"

    def test_an_expiry_in_the_past(self, rt):
        with pytest.raises(Invalid) as refusal:
            submitted(rt, PostWish(both("a"), both("b"), Terms(expires_at=MONDAY)))
        assert refusal.value.faults[0].pointer == "/expires_at"


class TestTryMessage:
    def test_nothing_is_stored(self, rt):
        with rt.read() as session:
            try_message(session, rt.settings, rt.clock(), "travaux", WISH)
            assert publications.held(session) == []


class TestReplaceMessage:
    def replaced(self, rt, public_id, slug="travaux", **given):
        with rt.work("key:1") as uow:
            return replace_message(uow, rt.settings, slug, public_id, WISH, **given)

    def test_it_is_a_new_revision_of_the_same_message(self, rt):
        old = submitted(rt).publication
        new = self.replaced(rt, old.public_id, seen=old.hash).publication
        assert (new.revision, new.sequence, new.subject) == (2, 2, old.subject)
        with rt.read() as session:
            stored = publications.by_public_id(session, old.public_id)
            assert stored
            assert stored.state is PublicationState.REPLACED

    def test_what_changed_meanwhile_is_not_overwritten(self, rt):
        old = submitted(rt).publication
        with pytest.raises(Conflict):
            self.replaced(rt, old.public_id, seen="other")

    def test_it_stays_on_its_list(self, rt):
        old = submitted(rt).publication
        with pytest.raises(NotFound):
            self.replaced(rt, old.public_id, slug="informations")

    def test_there_is_no_such_message(self, rt):
        with pytest.raises(NotFound):
            self.replaced(rt, "nothing")
