"""service.rollouts.outlook"""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from channels.base import Traits
from channels.registry import Registry
from service.deliveries.models import Received
from service.events.actions import open_event
from service.lists.models import MailingList
from service.pages import queries as pages
from service.publications.models import Urgency
from service.publications.plans import Plan
from service.publications.terms import Terms
from service.rollouts.outlook import outlook
from service.subscribers.audience import Audience
from service.subscribers.models import (
    Address,
    Categories,
    Consent,
    EndReason,
    Frequency,
    Moment,
    Subscriber,
)
from service.subscribers.queries_preview import Standing, standing_of, standings
from tests.factories import (
    a_component,
    a_list,
    a_page,
    a_section,
    a_subscriber,
    a_subscription,
    an_address,
)
from tests.fakes import MONDAY, Postman
from tests.service.events.wishes import a_maintenance

LATER = MONDAY + timedelta(days=3)


@pytest.fixture
def rt(rt):
    """The same runtime with mail."""
    return replace(rt, channels=Registry({"email": Postman()}, {}, {}))


@pytest.fixture(autouse=True)
def world(rt):
    """Page `mail` and list `travaux`, which nobody follows yet."""
    with rt.work() as uow:
        page = a_page(uow)
        a_component(uow, a_section(uow, page))
        a_list(uow)


def follow(rt, zone, *, page=True, to_list=False, **given):
    with rt.work() as uow:
        address = an_address(uow, a_subscriber(uow, zone), given.pop("value", f"{zone}@x"), **given)
        if page:
            a_subscription(uow, address, pages.page_by_slug(uow.session, "mail"))
        if to_list:
            a_subscription(uow, address, to_list=uow.session.get(MailingList, 1))


def subscribe(rt, value, owner=None, **given):
    """Let somebody ask for page `mail` in their own way."""
    with rt.work() as uow:
        address = an_address(uow, a_subscriber(uow, **(owner or {})), value)
        a_subscription(uow, address, pages.page_by_slug(uow.session, "mail"), **given)


def got(rt, value, place, at):
    """Let somebody have had a message."""
    with rt.work() as uow:
        owner = uow.session.query(Address).filter_by(value=value).one().id
        uow.session.add(Received(address_id=owner, place=place, at=at, rollout_id=1, n=place))


def seen(rt, terms=None, **given):
    with rt.work() as uow:
        wish = a_maintenance(starts_at=LATER, terms=terms or Terms(), **given)
        publication = open_event(uow, rt.settings, wish).publication
    with rt.read() as session:
        return outlook(session, rt.channels, publication, rt.clock())


class TestOutlook:
    def test_people_are_counted_by_target_channel_and_zone(self, rt):
        follow(rt, "Asia/Tokyo", value="a@x")
        follow(rt, "Asia/Tokyo", value="b@x")
        follow(rt, "Europe/Paris", to_list=True)
        follow(rt, "Europe/Paris", channel="webhook", value="https://x")
        found = seen(rt, lists=("travaux",))
        assert (found.size, found.people) == (4, 3)
        assert {each.kind: each.count for each in found.targets} == {"page": 4, "list": 1}
        assert dict(found.channels) == {"email": 3, "webhook": 1}
        assert [(each.zone, each.count) for each in found.zones] == [
            ("Asia/Tokyo", 2),
            ("Europe/Paris", 1),
        ]

    def test_each_zone_begins_at_an_hour_of_its_own(self, rt):
        follow(rt, "America/New_York")
        follow(rt, "Europe/Paris")
        first = {each.zone: each.local for each in seen(rt).zones}
        assert first == {
            "America/New_York": datetime(2026, 11, 23, 9, 0),  # noqa: DTZ001 - a wall clock
            "Europe/Paris": datetime(2026, 11, 23, 10, 0),  # noqa: DTZ001 - now
        }

    def test_who_has_no_hour_left_is_counted(self, rt):
        follow(rt, "America/New_York")
        found = seen(rt, Terms(expires_at=MONDAY + timedelta(hours=2)))
        assert found.never == 1
        assert found.zones[0].local is None

    def test_what_is_critical_waits_for_nobodys_hours(self, rt):
        follow(rt, "America/New_York")
        found = seen(rt, Terms(urgency=Urgency.CRITICAL))
        assert found.zones[0].first == MONDAY

    def test_an_unknown_zone_goes_by_the_plans(self, rt):
        follow(rt, "Mars/Olympus", value="m@x")
        terms = Terms(Plan(fallback_zone="America/New_York"))
        assert seen(rt, terms).zones[0].first == MONDAY + timedelta(hours=5)

    def test_a_small_audience_is_one_stage(self, rt):
        follow(rt, "Europe/Paris")
        assert seen(rt).stages == (1,)

    def test_nobody_is_no_stage(self, rt):
        found = seen(rt)
        assert (found.size, found.stages, found.zones) == (0, (), ())

    def test_many_zones_are_counted_together(self, rt):
        for number in range(10):
            follow(rt, f"Etc/GMT+{number}", value=f"{number}@x")
        found = seen(rt)
        assert (len(found.zones), found.other_zones) == (8, 2)


