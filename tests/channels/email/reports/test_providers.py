"""channels.email.reports: each provider's reports, proven and forged."""

import hmac
import json
from base64 import b64encode
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from channels.email.bounces.causes import Cause
from channels.email.reports.base import Forged, Hook
from channels.email.reports.mailgun import Mailgun
from channels.email.reports.postmark import Postmark
from channels.email.reports.ses import Ses

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
TOPIC = "arn:aws:sns:eu-west-3:123456789012:bounces"


def hook(told, headers=None) -> Hook:
    body = told if isinstance(told, bytes) else json.dumps(told).encode()
    return Hook(headers or {}, body, NOW)


def mailgun(event, *, key=b"key", at=NOW):
    stamp, token = str(int(at.timestamp())), "t" * 50
    proof = hmac.new(key, f"{stamp}{token}".encode(), "sha256").hexdigest()
    signature = {"timestamp": stamp, "token": token, "signature": proof}
    return hook({"signature": signature, "event-data": event})


class TestMailgun:
    reader = Mailgun({"key": "key"})
    FAILED = {  # noqa: RUF012 - read only
        "event": "failed",
        "severity": "permanent",
        "recipient": "a@example.org",
        "envelope": {"sender": "b+abc@notify.example.org"},
        "message": {"headers": {"message-id": "d.abcdefghijkl-7@notify.example.org"}},
        "delivery-status": {"message": "550 5.1.1 no such user", "code": 550},
    }

    def test_a_dead_address(self):
        (report,) = self.reader.read(mailgun(self.FAILED))
        assert (report.cause, report.hard) == (Cause.USER_UNKNOWN, True)
        assert report.return_path == "b+abc@notify.example.org"

    def test_what_will_be_tried_again_is_not_hard(self):
        (report,) = self.reader.read(mailgun({**self.FAILED, "severity": "temporary"}))
        assert not report.hard

    def test_a_complaint(self):
        event = {"event": "complained", "recipient": "a@example.org"}
        (report,) = self.reader.read(mailgun(event))
        assert (report.cause, report.hard) == (Cause.FEEDBACK, False)

    def test_other_events_say_nothing(self):
        assert self.reader.read(mailgun({"event": "delivered"})) == ()

    def test_another_key_or_another_day_proves_nothing(self):
        for forged in (
            mailgun(self.FAILED, key=b"other"),
            mailgun(self.FAILED, at=NOW - timedelta(1)),
        ):
            with pytest.raises(Forged):
                self.reader.read(forged)


class TestPostmark:
    reader = Postmark({"login": "user:password"})
    PROOF = {"authorization": "Basic " + b64encode(b"user:password").decode()}  # noqa: RUF012

    @pytest.mark.parametrize(
        ("told", "cause", "hard"),
        [
            ({"RecordType": "Bounce", "Type": "HardBounce"}, Cause.USER_UNKNOWN, True),
            ({"RecordType": "Bounce", "Type": "SoftBounce"}, Cause.MAILBOX_FULL, False),
            ({"RecordType": "Bounce", "Type": "Blocked"}, Cause.BLOCKED, False),
            ({"RecordType": "SpamComplaint"}, Cause.FEEDBACK, False),
        ],
    )
    def test_by_its_types(self, told, cause, hard):
        (report,) = self.reader.read(hook({**told, "Email": "a@example.org"}, self.PROOF))
        assert (report.cause, report.hard) == (cause, hard)

    def test_without_the_password_nothing_is_believed(self):
        for headers in ({}, {"authorization": "Basic " + b64encode(b"user:wrong").decode()}):
            with pytest.raises(Forged):
                self.reader.read(hook({"RecordType": "Bounce", "Type": "HardBounce"}, headers))


@pytest.fixture(scope="module")
def amazon():
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW - timedelta(1))
        .not_valid_after(NOW + timedelta(99))
        .sign(key, hashes.SHA256())
    )
    return key, certificate.public_bytes(serialization.Encoding.PEM).decode()


