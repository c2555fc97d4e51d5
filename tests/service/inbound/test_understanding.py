"""service.inbound.understanding"""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from service.access import links
from service.access.envelopes import Door, sealed
from service.access.models import Purpose
from service.deliveries.models import DeliveryEvent
from service.inbound.actors import forget
from service.inbound.models import Letter, LetterState
from service.moderation import actors as moderation
from service.moderation import senders
from service.moderation.actions import reject
from service.moderation.models import Stance
from service.moderation.senders import SenderWish
from service.publications.freezing import thaw
from service.publications.models import Publication, PublicationState
from service.publications.plans import URGENT
from service.subscribers.models import Address, Consent, EndReason, Subscriber, Subscription
from tests.factories import a_list, a_page, a_subscriber, a_subscription, an_address

HOST = "notify.example.org"
PROOF = (
    b"Authentication-Results: mx.example.org; spf=fail;"
    b" dkim=pass (2048-bit key) header.d=example.com header.s=k1\n"
)
WITH_A_FILE = (
    PROOF + b"From: Ann <ann@example.com>\nTo: travaux@notify.example.org\nSubject: Works\n"
    b'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="x"\n\n'
    b"--x\nContent-Type: text/plain\n\nTonight.\n"
    b'--x\nContent-Type: application/pdf; name="plan.pdf"\n'
    b'Content-Disposition: attachment; filename="../../plan.pdf"\n\n%PDF\n--x--\n'
)
POST = b"From: Ann <ann@example.com>\nTo: travaux@notify.example.org\nSubject: Works\n\nTonight.\n"


def outcome(rt):
    with rt.read() as session:
        letter = session.scalars(select(Letter).order_by(Letter.id.desc())).first()
        assert letter is not None
        return letter.state, letter.outcome


def held(rt):
    with rt.read() as session:
        return session.scalars(select(Publication)).all()


def subscriptions(rt):
    with rt.read() as session:
        return session.scalars(select(Subscription).order_by(Subscription.id)).all()


@pytest.fixture
def travaux(rt):
    with rt.work() as uow:
        to = a_list(uow, "travaux")
        a_subscription(uow, an_address(uow, a_subscriber(uow), "p@example.org"), None, to_list=to)
        senders.add_sender(uow, SenderWish("Ann", address="ann@example.com"))
    return f"travaux@{HOST}"


class TestLeaving:
    @pytest.fixture
    def subscription(self, rt):
        with rt.work() as uow:
            address = an_address(uow, a_subscriber(uow), "p@example.org")
            return a_subscription(uow, address, a_page(uow)).id

    def test_the_local_part_decides_whoever_wrote(self, rt, arrive, subscription):
        arrive(f"{sealed(Door.LEAVE, subscription)}@{HOST}", b"From: x@y.example\n\n")
        assert [each.state for each in subscriptions(rt)] == [Consent.ENDED]
        assert outcome(rt) == (LetterState.DONE, "left")

    def test_twice_is_harmless(self, rt, arrive, subscription):
        for _ in range(2):
            arrive(f"{sealed(Door.LEAVE, subscription)}@{HOST}", b"From: x@y.example\n\n")
        assert outcome(rt) == (LetterState.DONE, "left")


class TestConfirming:
    @pytest.fixture
    def pending(self, rt):
        with rt.work() as uow:
            address = an_address(uow, a_subscriber(uow), "p@example.org", verified_at=None)
            page = a_page(uow)
            made = a_subscription(uow, address, page, state=Consent.PENDING, active_at=None)
            links.issue(uow, Purpose.SIGNUP, f"subscription:{made.id}", timedelta(days=7))
            return f"{sealed(Door.CONFIRM, made.id)}@{HOST}"

    @pytest.mark.parametrize(
        ("words", "state"),
        [
            ("", Consent.ACTIVE),
            ("Yes please!\n\n> Reply no to refuse", Consent.ACTIVE),
            ("Non merci.", Consent.ENDED),
            ("no", Consent.ENDED),
        ],
    )
    def test_a_reply_is_an_answer(self, rt, arrive, pending, words, state):
        arrive(pending, f"From: p@example.org\nSubject: Re\n\n{words}\n".encode())
        assert [each.state for each in subscriptions(rt)] == [state]

    def test_a_machine_confirms_nothing(self, rt, arrive, pending):
        arrive(pending, b"From: p@example.org\nAuto-Submitted: auto-replied\n\nAway\n")
        assert [each.state for each in subscriptions(rt)] == [Consent.PENDING]
        arrive(pending, b"From: p@example.org\n\nYes\n", mail_from="")
        assert [each.state for each in subscriptions(rt)] == [Consent.PENDING]


