"""service.events.actions"""

from dataclasses import replace
from datetime import timedelta

import pytest

from service.errors import Invalid, NotFound
from service.events import queries
from service.events.actions import (
    try_event,
    update_event,
)
from service.events.models import Category, EventStage
from service.events.wishes import Affected
from service.pages import queries as pages
from service.pages.models import State
from service.publications import queries as publications
from service.publications.actions import decide
from service.publications.freezing import thaw
from service.publications.models import PublicationState, Urgency
from service.publications.plans import Alignment, Plan
from service.publications.terms import Terms
from service.subscribers.audience import Audience
from service.subscribers.models import Moment
from tests.factories import (
    a_subscriber,
    a_subscription,
    an_address,
    both,
)
from tests.fakes import MONDAY
from tests.service.events.acts import faults_of, opened, updated
from tests.service.events.wishes import a_maintenance, a_word, an_incident

pytestmark = pytest.mark.usefixtures("page")

HOUR = timedelta(hours=1)


class TestOpenEvent:
    def test_its_first_word_waits_for_a_moderator(self, rt):
        held = opened(rt, an_incident())
        assert held.publication.state is PublicationState.HELD
        assert (held.update.no, held.update.stage) == (1, EventStage.INVESTIGATING)
        assert held.update.starts_at == MONDAY
        assert held.publication.submitted_by == "key:1"

    def test_the_message_says_what_users_can_no_longer_do(self, rt):
        message = thaw(opened(rt, an_incident()).publication.content)
        (touched,) = message.touched
        assert (message.type, message.severity) == ("incident.created", "major")
        assert (touched.state, touched.impact) == ("major_disruption", both("No webmail."))
        assert message.text("fr").title == "Slow mail"

    def test_it_has_a_permanent_address_and_a_thread(self, rt):
        held = opened(rt, an_incident())
        message = thaw(held.publication.content)
        assert message.subject == f"event:{held.event.public_id}"
        assert message.url.endswith(f"/mail/events/{held.event.public_id}")

    def test_its_mail_says_where_to_get_help_and_what_was_said_before(self, rt):
        sender = thaw(opened(rt, an_incident()).publication.content).sender
        assert sender.list_id == "mail.notify.example.org"
        assert sender.help_url == "https://notify.example.org/mail/channels/"
        assert sender.archive_url == "https://notify.example.org/mail/history/"

    def test_an_incident_leaves_at_once_and_on_everyones_clock(self, rt):
        publication = opened(rt, an_incident()).publication
        plan = Plan.model_validate(publication.plan)
        assert plan.alignment is Alignment.INSTANT
        assert plan.fallback_zone == "Europe/Paris"
        assert publication.urgency is Urgency.IMPORTANT
        assert publication.expires_at == MONDAY + timedelta(hours=48)

    def test_a_component_that_is_down_makes_it_critical(self, rt):
        wish = an_incident(components=(Affected("webmail", State.DOWN),))
        assert opened(rt, wish).publication.urgency is Urgency.CRITICAL

    def test_a_maintenance_waits_for_peoples_hours(self, rt):
        publication = opened(rt, a_maintenance(starts_at=MONDAY + HOUR)).publication
        assert Plan.model_validate(publication.plan).alignment is Alignment.COHORT_FIRST
        assert publication.urgency is Urgency.NORMAL
        assert publication.expires_at == MONDAY + timedelta(days=7)

    def test_it_reaches_the_page_and_the_lists_it_names(self, rt):
        held = opened(rt, an_incident(lists=("travaux",)))
        audience = Audience.from_json(held.publication.audience)
        assert [kind for kind, _ in audience.targets] == ["page", "list"]
        assert (audience.category, audience.severity) == ("incident", 2)
        assert len(audience.components) == 1

    def test_its_own_terms_win_and_the_rest_stays(self, rt):
        terms = Terms(Plan(fallback_zone="Asia/Tokyo"), Urgency.NORMAL, MONDAY + HOUR)
        publication = opened(rt, an_incident(terms=terms)).publication
        plan = Plan.model_validate(publication.plan)
        assert (plan.fallback_zone, plan.alignment) == ("Asia/Tokyo", Alignment.INSTANT)
        assert publication.urgency is Urgency.NORMAL
        assert publication.expires_at == MONDAY + HOUR

    def test_a_lone_detail_of_the_gate_keeps_the_rest_of_it(self, rt):
        terms = Terms(Plan.model_validate({"gate": {"min_bake": 5}}))
        gate = Plan.model_validate(opened(rt, an_incident(terms=terms)).publication.plan).gate
        assert (gate.min_bake, gate.max_bake) == (5, 30)

    def test_components_may_be_named_by_public_id(self, rt):
        with rt.read() as session:
            mail = pages.page_by_slug(session, "mail")
            assert mail
            public_id = pages.components(session, mail.id)[0].public_id
        wish = an_incident(components=(Affected(public_id, State.MINOR),))
        assert thaw(opened(rt, wish).publication.content).touched[0].id == public_id


