"""Digests: one mail of all that was left, at nine on its reader's clock."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from service.deliveries.models import DeliveryState
from service.digests.models import DigestItem
from service.publications.models import Publication, Urgency
from service.publications.plans import Plan
from service.subscribers.models import Consent, Frequency, Subscriber, Subscription


def at(press, instant):
    press.engine.clock.now = instant
    press.tick()
    return len(press.mails())


def november(day, hour, minute=0):
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


class TestDigest:
    def test_comes_once_at_nine_of_the_reader_with_all_there_was(self, press):
        press.readers(Frequency.DAILY, "Europe/Paris", "Asia/Tokyo")
        press.skip("event:x")
        press.skip("event:y")
        press.tick()
        assert press.mails() == []
        assert at(press, november(23, 23, 59)) == 0
        assert at(press, november(24, 0, 1)) == 1  # nine in Tokyo
        assert at(press, november(24, 8, 1)) == 2  # nine in Paris
        assert at(press, november(24, 9)) == 2
        with press.engine.rt.read() as session:
            told = session.query(Publication).filter(Publication.subject.like("digest:%")).all()
        words = told[0].content["texts"]["en"]
        assert words["title"] == "Your day: 2 messages"
        assert words["body"].count("## Hello") == 2
        assert words["body"].count("A word.") == 2

    def test_a_weekly_one_waits_for_monday(self, press):
        press.readers(Frequency.WEEKLY, "Europe/Paris")
        press.skip()
        assert at(press, november(24, 12)) == 0
        assert at(press, november(29, 12)) == 0
        assert at(press, november(30, 8, 1)) == 1

    def test_what_was_over_a_cap_comes_the_next_morning(self, press):
        press.readers(Frequency.IMMEDIATE, "Europe/Paris")
        press.skip(reason="capped")
        press.tick()
        assert at(press, november(24, 8, 1)) == 1

    def test_nothing_comes_twice_whatever_is_repeated(self, press):
        press.readers(Frequency.DAILY, "Europe/Paris")
        press.skip()
        for _ in range(3):
            at(press, november(24, 9))
        assert at(press, november(25, 9)) == 1
        press.skip("event:y")
        press.tick()
        assert at(press, november(26, 9)) == 2

    def test_each_message_was_carried_by_exactly_one_mail(self, press):
        press.readers(Frequency.DAILY, *["Europe/Paris"] * 5)
        for day in range(24, 28):
            press.skip(f"event:{day}")
            at(press, november(day, 9))
        at(press, november(28, 9))
        with press.engine.rt.read() as session:
            items = session.query(DigestItem).all()
        assert len(items) == 20
        assert all(item.digest_id for item in items)

    def test_whoever_left_gets_none(self, press):
        press.readers(Frequency.DAILY, "Europe/Paris")
        press.skip()
        press.tick()
        with press.engine.rt.work() as uow:
            uow.session.get_one(Subscription, 1).state = Consent.ENDED
        assert at(press, november(24, 9)) == 0
        with press.engine.rt.read() as session:
            assert session.query(DigestItem).one().dropped_at is not None

    def test_whoever_pauses_gets_it_after_the_pause(self, press):
        press.readers(Frequency.DAILY, "Europe/Paris")
        press.skip()
        press.tick()
        with press.engine.rt.work() as uow:
            uow.session.get_one(Subscriber, 1).paused_until = november(26, 0)
        assert at(press, november(24, 9)) == 0
        assert at(press, november(26, 9)) == 1

    def test_its_footer_leads_out_and_says_why(self, press):
        press.readers(Frequency.DAILY, "Europe/Paris")
        press.skip()
        press.tick()
        at(press, november(24, 9))
        slots = press.mails()[0].slots
        assert "/u/" in slots.unsubscribe_url
        assert slots.preferences_url
        assert "Mail" in slots.why

    def test_what_was_retracted_meanwhile_is_not_told(self, press):
        press.readers(Frequency.DAILY, "Europe/Paris")
        press.skip()
        press.tick()
        with press.engine.rt.work() as uow:
            uow.session.execute(
                text("UPDATE publication SET retracted_at = created_at WHERE id = 1")
            )
        assert at(press, november(24, 9)) == 0

    def test_a_process_that_dies_before_it_noted_them_loses_none(self, press):
        press.readers(Frequency.DAILY, "Europe/Paris")
        press.skip("event:x")
        press.tick()
        press.engine.clock.advance(timedelta(hours=1))
        press.skip("event:y")  # and nobody looks until the morning
        assert at(press, november(24, 9)) == 1
        with press.engine.rt.read() as session:
            assert {item.digest_id is None for item in session.query(DigestItem)} == {False}


class TestChoice:
    def test_whoever_chose_a_digest_gets_the_news_by_it_and_others_at_once(self, press):
        press.readers(Frequency.DAILY, "Europe/Paris", "Europe/Paris")
        with press.engine.rt.work() as uow:
            uow.session.get_one(Subscriber, 2).frequency = Frequency.IMMEDIATE
        plan = Plan(windows=(), spread=0)
        name = press.engine.approve(press.audience, plan, urgency=Urgency.NORMAL)
        press.engine.play(hours=1)
        assert [mail.address.key for mail in press.mails()] == ["p1@example.org"]
        assert press.engine.recount(name)[DeliveryState.SKIPPED] == 1
        press.tick()
        assert at(press, november(24, 9)) == 2
        assert press.mails()[-1].address.key == "p0@example.org"

    def test_what_is_important_waits_for_no_digest(self, press):
        press.readers(Frequency.WEEKLY, "Europe/Paris")
        press.engine.approve(press.audience, Plan(windows=()), urgency=Urgency.IMPORTANT)
        press.engine.play(hours=1)
        assert len(press.mails()) == 1
