"""channels.email.channel"""

import asyncio
import smtplib
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope
from pydantic import ValidationError

from channels.base import PushChannel, Reason, Result, Scope
from channels.email.channel import EmailChannel
from channels.email.config import EmailConfig
from tests.channels.email.factories import a_channel, a_parcel, a_rendition, parsed, sent
from tests.channels.email.peer import Peer


class Mailbox:
    """Keeps what an ordinary server receives."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []
        self.port = 0

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - aiosmtpd's name
        self.envelopes.append(envelope)
        return "250 2.0.0 kept"


class OnAnyPort(Controller):
    """Listens on a port that the system chooses."""

    def _trigger_server(self) -> None:
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@pytest.fixture
def mailbox():
    """An aiosmtpd server and what it keeps."""
    kept = Mailbox()
    controller = OnAnyPort(kept, hostname="127.0.0.1", port=0)
    controller.start()
    kept.port = controller.port
    yield kept
    controller.stop()


class TestEmailChannel:
    def test_is_a_push_channel(self):
        channel = a_channel()
        assert isinstance(channel, PushChannel)
        assert "google" in channel.traits.big_lanes

    def test_building_one_starts_nothing(self):
        before = threading.active_count()
        a_channel()
        assert threading.active_count() == before

    def test_an_ordinary_server_gets_the_mail_as_written(self, mailbox):
        channel = a_channel(mailbox.port)
        (outcome,) = sent(channel, [a_parcel(7)])
        channel.close()
        assert outcome.result is Result.SENT
        (envelope,) = mailbox.envelopes
        assert envelope.mail_from == "b+d7@notify.example.org"
        assert envelope.rcpt_tos == ["person7@example.org"]
        message = parsed(envelope.content)
        assert message["to"] == "person7@example.org"
        assert message["message-id"] == "<d.d7@notify.example.org>"

    def test_eight_threads_send_at_once(self):
        rendition = a_rendition()
        with Peer() as peer:
            channel = a_channel(peer.port)

            def send(thread):
                ids = range(thread * 1000, thread * 1000 + 60)
                return sent(channel, [a_parcel(number, rendition) for number in ids])

            with ThreadPoolExecutor(8) as threads:
                outcomes = [o for part in threads.map(send, range(8)) for o in part]
            channel.close()
        assert {o.result for o in outcomes} == {Result.SENT}
        assert len({t.recipient for t in peer.taken}) == len(peer.taken) == 480

    def test_every_attempt_is_the_same_to_the_byte(self):
        with Peer() as peer:
            channel = a_channel(peer.port)
            for attempt in (1, 2):
                sent(channel, [a_parcel(1, attempt=attempt)])
            channel.close()
        first, second = peer.taken
        assert first.data == second.data

    def test_no_parcels_no_outcomes(self):
        with Peer() as peer:
            channel = a_channel(peer.port)
            assert sent(channel, []) == []
            channel.close()


class TestAuthentication:
    @pytest.mark.parametrize("offer", ["AUTH PLAIN", "AUTH LOGIN", "AUTH=LOGIN"])
    def test_a_password_opens_the_relay(self, offer):
        with Peer({"auth": "235 2.7.0 welcome"}, offers=(offer,)) as peer:
            channel = a_channel(peer.port, login="me:p%40ss@")
            (outcome,) = sent(channel, [a_parcel(1)])
            channel.close()
        assert outcome.result is Result.SENT

    @pytest.mark.parametrize("offers", [("AUTH PLAIN",), ("AUTH CRAM-MD5",), ()])
    def test_a_wrong_one_condemns_the_channel_and_not_the_message(self, offers):
        with Peer({"auth": "535 5.7.8 no"}, offers=offers) as peer:
            channel = a_channel(peer.port, login="me:wrong@")
            (outcome,) = sent(channel, [a_parcel(1)])
            channel.close()
        assert (outcome.result, outcome.scope, outcome.reason) == (
            Result.NOT_TRIED,
            Scope.INSTANCE,
            Reason.AUTH,
        )


class TestTls:
    @pytest.mark.parametrize("scheme", ["smtps", "smtp+starttls"])
    def test_a_trusted_certificate(self, scheme, certificate):
        with Peer(tls=certificate.context, tls_at_once=scheme == "smtps") as peer:
            channel = a_channel(peer.port, scheme, f"?ca={certificate.file}")
            outcomes = sent(channel, [a_parcel(n) for n in range(5)])
            channel.close()
        assert {o.result for o in outcomes} == {Result.SENT}
        assert len(peer.taken) == 5

    @pytest.mark.parametrize("scheme", ["smtps", "smtp+starttls"])
    def test_a_certificate_nobody_vouches_for(self, scheme, certificate):
        with Peer(tls=certificate.context, tls_at_once=scheme == "smtps") as peer:
            channel = a_channel(peer.port, scheme)
            (outcome,) = sent(channel, [a_parcel(1)])
            channel.close()
        assert (outcome.result, outcome.reason) == (Result.NOT_TRIED, Reason.TLS)
        assert peer.taken == []

    def test_not_verifying_takes_a_word_in_the_url(self, certificate):
        with Peer(tls=certificate.context) as peer:
            channel = a_channel(peer.port, "smtp+starttls", "?verify=no")
            (outcome,) = sent(channel, [a_parcel(1)])
            channel.close()
        assert outcome.result is Result.SENT

    def test_a_relay_without_starttls_gets_no_mail(self):
        with Peer() as peer:
            channel = a_channel(peer.port, "smtp+starttls")
            (outcome,) = sent(channel, [a_parcel(1)])
            channel.close()
        assert (outcome.result, outcome.reason) == (Result.NOT_TRIED, Reason.TLS)

    def test_words_slipped_in_before_the_handshake_are_not_believed(self, certificate):
        sly = "220 go\r\n250-peer\r\n250 SMTPUTF8"
        with Peer({"starttls": sly}, tls=certificate.context) as peer:
            channel = a_channel(peer.port, "smtp+starttls", f"?ca={certificate.file}")
            (outcome,) = sent(channel, [a_parcel(1)])
            channel.close()
        assert (outcome.result, outcome.reason) == (Result.NOT_TRIED, Reason.TLS)


class TestConfig:
    def test_the_password_is_never_shown(self):
        config = EmailConfig(smtp_url="smtp://me:s3cret@relay:25", mail_host="notify.example.org")
        assert "s3cret" not in repr(config)
        assert "s3cret" not in config.model_dump_json()

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("smtp_url", "http://me:s3cret@relay"),
            ("smtp_url", "smtp://me:s3cret@"),
            ("smtp_url", "smtp://me:s3cret@relay:99999999"),
            ("smtp_url", "smtp://me:s3cret@relay?verify=maybe"),
            ("smtp_url", "smtp://me:s3cret@relay/path"),
            ("mail_host", "s3cret example.org"),
            ("mail_host", "notify.example.org\r\ns3cret"),
            ("connections", 0),
        ],
    )
    def test_a_mistake_names_its_field_and_repeats_no_secret(self, name, value):
        usual = {"smtp_url": "smtp://relay", "mail_host": "notify.example.org"}
        with pytest.raises(ValidationError) as caught:
            EmailConfig.model_validate(usual | {name: value})
        assert name in str(caught.value)
        assert "s3cret" not in str(caught.value)


def test_a_client_of_the_standard_library_agrees_with_the_peer():
    with Peer() as peer, smtplib.SMTP("127.0.0.1", peer.port, timeout=10) as client:
        client.sendmail("a@example.org", ["b@example.org"], "Subject: x\n\n.dot\n")
    assert peer.taken[0].data.endswith(b"\r\n.dot\r\n")


def test_the_entry_point_is_named_in_the_project(pytestconfig):
    project = (pytestconfig.rootpath / "pyproject.toml").read_text()
    assert f'email = "{EmailChannel.__module__}:{EmailChannel.__name__}"' in project