class TestWarnings:
    def codes(self, held):
        return {(fault.pointer, fault.code) for fault in held.proposal.warnings}

    def test_a_language_the_page_promises_is_missed(self, rt):
        held = opened(rt, an_incident(title={"en": "Slow"}, body={"en": "Slow."}))
        assert ("/body/fr", "missing_language") in self.codes(held)

    def test_a_page_that_nobody_follows_still_gets_its_incident(self, rt):
        held = opened(rt, an_incident())
        assert held.proposal.reach == 0
        assert ("/page", "empty") in self.codes(held)

    def test_nothing_is_said_where_nothing_is_missing(self, rt):
        with rt.work() as uow:
            address = an_address(uow, a_subscriber(uow))
            a_subscription(uow, address, pages.page_by_slug(uow.session, "mail"))
        held = opened(rt, an_incident())
        assert held.proposal.reach == 1
        assert held.proposal.warnings == ()


class TestRefusals:
    def test_a_misspelt_page_brings_near_names(self, rt):
        assert "did you mean mail?" in faults_of(rt, an_incident(page="mial"))["/page"].detail

    def test_a_misspelt_component_brings_near_names(self, rt):
        wish = an_incident(components=(Affected("imap"), Affected("webmial")))
        fault = faults_of(rt, wish)["/components/1/component"]
        assert fault.code == "unknown"
        assert "did you mean webmail?" in fault.detail

    def test_a_component_of_another_page_is_named_as_such(self, rt):
        fault = faults_of(rt, an_incident(components=(Affected("till"),)))
        assert fault["/components/0/component"].code == "page"
        assert "on page shop" in fault["/components/0/component"].detail

    def test_a_component_is_named_once(self, rt):
        wish = an_incident(components=(Affected("imap"), Affected("imap")))
        assert faults_of(rt, wish)["/components/1/component"].code == "duplicate"

    def test_an_unknown_list(self, rt):
        assert "travaux" in faults_of(rt, an_incident(lists=("travau",)))["/lists/0"].detail

    def test_an_incident_puts_nothing_into_maintenance(self, rt):
        wish = an_incident(components=(Affected("imap", State.MAINTENANCE),))
        assert faults_of(rt, wish)["/components/0/state"].code == "state"

    def test_an_announcement_breaks_nothing(self, rt):
        wish = an_incident(category=Category.ANNOUNCEMENT)
        assert faults_of(rt, wish)["/components/0/state"].code == "state"

    def test_an_end_before_the_start(self, rt):
        wish = a_maintenance(starts_at=MONDAY + 2 * HOUR, ends_at=MONDAY + HOUR)
        assert faults_of(rt, wish)["/ends_at"].code == "order"

    def test_a_maintenance_entirely_in_the_past(self, rt):
        wish = a_maintenance(starts_at=MONDAY - 2 * HOUR, ends_at=MONDAY - HOUR)
        assert faults_of(rt, wish)["/ends_at"].code == "past"

    def test_a_maintenance_that_began_without_an_end(self, rt):
        assert faults_of(rt, a_maintenance(starts_at=MONDAY - HOUR))["/starts_at"].code == "past"

    def test_a_maintenance_without_a_time(self, rt):
        assert faults_of(rt, a_maintenance())["/starts_at"].code == "missing"

    def test_an_incident_that_is_yet_to_come(self, rt):
        assert faults_of(rt, an_incident(starts_at=MONDAY + HOUR))["/starts_at"].code == "future"

    def test_a_promise_for_the_past(self, rt):
        wish = an_incident(next_update_at=MONDAY - HOUR)
        assert faults_of(rt, wish)["/next_update_at"].code == "past"

    def test_an_expiry_in_the_past(self, rt):
        wish = an_incident(terms=Terms(expires_at=MONDAY))
        assert faults_of(rt, wish)["/expires_at"].code == "past"

    def test_an_expiry_beyond_reason(self, rt):
        wish = an_incident(terms=Terms(expires_at=MONDAY + timedelta(days=400)))
        assert faults_of(rt, wish)["/expires_at"].code == "too_far"

    def test_a_plan_that_begins_after_its_end(self, rt):
        plan = Plan(not_before=MONDAY + timedelta(days=9))
        wish = a_maintenance(starts_at=MONDAY + HOUR, terms=Terms(plan))
        assert faults_of(rt, wish)["/plan/not_before"].code == "order"

    def test_a_gate_that_contradicts_the_default(self, rt):
        plan = Plan.model_validate({"gate": {"min_bake": 60}})
        assert "/plan/gate" in faults_of(rt, an_incident(terms=Terms(plan)))

    def test_a_stage_of_another_category(self, rt):
        fault = faults_of(rt, an_incident(stage=EventStage.SCHEDULED))["/stage"]
        assert "investigating" in fault.detail

    def test_a_title_without_its_body(self, rt):
        assert "/body/fr" in faults_of(rt, an_incident(body={"en": "Slow."}))

    def test_all_faults_come_at_once(self, rt):
        wish = an_incident(components=(Affected("x"),), lists=("y",), stage=EventStage.CLOSED)
        assert set(faults_of(rt, wish)) == {"/components/0/component", "/lists/0", "/stage"}

    def test_nothing_is_stored(self, rt):
        faults_of(rt, an_incident(lists=("y",)))
        with rt.read() as session:
            assert queries.newest(session, None, 10) == []
            assert publications.held(session) == []