class TestWhoGetsNothing:
    def test_everybody_known_has_a_reason(self, rt):
        follow(rt, "Europe/Paris", value="in@x")
        follow(rt, "Europe/Paris", value="dead@x", suppressed_reason="bounce")
        subscribe(rt, "away@x", owner={"paused_until": LATER})
        subscribe(rt, "gone@x", owner={"erased_at": MONDAY})
        subscribe(rt, "daily@x", owner={"frequency": Frequency.DAILY})
        subscribe(rt, "picky@x", categories=int(Categories.INCIDENT))
        subscribe(rt, "elsewhere@x", is_everything=False)
        subscribe(rt, "new@x", state=Consent.PENDING)
        subscribe(rt, "no@x", state=Consent.ENDED, ended_reason=EndReason.REFUSED)
        subscribe(rt, "spam@x", state=Consent.ENDED, ended_reason=EndReason.COMPLAINT)
        subscribe(rt, "left@x", state=Consent.ENDED, ended_reason=EndReason.LEFT)
        found = seen(rt)
        assert dict(found.left_out) == dict.fromkeys(
            (
                Standing.ERASED,
                Standing.SUPPRESSED,
                Standing.PAUSED,
                Standing.DIGESTED,
                Standing.CATEGORY,
                Standing.COMPONENTS,
                Standing.UNCONFIRMED,
                Standing.REFUSED,
                Standing.COMPLAINED,
                Standing.LEFT,
            ),
            1,
        )
        assert (found.size, found.written) == (5, 1)
        urgent = seen(rt, Terms(urgency=Urgency.IMPORTANT))
        assert Standing.DIGESTED not in urgent.left_out  # it waits for no digest
        assert (urgent.size, urgent.written) == (5, 2)

    def test_who_has_had_enough_messages_is_told_apart_as_long_as_the_hours_roll(self, rt):
        hooks = Postman(Traits(bulk=False, repeatable=True, batch=1, per_lane=1))
        rt = replace(rt, channels=Registry({"email": Postman(), "webhook": hooks}, {}, {}))
        for who, had in (("a@x", 0), ("b@x", 1), ("c@x", 2)):
            subscribe(rt, who, owner={"cap_most": 2, "cap_hours": 24})
            for place in range(had):
                got(rt, who, place, MONDAY - timedelta(hours=23))
        subscribe(rt, "d@x", owner={"cap_most": 1, "cap_hours": 1})
        got(rt, "d@x", 0, MONDAY - timedelta(hours=2))
        subscribe(rt, "e@x", owner={"timezone": "Asia/Tokyo", "cap_most": 1, "cap_hours": 100})
        got(rt, "e@x", 0, MONDAY - timedelta(hours=99))
        # Whoever runs a program has no cap and no digest for it, whatever they chose for mail.
        follow(rt, "UTC", channel="webhook", value="https://x")
        with rt.work() as uow:
            uow.session.query(Subscriber).filter_by(timezone="UTC").one().frequency = "daily"
        found = seen(rt)
        assert dict(found.left_out) == {Standing.CAPPED: 2}
        assert (found.size, found.written) == (6, 4)
        assert found.skipped == {"Europe/Paris": 1, "Asia/Tokyo": 1}
        tomorrow = Terms(Plan(not_before=MONDAY + timedelta(hours=2)))
        assert dict(seen(rt, tomorrow).left_out) == {}  # they will have rolled by
        assert dict(seen(rt, Terms(urgency=Urgency.IMPORTANT)).left_out) == {}

    def test_each_filter_is_a_reason_of_its_own(self, rt):
        subscribe(rt, "mild@x", minimum_severity=3)
        subscribe(rt, "ends@x", moments=int(Moment.END))
        audience = Audience(pages=(1,), category="incident", severity=1, moment=int(Moment.OPENING))
        with rt.read() as session:
            assert standings(session, audience, MONDAY) == {
                Standing.SEVERITY: 1,
                Standing.MOMENT: 1,
            }

    def test_one_wish_that_is_met_is_enough(self, rt):
        with rt.work() as uow:
            address = an_address(uow, a_subscriber(uow), "two@x")
            page = pages.page_by_slug(uow.session, "mail")
            a_subscription(uow, address, page, categories=int(Categories.INCIDENT))
            a_subscription(uow, address, to_list=uow.session.get(MailingList, 1))
        assert dict(seen(rt, lists=("travaux",)).left_out) == {}
        assert dict(seen(rt).left_out) == {Standing.CATEGORY: 1}

    def test_one_address_stands_as_it_is_counted(self, rt):
        subscribe(rt, "new@x", state=Consent.PENDING)
        audience = Audience(pages=(1,), category="maintenance")
        with rt.read() as session:
            assert standing_of(session, audience, 1, MONDAY) is Standing.UNCONFIRMED
            assert standing_of(session, audience, 2, MONDAY) is None


class TestReadings:
    def test_who_chose_a_language_it_is_not_written_in_reads_another(self, rt):
        subscribe(rt, "fr@x", owner={"locale": "fr"})
        subscribe(rt, "de@x", owner={"locale": "de"})
        found = seen(rt)
        assert {(each.chosen, each.read, each.count) for each in found.readings} == {
            ("fr", "fr", 1),
            ("de", "fr", 1),
        }
