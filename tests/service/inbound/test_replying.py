"""Double opt-in by replying, from the form to the consent: real SMTP out, a real client in."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from sqlalchemy import select

from channels import registry
from service.deliveries import actors as deliveries
from service.inbound import actors as inbound
from service.inbound.confirming import is_refusal, own_words
from service.inbound.models import Letter
from service.runtime import Runtime
from service.signup import actors as signup
from service.subscribers.models import Consent, ConsentRecord, Subscription
from tests.channels.email.peer import Peer
from tests.factories import a_list, a_page
from tests.fakes import Queue

HOST = "notify.example.org"
CLIENTS = {
    "nothing": "",
    "Gmail": "Yes please\n\nOn Mon, Nov 23, 2026 at 9:00 AM Status <s@n.example> wrote:\n> no?",
    "Gmail, broken": "Yes\n\nOn Mon, Nov 23, 2026 at 9:00 AM Status of the town\n<s@n.example>"
    " wrote:\n\n> or reply no",
    "Outlook": "Yes\n\n-----Original Message-----\nFrom: Status\nPress Refuse, or reply no.",
    "Outlook 365": "Oui\n\n________________________________\nDe : Status\nRefuser, non",
    "Outlook, French": "D'accord\n\nDe : Status <s@n.example>\nEnvoyé : lundi\nRefuser",
    "Apple, French": "Oui\n\n> Le 23 nov. 2026 à 09:00, Status <s@n.example> a écrit :\n> non",
    "Thunderbird, German": "Ja\n\nAm 23.11.26 um 09:00 schrieb Status:\nAblehnen, no",
}

MACHINES = (
    "Subject: Automatische Antwort: weg",
    "Auto-Submitted: auto-replied",
    "Precedence: bulk",
    "From: MAILER-DAEMON@example.com",
    "X-Autoreply: yes",
)


@dataclass
class Story:
    """A service with mail going out and coming in, and the letter box of everybody else."""

    rt: Runtime
    queue: Queue
    outside: Peer
    port: int

    def work(self) -> None:
        """Run the jobs there are, and those they lead to."""
        rt = self.rt
        jobs = {**signup.jobs(rt), **deliveries.jobs(rt), **inbound.jobs(rt)}
        for sweep in (*deliveries.sweeps(rt), *deliveries.searches(rt)):
            sweep()
        while self.queue.jobs:
            job = self.queue.jobs.pop(0)
            jobs[job.actor](job.subject)

    def mails(self) -> list[EmailMessage]:
        """What reached the world so far."""
        return [message_from_bytes(each.data, policy=policy.default) for each in self.outside.taken]

    def reply(self, protocol: str, mail: EmailMessage, words: str, *more: str) -> str:
        """Answer *mail* with swaks, as a mail server of the world would hand it on."""
        command = shutil.which("swaks")
        assert command, "the mail tests need swaks: `sh tools/swaks` installs it"
        said = subprocess.run(  # noqa: S603 - our own arguments
            [command, "--protocol", protocol, "--server", f"127.0.0.1:{self.port}",
             "--to", mail["Reply-To"], "--from", "ada@example.com",
             "--h-Subject", f"Re: {mail['Subject']}", "--body", words, *more],
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        self.work()
        return said.stdout

    def standing(self) -> list[tuple[Consent, str]]:
        """The consents there are, and what became of the last mail that came in."""
        with self.rt.read() as session:
            states = session.scalars(select(Subscription.state).order_by(Subscription.id)).all()
            last = session.scalars(select(Letter.outcome).order_by(Letter.id.desc())).first()
        return [(state, last or "") for state in states]


@pytest.fixture
def outside() -> Iterator[Peer]:
    with Peer() as peer:
        yield peer


@pytest.fixture
def rt(rt, host, outside) -> Iterator[Runtime]:
    channels = registry.load(
        ("email",),
        {"email": {"smtp_url": f"smtp://127.0.0.1:{outside.port}", "mail_host": HOST}},
        host,
    )
    with rt.work() as uow:
        a_page(uow)
        a_list(uow, "travaux")
    yield replace(rt, channels=channels)
    channels.close()


@pytest.fixture
def story(rt, queue, outside, door) -> Story:
    return Story(rt, queue, outside, door.port)


def ask(client, *targets: str) -> None:
    form = {"address": "ada@example.com", "targets": list(targets), "follow": "everything",
            "categories": ["incident"], "language": "en", "timezone": ""}  # fmt: skip
    assert client.post("/mail/en/subscribe", data=form).status_code in (200, 303)


class TestByLmtp:
    def test_each_list_is_answered_on_its_own(self, story, client, rt):
        ask(client, "page", "travaux")
        story.work()
        page, travaux = story.mails()
        assert page["Reply-To"] != travaux["Reply-To"]
        for mail in (page, travaux):
            text = mail.get_body(("plain",)).get_content()
            assert "reply “no” to refuse" in text.replace("\n", " ")
        assert "250 2.0.0 taken" in story.reply("LMTP", page, "Yes please")
        assert story.standing() == [(Consent.ACTIVE, "accepted"), (Consent.PENDING, "accepted")]
        story.reply("LMTP", travaux, "No, I did not ask for this.")
        assert story.standing() == [(Consent.ACTIVE, "refused"), (Consent.ENDED, "refused")]
        story.reply("LMTP", page, "Yes!")
        assert story.standing() == [(Consent.ACTIVE, "already"), (Consent.ENDED, "already")]
        with rt.read() as session:
            accepted = session.scalars(
                select(ConsentRecord).where(ConsentRecord.action == "accepted")
            ).one()
        assert accepted.method == "mail"
        assert accepted.text.startswith("I want to receive the status messages")
        assert accepted.text.endswith("> Yes please")
        assert accepted.message_id.strip("<>").partition("-")[0] in page["Message-ID"]

    def test_a_forged_address_is_refused_at_the_door(self, story, client):
        ask(client, "page")
        story.work()
        (mail,) = story.mails()
        local, _, host = mail["Reply-To"].partition("@")
        last = "a" if local[-2] != "a" else "b"
        forged = EmailMessage()
        forged["Reply-To"], forged["Subject"] = f"{local[:-2]}{last}{local[-1]}@{host}", "x"
        assert "550 5.1.1" in story.reply("LMTP", forged, "Yes")
        assert story.standing() == [(Consent.PENDING, "")]

    def test_no_machine_consents(self, story, client):
        ask(client, "page")
        story.work()
        for mark in MACHINES:
            name, _, value = mark.partition(": ")
            story.reply("LMTP", story.mails()[0], "I am away.", f"--h-{name}", value)
            assert story.standing() == [(Consent.PENDING, "automatic")], mark

    def test_too_late_a_yes_brings_a_new_mail_and_a_no_is_silent(self, story, client, clock):
        ask(client, "page")
        story.work()
        (first,) = story.mails()
        clock.advance(timedelta(days=8))
        story.reply("LMTP", first, "No")
        assert len(story.mails()) == 1
        story.reply("LMTP", first, "Yes")
        assert story.standing() == [(Consent.PENDING, "expired")]
        _, fresh = story.mails()
        story.reply("LMTP", fresh, "Yes")
        assert story.standing() == [(Consent.ACTIVE, "accepted")]


class TestBySmtp:
    @pytest.fixture
    def settings(self, settings):
        return settings.model_copy(update={"inbound_protocol": "smtp"})

    def test_an_invitation_is_declined_by_a_reply(self, story, program):
        wish = {"address": "ada@example.com", "locale": "fr", "lists": ["travaux"]}
        asked = program("subscribers").post("/api/v1/invitations", json=wish)
        assert asked.status_code == 202, asked.text
        story.work()
        (mail,) = story.mails()
        assert re.search(r"« non »", mail.get_body(("plain",)).get_content())
        assert "250 2.0.0 taken" in story.reply("SMTP", mail, "Non merci.\n\n> Refuser")
        assert story.standing() == [(Consent.ENDED, "refused")]


class TestOwnWords:
    @pytest.mark.parametrize("client", CLIENTS)
    def test_end_where_the_question_begins_again(self, client):
        words = own_words(CLIENTS[client])
        assert len(words) <= len("Yes please")
        assert not is_refusal(words)

    @pytest.mark.parametrize(
        "words", ["no", "Non merci.", "I didn’t ask", "Bonjour,\n\nje n'ai pas demandé", "STOP"]
    )
    def test_that_say_no_are_a_refusal(self, words):
        assert is_refusal(own_words(words))
