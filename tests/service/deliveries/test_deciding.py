"""May we write to this person now."""

from datetime import UTC, datetime, time, timedelta

import pytest

from channels.base import Message
from service.deliveries.brief import Brief, sending_rule
from service.deliveries.deciding import Later, Leave, decide
from service.deliveries.manners import manners
from service.deliveries.models import Skip
from service.deliveries.queries.people import Permit, Person
from service.publications.models import Publication, Purpose, Urgency
from service.publications.plans import Plan
from service.subscribers.models import Frequency
from tests.fakes import MONDAY

ADA = Person(
    n=1,
    matched=1,
    rank=5,
    address_id=1,
    key="ada@example.org",
    value="ada@example.org",
    shown="a…@example.org",
    lane="example.org",
    secrets="",
    options=None,
    suppressed_reason="",
    locale="en",
    timezone="Europe/Paris",
    quiet_from=None,
    quiet_to=None,
    paused_until=None,
    frequency=Frequency.IMMEDIATE,
    cap_most=None,
    cap_hours=None,
    erased_at=None,
    consent_id=7,
)
NIGHT = datetime(2026, 11, 23, 23, 0, tzinfo=UTC)
MORNING = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)  # 09:00 in Paris
PLAN = Plan(fallback_zone="America/New_York", spread=0)


def a_brief(purpose=Purpose.BULK, urgency=Urgency.NORMAL, expires_at=MONDAY + timedelta(days=7)):
    publication = Publication(purpose=purpose, urgency=urgency, expires_at=expires_at)
    return Brief(
        publication=publication,
        purpose=purpose,
        expires_at=expires_at,
        manners=manners(publication),
        message=Message.__new__(Message),  # nothing here reads it
        targets=(("page", 1),),
        permit=Permit(pages=(1,)),
        plan=PLAN,
        rule=sending_rule(publication, PLAN),
        names={},
    )


def say(person=ADA, brief=None, now=MONDAY, *, superseded=False, any_hour=False):
    return decide(person, brief or a_brief(), now, is_superseded=superseded, any_hour=any_hour)


class TestWho:
    def test_a_follower_inside_a_window_is_written_to(self):
        assert say() == Leave(7)

    @pytest.mark.parametrize(
        ("change", "reason"),
        [
            ({"erased_at": MONDAY}, Skip.ERASED),
            ({"suppressed_reason": "bounced"}, Skip.SUPPRESSED),
            ({"paused_until": MONDAY + timedelta(hours=1)}, Skip.PAUSED),
        ],
    )
    def test_somebody_who_cannot_be_or_does_not_want_to_is_skipped(self, change, reason):
        assert say(ADA._replace(**change)) is reason

    def test_a_pause_that_is_over_counts_for_nothing(self):
        assert say(ADA._replace(paused_until=MONDAY)) == Leave(7)

    @pytest.mark.parametrize("urgency", Urgency)
    def test_nobody_is_written_to_without_consent_however_urgent_it_is(self, urgency):
        nobody = ADA._replace(consent_id=None)
        assert say(nobody, a_brief(urgency=urgency)) is Skip.UNSUBSCRIBED
        assert say(nobody, a_brief(Purpose.CONFIRMATION, urgency)) is Skip.UNSUBSCRIBED

    def test_who_is_told_something_newer_is_skipped(self):
        assert say(superseded=True) is Skip.SUPERSEDED

    @pytest.mark.parametrize("purpose", Purpose)
    def test_nothing_is_written_once_it_has_expired(self, purpose):
        late = MONDAY + timedelta(days=7)
        assert say(brief=a_brief(purpose), now=late, any_hour=True) is Skip.EXPIRED

    def test_mail_to_staff_needs_no_consent_and_no_hour(self):
        staff = ADA._replace(consent_id=None)
        assert say(staff, a_brief(Purpose.STAFF), NIGHT) == Leave(None)


class TestWhen:
    def test_at_night_one_waits_for_the_morning_of_ones_own_clock(self):
        assert say(now=NIGHT) == Later(MORNING)

    def test_whoever_moved_waits_for_their_new_morning(self):
        now = MONDAY + timedelta(hours=5)  # 15:00 in Paris, 23:00 in Tokyo
        assert say(ADA._replace(timezone="Asia/Tokyo"), now=now) == Later(
            datetime(2026, 11, 24, 0, 0, tzinfo=UTC)
        )

    def test_an_unknown_zone_goes_by_the_plans(self):
        # 04:00 in New York
        assert say(ADA._replace(timezone="Mars/Base")) == Later(
            datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
        )

    def test_quiet_hours_are_ones_own(self):
        quiet = ADA._replace(quiet_from=time(9), quiet_to=time(11, 30))
        assert say(quiet) == Later(datetime(2026, 11, 23, 10, 30, tzinfo=UTC))

    def test_what_is_told_at_any_hour_still_respects_quiet_hours(self):
        quiet = ADA._replace(quiet_from=time(22), quiet_to=time(1))
        assert say(now=NIGHT, any_hour=True) == Leave(7)
        assert say(quiet, now=NIGHT, any_hour=True) == Later(NIGHT + timedelta(hours=1))

    def test_the_critical_respects_neither(self):
        quiet = ADA._replace(quiet_from=time(22), quiet_to=time(1))
        assert say(quiet, brief=a_brief(urgency=Urgency.CRITICAL), now=NIGHT) == Leave(7)

    def test_systems_are_told_at_any_hour(self):
        assert say(ADA._replace(rank=-1), now=NIGHT) == Leave(7)

    def test_who_is_not_reachable_before_it_expires_is_skipped(self):
        assert say(brief=a_brief(expires_at=MORNING), now=NIGHT) is Skip.EXPIRED
