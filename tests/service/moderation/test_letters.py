"""service.moderation.preview"""

from dataclasses import replace
from datetime import timedelta

import pytest

from channels.base import Text
from channels.registry import Registry
from service.events.actions import open_event
from service.moderation.preview import letter
from service.publications.freezing import thaw
from tests.factories import a_component, a_page, a_section
from tests.fakes import MONDAY
from tests.service.events.wishes import a_maintenance

LATER = MONDAY + timedelta(days=3)


@pytest.fixture(autouse=True)
def world(rt):
    with rt.work() as uow:
        a_component(uow, a_section(uow, a_page(uow)))


class TestLetter:
    def test_it_is_the_very_mail(self, rt):
        with rt.work() as uow:
            publication = open_event(uow, rt.settings, a_maintenance(starts_at=LATER)).publication
        mail = letter(rt.channels, thaw(publication.content), "fr", "Europe/Paris")
        assert "New disks" in mail.subject
        assert "We are looking into it." in mail.text
        assert "<h1>" in mail.html or "<h1 " in mail.html
        assert mail.size > 1000

    def test_what_is_still_being_written_has_no_id_and_is_the_same_mail(self, rt):
        with rt.work() as uow:
            publication = open_event(uow, rt.settings, a_maintenance(starts_at=LATER)).publication
        message = thaw(publication.content)
        known, unknown = (
            letter(rt.channels, each, "fr", "Europe/Paris")
            for each in (message, replace(message, id=""))
        )
        assert (unknown.text, unknown.html) == (known.text, known.html)

    def test_it_is_plain_where_there_is_no_mail(self, rt):
        with rt.work() as uow:
            publication = open_event(uow, rt.settings, a_maintenance(starts_at=LATER)).publication
        message = thaw(publication.content)
        mail = letter(Registry({}, {}, {}), message, "fr", "Europe/Paris")
        assert (Text(mail.subject, mail.text), mail.html) == (message.text("fr"), "")
