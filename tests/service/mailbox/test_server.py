"""The built-in mailbox's SMTP side, talked to by real clients."""

import contextlib
import smtplib
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from channels.base import Host, Message, Parcel, Result, Sender, Slots, Text
from channels.email.channel import EmailChannel
from channels.email.config import EmailConfig
from channels.outbound import Door, Guard
from scheduling import zones
from service.mailbox.conversation import LARGEST
from service.mailbox.server import Mailbox
from service.mailbox.store import SPARE, Store, Tally, open_reader, open_store


@pytest.fixture
def box(tmp_path) -> Iterator[Mailbox]:
    made = Mailbox(tmp_path)
    yield made
    made.close()


@pytest.fixture
def client(box) -> Iterator[smtplib.SMTP]:
    host, port = box.url.removeprefix("smtp://").split(":")
    with smtplib.SMTP(host, int(port)) as client:
        client.ehlo()
        yield client


@contextlib.contextmanager
def looking_into(folder) -> Iterator[Store]:
    with contextlib.closing(open_reader(folder)) as store:
        yield store


def mail(body: str = "Hello.\r\n", message_id: str = "<d.1@example.org>") -> bytes:
    return f"Message-ID: {message_id}\r\nSubject: Works\r\n\r\n{body}".encode()


def kept(folder) -> bytes:
    with looking_into(folder) as store:
        (letter,) = store.find("", None, 10)
        return letter.raw


class TestTaking:
    def test_an_accepted_letter_is_kept_with_its_envelope(self, client, tmp_path):
        client.sendmail("status@example.org", ["ada@example.org", "bob@example.org"], mail())
        with looking_into(tmp_path) as store:
            (letter,) = store.find("ada", None, 10)
        assert letter.sender == "status@example.org"
        assert letter.recipients == "ada@example.org bob@example.org"
        assert letter.message_id == "<d.1@example.org>"
        assert letter.raw == mail()

    @pytest.mark.parametrize(
        "body",
        ["", ".\r\n", "..\r\n.x\r\n", "one\r\n\r\n.\r\ntwo.\r\n", "a.\r\n.\r\n..\r\n", "\r\n" * 3],
    )
    def test_dots_come_out_as_they_went_in(self, client, tmp_path, body):
        client.sendmail("s@example.org", ["ada@example.org"], mail(body))
        assert kept(tmp_path) == mail(body)

    def test_a_letter_may_be_nothing_at_all(self, client, tmp_path):
        for command in ("MAIL FROM:<s@example.org>", "RCPT TO:<ada@example.org>", "DATA"):
            client.docmd(command)
        assert client.docmd(".")[0] == 250
        assert kept(tmp_path) == b""

    def test_commands_may_come_in_one_piece(self, client, tmp_path):
        one = b"MAIL FROM:<s@example.org>\r\nRCPT TO:<ada@example.org>\r\nDATA\r\n"
        client.send(one)
        replies = [client.getreply()[0] for _ in range(3)]
        client.send(mail() + b".\r\n" + one + mail() + b".\r\n")
        replies += [client.getreply()[0] for _ in range(5)]
        assert replies == [250, 250, 354, 250, 250, 250, 354, 250]
        with looking_into(tmp_path) as store:
            assert store.tally().letters == 2

    def test_what_is_too_large_is_refused_and_the_next_letter_is_not(self, client, tmp_path):
        large = mail(("x" * 70 + ".\r\n") * (LARGEST // 70))
        client.mail("s@example.org")
        client.rcpt("ada@example.org")
        assert client.data(large)[0] == 552
        client.sendmail("s@example.org", ["ada@example.org"], mail())
        assert kept(tmp_path) == mail()

    def test_the_sample_domains_show_what_becomes_of_refusals(self, client):
        client.mail("s@example.org")
        assert client.rcpt("ada@refused.example")[0] == 550
        assert [client.rcpt("ada@deferred.example")[0] for _ in range(2)] == [450, 250]


class TestOurOwnChannel:
    def test_every_mail_arrives_once_and_refusals_are_told(self, box, tmp_path):
        host = Host("http://127.0.0.1:1", Door(Guard()), zones.wall_clock)
        channel = EmailChannel(EmailConfig(smtp_url=box.url, mail_host="localhost"), host)
        rendition = channel.render(message(), "en", "UTC")
        parcels = [
            Parcel(f"d{n}", 1, channel.parse_address(address(n)), rendition, Slots("Because."))
            for n in range(300)
        ]
        results = Counter(each.result for each in channel.send(parcels, time.monotonic() + 30))
        channel.close()
        assert results == {Result.SENT: 297, Result.PERMANENT: 3}
        with looking_into(tmp_path) as store:
            tally = store.tally()
        assert (tally.letters, tally.message_ids, tally.recipients) == (297, 297, 297)


class TestKeeping:
    def test_only_the_newest_letters_stay(self, tmp_path):
        store = open_store(tmp_path, kept=10)
        for _ in range(3):
            store.add([("s@example.org", "ada@example.org", mail())] * (SPARE // 2 + 5))
        assert store.tally().letters == 10
        assert store.newest() == 3 * (SPARE // 2 + 5)

    def test_a_search_takes_what_is_typed_as_it_is(self, tmp_path):
        store = open_store(tmp_path)
        store.add([("s@example.org", "a_b@example.org", mail()), ("s", "axb@example.org", mail())])
        assert [each.recipients for each in store.find("a_b", None, 10)] == ["a_b@example.org"]
        assert store.find("%", None, 10) == []

    def test_letters_to_one_address_may_be_left_out_of_the_count(self, tmp_path):
        store = open_store(tmp_path)
        letters = [("s", "staff@example.org", mail())] * 2 + [("s", "ada@example.org", mail())]
        store.add(letters)
        assert store.tally() == Tally(letters=3, message_ids=1, recipients=2)
        assert store.tally("staff@example.org") == Tally(letters=1, message_ids=1, recipients=1)

    def test_there_may_be_no_letter_yet(self, tmp_path):
        with looking_into(tmp_path / "nowhere") as store:
            assert store.find("", None, 10) == []
            assert store.letter(1) is None


def address(number: int) -> str:
    return f"u{number}@{'refused.example' if number % 100 == 7 else 'example.org'}"


def message() -> Message:
    return Message(
        id="abcabcabcabc",
        type="message.published",
        category="message",
        stage="",
        severity="none",
        texts={"en": Text("Works", "Line.\n\n.dot\n\n" * 20)},
        sender=Sender("Status", "status@example.org"),
        source={"en": "Mail"},
        url="",
        subject="list",
        sequence=1,
        published_at=datetime(2026, 11, 23, tzinfo=UTC),
    )