def notification(key, message, **given):
    told = {
        "Type": "Notification",
        "MessageId": "1",
        "TopicArn": TOPIC,
        "Timestamp": "2026-11-23T09:00:00.000Z",
        "Message": json.dumps(message),
        "SignatureVersion": "2",
        **given,
    }
    names = (
        "Message",
        "MessageId",
        "SubscribeURL",
        "Subject",
        "Timestamp",
        "Token",
        "TopicArn",
        "Type",
    )
    lines = "".join(f"{name}\n{told[name]}\n" for name in names if name in told)
    signature = key.sign(lines.encode(), padding.PKCS1v15(), hashes.SHA256())
    return {**told, "Signature": b64encode(signature).decode()}


class TestSes:
    BOUNCE = {  # noqa: RUF012
        "notificationType": "Bounce",
        "mail": {"source": "b+abc@notify.example.org"},
        "bounce": {
            "bounceType": "Permanent",
            "bounceSubType": "General",
            "bouncedRecipients": [
                {"emailAddress": "a@example.org", "diagnosticCode": "smtp; 550 5.1.1 user unknown"}
            ],
        },
    }

    def test_a_signed_bounce_is_believed(self, amazon):
        key, pem = amazon
        reader = Ses({"certificate": pem, "topic": TOPIC})
        (report,) = reader.read(hook(notification(key, self.BOUNCE)))
        assert (report.address, report.cause, report.hard) == (
            "a@example.org",
            Cause.USER_UNKNOWN,
            True,
        )

    def test_a_changed_word_is_not(self, amazon):
        key, pem = amazon
        reader = Ses({"certificate": pem, "topic": TOPIC})
        told = notification(key, self.BOUNCE)
        for forged in (
            {**told, "Message": told["Message"].replace("a@example", "b@example")},
            {**told, "Signature": "AAAA"},
            {**told, "SignatureVersion": "9"},
            notification(key, self.BOUNCE, TopicArn="arn:aws:sns:eu-west-3:1:other"),
        ):
            with pytest.raises(Forged):
                reader.read(hook(forged))

    QUESTION = {  # noqa: RUF012
        "Type": "SubscriptionConfirmation",
        "Token": "t0",
        "SubscribeURL": "https://sns.eu-west-3.amazonaws.com/?Action=ConfirmSubscription&Token=t0",
    }

    def test_a_subscription_to_our_topic_is_confirmed_at_amazon(self, amazon):
        key, pem = amazon
        reader = Ses({"certificate": pem, "topic": TOPIC})
        asked = hook(notification(key, {}, **self.QUESTION))
        request = reader.confirmation(asked)
        assert request is not None
        assert (request.url, request.body) == (
            "https://sns.eu-west-3.amazonaws.com/",
            b"Action=ConfirmSubscription&Token=t0",
        )
        assert reader.read(asked) == ()
        assert reader.confirmation(hook(notification(key, self.BOUNCE))) is None

    @pytest.mark.parametrize(
        "url",
        [
            "https://sns.evil.example/?Action=ConfirmSubscription",
            "http://sns.eu-west-3.amazonaws.com/",
            "https://sns.eu-west-3.amazonaws.com.evil.example/",
            "https://a@sns.eu-west-3.amazonaws.com:8/",
            "https://127.0.0.1/",
        ],
    )
    def test_nowhere_else(self, amazon, url):
        key, pem = amazon
        reader = Ses({"certificate": pem, "topic": TOPIC})
        with pytest.raises(Forged):
            reader.confirmation(
                hook(notification(key, {}, **{**self.QUESTION, "SubscribeURL": url}))
            )

    def test_an_unsigned_question_is_not_answered(self, amazon):
        key, pem = amazon
        reader = Ses({"certificate": pem, "topic": TOPIC})
        told = notification(key, {}, **self.QUESTION)
        with pytest.raises(Forged):
            reader.confirmation(hook({**told, "Token": "another"}))


class TestGarbage:
    @given(st.binary(max_size=300))
    def test_is_forged_or_says_nothing(self, body):
        for reader in (TestMailgun.reader, TestPostmark.reader):
            try:
                assert not reader.read(hook(body))
            except Forged:
                continue
