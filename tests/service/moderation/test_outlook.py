"""service.moderation.outlook"""

from datetime import datetime, timedelta

import pytest

from channels.base import Text
from channels.registry import Registry
from service.events.actions import open_event
from service.lists.models import MailingList
from service.moderation.outlook import outlook
from service.moderation.preview import letter
from service.pages import queries as pages
from service.publications.freezing import thaw
from service.publications.models import Urgency
from service.publications.plans import Plan
from service.publications.terms import Terms
from tests.factories import (
    a_component,
    a_list,
    a_page,
    a_section,
    a_subscriber,
    a_subscription,
    an_address,
)
from tests.fakes import MONDAY
from tests.service.events.wishes import a_maintenance

LATER = MONDAY + timedelta(days=3)


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


class TestLetter:
    def test_it_is_the_very_mail(self, rt):
        with rt.work() as uow:
            publication = open_event(uow, rt.settings, a_maintenance(starts_at=LATER)).publication
        mail = letter(rt.channels, thaw(publication.content), "fr", "Europe/Paris")
        assert "New disks" in mail.subject
        assert "We are looking into it." in mail.text
        assert "<h1>" in mail.html or "<h1 " in mail.html
        assert mail.size > 1000

    def test_it_is_plain_where_there_is_no_mail(self, rt):
        with rt.work() as uow:
            publication = open_event(uow, rt.settings, a_maintenance(starts_at=LATER)).publication
        message = thaw(publication.content)
        mail = letter(Registry({}, {}, {}), message, "fr", "Europe/Paris")
        assert (Text(mail.subject, mail.text), mail.html) == (message.text("fr"), "")
