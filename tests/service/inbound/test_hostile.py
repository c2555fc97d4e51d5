"""Mail as the world sends it, through the real port: broken, hostile, in any charset."""

import random
import smtplib
from email.message import EmailMessage
from pathlib import Path

import pytest
from sqlalchemy import func, select

from service.inbound import actors
from service.inbound.models import Letter, LetterState
from service.moderation import senders
from service.moderation.senders import SenderWish
from service.publications.freezing import thaw
from service.publications.models import Publication
from tests.factories import a_list

HOST = "notify.example.org"
MAILS = sorted((Path(__file__).parents[2] / "data" / "bounces" / "mails").glob("*.eml"))
SEED = 20261123
MUTANTS = 120
SETTLED = {LetterState.DONE, LetterState.IGNORED, LetterState.UNRECOGNISED}


@pytest.fixture
def secret(rt):
    with rt.work() as uow:
        a_list(uow, "travaux")
        senders.add_sender(uow, SenderWish("Ann", address="ann@example.com"))
        return f"travaux+{senders.new_secret(uow, 'Ann')}@{HOST}"


def letters(rt):
    with rt.read() as session:
        return session.scalars(select(Letter).order_by(Letter.id)).all()


def held(rt):
    with rt.read() as session:
        found = session.scalars(select(Publication).order_by(Publication.id)).all()
        return [next(iter(thaw(each.content).texts.values())) for each in found]


class TestCharsets:
    def test_raw_bytes_of_the_world_are_held_as_they_were_meant(self, rt, arrive, secret):
        sent = {
            "iso-2022-jp": "今夜、作業を行います。",
            "gb18030": "今晚进行维护。",
            "koi8-r": "Сегодня ночью работы.",
            "windows-1252": "Cette nuit – 50 €",
        }
        for charset, words in sent.items():
            head = f"From: ann@example.com\nSubject: {charset}\nMIME-Version: 1.0\n"
            head += f"Content-Type: text/plain; charset={charset}\n\n"
            arrive(secret, head.encode() + words.encode(charset) + b"\n")
        wrong = (
            b"From: ann@example.com\nSubject: wrong\nContent-Type: text/plain; charset=utf-8\n\n"
        )
        arrive(secret, wrong + "Cette nuit à 22 h".encode("latin-1"))
        bodies = {each.title: each.body for each in held(rt)}
        assert bodies == {**sent, "wrong": "Cette nuit à 22 h"}


class TestInjection:
    @pytest.mark.parametrize(
        "subject",
        [
            "=?utf-8?q?Works=0D=0ABcc:_eve=40evil.example?=",
            "=?utf-8?b?V29ya3MNClgtRXZpbDogMQ0KDQo8c2NyaXB0Pg==?=",
            "Works\n Bcc: eve@evil.example",
        ],
    )
    def test_no_header_is_ever_added(self, rt, arrive, secret, subject):
        arrive(secret, f"From: ann@example.com\nSubject: {subject}\n\nTonight.\n".encode())
        (words,) = held(rt)
        assert not set("\r\n\0") & set(words.title)

    def test_an_address_brings_no_second_line(self, rt, peer, secret):
        peer.say("LHLO test")
        assert peer.say("MAIL FROM:<a@example.com>\rRCPT TO:<x@y.example>")[:1] == "5"
        assert peer.say("MAIL FROM:<a@example.com>").startswith("250")
        assert peer.say(f"RCPT TO:<travaux\x01@{HOST}>")[:1] == "5"
        assert peer.say(f"RCPT TO:<{secret}>\rX-Evil: 1")[:1] == "5"
        assert letters(rt) == []


class TestReplyStorm:
    def test_machines_that_answer_each_other_are_never_answered(self, rt, arrive, secret):
        post = b"From: ann@example.com\nSubject: Works\n"
        answers = (
            b"Auto-Submitted: auto-replied\n",
            b"Precedence: bulk\n",
            b"X-Autoreply: yes\n",
            b"X-Auto-Response-Suppress: All\n",
            b"X-Loop: travaux@notify.example.org\n",
        )
        for answer in answers:
            arrive(secret, answer + post + b"\nWorks\n")
            arrive(f"travaux-owner@{HOST}", answer + post + b"\nWorks\n")
        arrive(secret, b"In-Reply-To: <d.abcdefghijkl-7@notify.example.org>\n" + post + b"\nNo\n")
        arrive(secret, post + b"\nWorks\n", mail_from="")
        with rt.read() as session:
            assert session.scalar(select(func.count()).select_from(Publication)) == 0
        assert {each.state for each in letters(rt)} == {LetterState.IGNORED}


class TestSmtp:
    @pytest.fixture
    def settings(self, settings):
        return settings.model_copy(update={"inbound_protocol": "smtp"})

    def test_small_installations_are_delivered_to_by_smtp(self, rt, door, secret):
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = "ann@example.com", secret, "Travaux"
        mail.set_content("Ce soir, à 22 h.")
        with smtplib.SMTP("127.0.0.1", door.port, timeout=60) as client:
            refused = client.send_message(mail, to_addrs=[secret, f"nobody@{HOST}"])
            assert [refused[f"nobody@{HOST}"][0], client.noop()[0]] == [550, 250]
            with pytest.raises(smtplib.SMTPRecipientsRefused):
                client.sendmail("ann@example.com", ["x@elsewhere.example"], "relay me")
        (letter,) = letters(rt)
        actors.take_in(rt, str(letter.id))
        assert [each.body for each in held(rt)] == ["Ce soir, à 22 h."]


class TestNoMailIsLost:
    def test_mutants_of_real_mails_are_all_taken_and_settled(self, rt, arrive, secret):
        chance = random.Random(SEED)  # noqa: S311 - a test that runs the same each time
        doors = (f"postmaster@{HOST}", f"travaux@{HOST}", f"travaux-owner@{HOST}", secret)
        for _ in range(MUTANTS):
            assert arrive(chance.choice(doors), mutant(chance))[-1].startswith("250")
        found = letters(rt)
        assert len(found) == MUTANTS
        assert {each.state for each in found} <= SETTLED


def mutant(chance: random.Random) -> bytes:
    """A real mail with some bytes changed, doubled, cut out or exchanged with another's."""
    raw = bytearray(chance.choice(MAILS).read_bytes()[:20_000])
    other = chance.choice(MAILS).read_bytes()
    for _ in range(chance.randint(1, 12)):
        place, length = chance.randrange(len(raw) + 1), chance.randint(0, 80)
        away = chance.randrange(len(other))
        new = (b"", chance.randbytes(length), other[away : away + length], b"\n", b"=?")
        raw[place : place + chance.randint(0, 40)] = chance.choice(new)
    if chance.random() < 0.3:
        title = bytes(raw[:30]).replace(b"\n", b"")
        return b"From: ann@example.com\nSubject: =?" + title + b"\n" + bytes(raw)
    return bytes(raw)