class TestTryEvent:
    def test_it_shows_all_and_stores_nothing(self, rt):
        with rt.read() as session:
            proposal = try_event(session, rt.settings, rt.clock(), an_incident())
            assert proposal.draft.urgency is Urgency.IMPORTANT
            assert queries.newest(session, None, 10) == []


class TestUpdateEvent:
    def test_components_stay_concerned_until_the_end(self, rt):
        first = opened(rt, an_incident())
        held = updated(rt, first, a_word(stage=EventStage.RESOLVED))
        message = thaw(held.publication.content)
        assert [each.state for each in message.touched] == ["operational"]
        assert message.touched[0].impact == {}
        assert message.type == "incident.resolved"
        assert message.sequence == 2

    def test_whoever_was_told_of_the_worst_is_told_of_the_end(self, rt):
        first = opened(rt, an_incident())
        held = updated(rt, first, a_word(stage=EventStage.RESOLVED))
        before = Audience.from_json(first.publication.audience)
        now = Audience.from_json(held.publication.audience)
        assert now == replace(before, moment=Moment.END)

    def test_the_lists_stay(self, rt):
        first = opened(rt, an_incident(lists=("travaux",)))
        held = updated(rt, first, a_word())
        assert len(Audience.from_json(held.publication.audience).lists) == 1

    def test_its_real_end_is_when_it_was_resolved(self, rt, clock):
        first = opened(rt, an_incident(ends_at=MONDAY + 5 * HOUR))
        clock.advance(HOUR)
        held = updated(rt, first, a_word(stage=EventStage.RESOLVED))
        assert (held.update.starts_at, held.update.ends_at) == (MONDAY, MONDAY + HOUR)

    def test_it_does_not_go_back(self, rt):
        first = opened(rt, an_incident(stage=EventStage.MONITORING))
        with pytest.raises(Invalid) as refusal:
            updated(rt, first, a_word(stage=EventStage.IDENTIFIED))
        assert refusal.value.faults[0].code == "back"

    def test_what_is_over_breaks_nothing(self, rt):
        first = opened(rt, an_incident())
        wish = a_word(stage=EventStage.RESOLVED, components=(Affected("imap", State.DOWN),))
        with pytest.raises(Invalid, match="operational"):
            updated(rt, first, wish)

    def test_an_end_that_was_not_kept_is_flagged(self, rt, clock):
        first = opened(rt, an_incident(ends_at=MONDAY + HOUR))
        clock.advance(2 * HOUR)
        warnings = updated(rt, first, a_word()).proposal.warnings
        assert ("/ends_at", "overdue") in {(fault.pointer, fault.code) for fault in warnings}

    def test_a_look_back_may_follow_the_end(self, rt):
        first = opened(rt, an_incident(stage=EventStage.RESOLVED))
        assert updated(rt, first, a_word()).update.stage is EventStage.RESOLVED

    def test_a_refused_word_does_not_count(self, rt):
        first = opened(rt, an_incident())
        second = updated(rt, first, a_word(stage=EventStage.RESOLVED))
        with rt.work("staff:1") as uow:
            publication = second.publication
            rejected = PublicationState.REJECTED
            decide(uow, publication.public_id, rejected, publication.hash, "not yet")
        held = updated(rt, first, a_word(stage=EventStage.MONITORING))
        assert held.update.no == 3
        assert thaw(held.publication.content).touched[0].state == "major_disruption"

    def test_there_is_no_such_event(self, rt):
        with pytest.raises(NotFound), rt.work() as uow:
            update_event(uow, rt.settings, "nothing", a_word())