class TestPosting:
    def test_an_allowed_and_proven_sender_is_held_for_a_moderator(self, rt, arrive, travaux):
        arrive(travaux, PROOF + POST)
        (publication,) = held(rt)
        assert publication.state is PublicationState.HELD
        assert publication.submitted_by.startswith("sender:")
        (words,) = thaw(publication.content).texts.values()
        assert (words.title, words.body) == ("Works", "Tonight.")

    @pytest.mark.parametrize(
        ("mail", "why"),
        [
            (POST, "unproven"),
            (PROOF.replace(b"mx.example.org", b"mx.evil.example") + POST, "unproven"),
            (b"Authentication-Results: mx.evil.example; none\n" + PROOF + POST, "unproven"),
            (PROOF.replace(b"header.d=example.com", b"header.d=evil.example") + POST, "unproven"),
            (PROOF.replace(b"dkim=pass", b"dkim=fail") + POST, "unproven"),
            (PROOF + POST.replace(b"ann@", b"eve@"), "unknown_sender"),
            (PROOF + b"From: Eve <eve@example.com>\n" + POST, "unknown_sender"),
            (PROOF + b"In-Reply-To: <d.abcdefghijkl-7@notify.example.org>\n" + POST, "reply"),
            (PROOF + b"Auto-Submitted: auto-replied\n" + POST, "automatic"),
            (PROOF + b"List-Id: <travaux.notify.example.org>\n" + POST, "loop"),
            (PROOF + b"X-Loop: travaux@notify.example.org\n" + POST, "loop"),
            (PROOF + b"Received: from a by b\n" * 31 + POST, "loop"),
        ],
    )
    def test_nothing_else_is_taken_and_nobody_is_answered(self, rt, arrive, travaux, mail, why):
        arrive(travaux, mail)
        assert (outcome(rt), held(rt)) == ((LetterState.IGNORED, why), [])

    def test_the_secret_address_is_proof_enough(self, rt, arrive, travaux):
        with rt.work() as uow:
            word = senders.new_secret(uow, "Ann")
        assert arrive(f"travaux+{word}@{HOST}", POST)[-1].startswith("250")
        assert len(held(rt)) == 1
        assert arrive(f"travaux+{word[:-1]}@{HOST}", POST)[0].startswith("550")

    def test_attachments_are_refused_by_default_and_the_author_is_told_once(
        self, rt, arrive, travaux
    ):
        for _ in range(2):
            arrive(travaux, WITH_A_FILE)
            assert outcome(rt) == (LetterState.IGNORED, "attachments")
        (answer,) = held(rt)
        message = thaw(answer.content)
        assert (message.type, message.bulk) == ("post.not_taken", False)
        assert "plan\\.pdf" in message.texts["en"].body
        with rt.read() as session:
            told = session.scalars(
                select(Address.key).where(Address.key == "ann@example.com")
            ).all()
        assert told == ["ann@example.com"]

    def test_a_refused_sender_is_told(self, rt, arrive, travaux):
        with rt.work() as uow:
            senders.set_stance(uow, "Ann", Stance.REFUSED)
        arrive(travaux, PROOF + POST)
        assert outcome(rt) == (LetterState.IGNORED, "sender_refused")
        assert [thaw(each.content).type for each in held(rt)] == ["post.not_taken"]

    def test_nobody_unproven_is_answered(self, rt, arrive, travaux):
        arrive(travaux, WITH_A_FILE.removeprefix(PROOF))
        assert held(rt) == []


class TestFiles:
    @pytest.fixture
    def settings(self, settings):
        return settings.model_copy(update={"inbound_attachments": "keep"})

    def test_kept_files_are_for_moderators_until_the_message_leaves(
        self, rt, arrive, travaux, client, staff
    ):
        arrive(travaux, WITH_A_FILE)
        assert outcome(rt) == (LetterState.DONE, "held_files")
        (publication,) = held(rt)
        (words,) = thaw(publication.content).texts.values()
        (path,) = re.findall(r"<https://[^/]+(/files/[^>]+)>", words.body)
        assert path.endswith("/plan.pdf")

        before = client.get(path)
        assert before.status_code == 302
        assert client.get(before.location).status_code in (302, 303, 401, 403)
        moderator = staff("moderator")
        assert moderator.get(before.location).data == b"%PDF"
        listed = moderator.get(before.location.rpartition("/")[0])
        assert "plan.pdf" in listed.text
        assert "/files" in moderator.get("/console/letters?state=done").text

        with rt.work() as uow:
            uow.session.get_one(Publication, publication.id).started_at = uow.now
        sent = client.get(path)
        assert (sent.data, sent.mimetype) == (b"%PDF", "application/octet-stream")
        assert sent.headers["Content-Disposition"] == "attachment; filename=plan.pdf"
        assert "sandbox" in sent.headers["Content-Security-Policy"]
        assert client.get(path.replace("/file+", "/file+a")).status_code == 404

    def test_they_stay_as_long_as_the_message_may_be_read(self, rt, clock, arrive, travaux):
        arrive(travaux, WITH_A_FILE)
        clock.now += timedelta(days=rt.settings.inbound_keep_days + 1)
        forget(rt)
        assert outcome(rt) == (LetterState.DONE, "held_files")
        with rt.work() as uow:
            (publication,) = uow.session.scalars(select(Publication)).all()
            publication.state = PublicationState.REJECTED
        forget(rt)
        with rt.read() as session:
            assert session.scalars(select(Letter)).all() == []


