"""What was approved is what is sent: the hash binds content, audience and plan."""

from dataclasses import replace

import pytest

from channels import registry
from service.errors import Conflict
from service.events.actions import open_event
from service.moderation.actions import approve
from service.publications.freezing import digest, freeze, thaw
from service.publications.models import Publication
from service.publications.plans import URGENT
from tests.channels.email.peer import Peer
from tests.factories import a_component, a_page, a_section
from tests.service.events.wishes import an_incident

PERSONAL = 2500  # bytes of a mail that are its recipient's: addresses, links, why they get it


@pytest.fixture
def incident(rt):
    with rt.work() as uow:
        a_component(uow, a_section(uow, a_page(uow)))
    with rt.work("key:1") as uow:
        return open_event(uow, rt.settings, an_incident()).publication


class TestBinding:
    def test_the_approved_hash_is_that_of_what_leaves(self, rt, incident):
        with rt.work("staff:1") as uow:
            approve(uow, incident.public_id, incident.hash)
        with rt.read() as session:
            sent = session.get_one(Publication, incident.id)
            assert digest(sent.content, sent.audience, sent.plan) == incident.hash == sent.hash

    def test_the_hash_of_what_was_sent_to_each_is_the_approved_one(self, engine):
        """I16."""
        engine.postman.render = lambda message, locale, zone: (freeze(message), locale)
        rollout = engine.approve(engine.audience("Europe/Paris", "Asia/Tokyo"), URGENT)
        engine.play(hours=1, step_minutes=10)
        with engine.rt.read() as session:
            approved = session.get_one(Publication, engine.rollout(rollout).publication_id)
        assert len(engine.postman.delivered) == 2
        for parcel in engine.postman.delivered:
            content, _ = parcel.rendition
            assert digest(content, approved.audience, approved.plan) == approved.hash

    def test_every_byte_that_reaches_a_server_is_of_what_was_approved_or_of_the_recipient(
        self, engine, host
    ):
        """I16."""
        with Peer() as world:
            options = {"smtp_url": f"smtp://127.0.0.1:{world.port}", "mail_host": "n.example.org"}
            channels = registry.load(("email",), {"email": options}, host)
            engine.rt = replace(engine.rt, channels=channels)
            engine.restart()
            rollout = engine.approve(engine.audience("Europe/Paris", "Asia/Tokyo"), URGENT)
            engine.play(hours=1, step_minutes=10)
            with engine.rt.read() as session:
                approved = session.get_one(Publication, engine.rollout(rollout).publication_id)
            content = approved.content
            assert digest(content, approved.audience, approved.plan) == approved.hash
            channel = engine.rt.channels.push("email")
            for zone in ("Europe/Paris", "Asia/Tokyo"):
                made = channel.render(thaw(content), "en", zone)
                (mail,) = (each.data for each in world.taken if made.head in each.data)
                for part in (made.head, made.text, made.html, made.tail):
                    before, _, after = mail.partition(part)
                    assert mail == before + part + after
                    mail = before + after
                assert b"A word" not in mail
                assert len(mail) < PERSONAL
            channels.close()

    @pytest.mark.parametrize("part", ["content", "audience", "plan"])
    def test_what_was_changed_behind_our_back_does_not_leave(self, rt, incident, part):
        """I16."""
        with rt.work() as uow:
            row = uow.session.get_one(Publication, incident.id)
            setattr(row, part, {**getattr(row, part), "category": "announcement"})
        with pytest.raises(Conflict) as refusal, rt.work("staff:1") as uow:
            approve(uow, incident.public_id, incident.hash)
        assert refusal.value.code == "changed"