class TestReturning:
    def test_a_signed_bounce_is_evidence(self, engine, arrive):
        engine.approve(engine.audience("Europe/Paris"), URGENT)
        engine.tick()
        engine.tick()
        (parcel,) = engine.postman.delivered
        report = (
            b"From: MAILER-DAEMON@mx.example.org\nSubject: failure notice\n\n"
            b"<p0@example.org>:\nRemote host said: 550 5.1.1 User unknown\n"
        )
        arrive(f"{parcel.slots.return_path}@{HOST}", report, mail_from="")
        with engine.rt.read() as session:
            (found,) = session.scalars(select(DeliveryEvent)).all()
            (address,) = session.scalars(select(Address)).all()
        assert (found.kind, found.source) == ("hard_bounce", "mail")
        assert address.suppressed_at is not None

    def test_a_complaint_ends_the_consent(self, engine, arrive):
        engine.approve(engine.audience("Europe/Paris"), URGENT)
        engine.tick()
        engine.tick()
        (parcel,) = engine.postman.delivered
        report = (
            b"From: fbl@example.org\nSubject: Abuse\nMIME-Version: 1.0\n"
            b'Content-Type: multipart/report; report-type=feedback-report; boundary="x"\n\n'
            b"--x\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\nVersion: 1\n"
            b"--x--\n"
        )
        arrive(f"{parcel.slots.complaints}@{HOST}", report)
        (subscription,) = subscriptions(engine.rt)
        assert subscription.ended_reason is EndReason.COMPLAINT

    def test_what_nobody_understands_is_kept_for_staff(self, engine, arrive):
        engine.approve(engine.audience("Europe/Paris"), URGENT)
        engine.tick()
        engine.tick()
        (parcel,) = engine.postman.delivered
        arrive(f"{parcel.slots.return_path}@{HOST}", b"From: a@b.example\n\nThank you\n")
        assert outcome(engine.rt) == (LetterState.UNRECOGNISED, "unrecognised")


class TestLanguage:
    def test_an_author_hears_of_the_decision_in_the_language_of_the_post(self, rt, arrive):
        with rt.work() as uow:
            a_list(uow, "works", languages=["en"])
            senders.add_sender(uow, SenderWish("Ann", address="ann@example.com"))
        arrive(f"works@{HOST}", PROOF + POST)
        with rt.work("staff:1") as uow:
            (publication,) = uow.session.scalars(select(Publication)).all()
            reject(uow, publication.public_id, publication.hash, "not now")
        for sweep in moderation.sweeps(rt):
            sweep()
        with rt.read() as session:
            found = select(Subscriber.locale).join(Address).where(Address.key == "ann@example.com")
            assert session.scalars(found).all() == ["en"]


class TestOwners:
    def test_what_is_written_to_a_list_s_owner_reaches_who_answers_for_it(self, rt, arrive, staff):
        staff("admin")
        with rt.work() as uow:
            a_list(uow, "travaux")
        mail = "From: Zoé <zoe@example.com>\nSubject: =?utf-8?q?Arr=C3=AAt?=\n\nPourquoi ?\n"
        arrive(f"travaux-owner@{HOST}", mail.encode())
        assert outcome(rt) == (LetterState.DONE, "forwarded")
        (forwarded,) = held(rt)
        text = thaw(forwarded.content).texts["fr"]
        assert (text.title, "> Pourquoi ?" in text.body) == ("Arrêt", True)
        arrive(f"travaux-owner@{HOST}", b"Auto-Submitted: auto-replied\n" + mail.encode())
        assert outcome(rt) == (LetterState.IGNORED, "automatic")
