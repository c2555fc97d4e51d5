"""Mails about maintenances bring an appointment; independent programs read and verify them."""

import base64
import json
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from icalendar import Calendar

from channels.email.dkim import Signer
from channels.email.rendition import splice
from tests.channels.email.factories import (
    MONDAY,
    a_message,
    a_parcel,
    a_rendition,
    parsed,
    part,
    written,
)

WORKS = {
    "category": "maintenance",
    "stage": "scheduled",
    "type": "maintenance.scheduled",
    "subject": "event:ev1",
    "sequence": 1,
    "starts_at": MONDAY + timedelta(days=2),
    "ends_at": MONDAY + timedelta(days=2, hours=3),
    "url": "https://status.example.org/mail/events/ev1",
}


def a_mail(**given):
    rendition = a_rendition(a_message(**{**WORKS, **given}))
    return written(a_parcel(rendition=rendition))


def appointment(data: bytes):
    mail = parsed(data)
    found = [each for each in mail.walk() if each.get_content_type() == "text/calendar"]
    if not found:
        return None
    (only,) = found
    assert only.get_param("method") == "PUBLISH"
    raw = only.get_payload(decode=True)
    assert isinstance(raw, bytes)
    (event,) = Calendar.from_ical(raw).walk("VEVENT")
    return event


class TestAppointment:
    def test_says_when_under_the_uid_of_the_feeds(self):
        event = appointment(a_mail())
        assert event["UID"] == "ev1@status.example.org"
        assert event["DTSTART"].dt == WORKS["starts_at"]
        assert event["DTEND"].dt == WORKS["ends_at"]

    def test_a_new_time_moves_it_and_a_cancelled_one_says_so(self):
        moved = appointment(a_mail(sequence=2, starts_at=MONDAY + timedelta(days=3)))
        assert moved["SEQUENCE"] == 1
        ended = appointment(a_mail(sequence=3, stage="cancelled"))
        assert (ended["STATUS"], ended["SEQUENCE"]) == ("CANCELLED", 2)

    @pytest.mark.parametrize(
        "given", [{"category": "incident", "stage": "investigating"}, {"starts_at": None}]
    )
    def test_other_mails_have_none(self, given):
        assert appointment(a_mail(**given)) is None

    def test_text_and_html_are_still_there_and_no_line_is_too_long(self):
        data = a_mail()
        assert part(parsed(data), "plain")
        assert part(parsed(data), "html")
        assert all(len(line) <= 998 for line in data.split(b"\r\n"))
        assert data.isascii()


@pytest.fixture(params=["rsa", "ed25519"])
def key(request):
    if request.param == "rsa":
        return rsa.generate_private_key(65537, 2048)
    return ed25519.Ed25519PrivateKey.generate()


def record_of(key) -> str:
    public = key.public_key()
    if isinstance(public, ed25519.Ed25519PublicKey):
        raw, kind = public.public_bytes(Encoding.Raw, PublicFormat.Raw), "ed25519"
    else:
        raw = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        kind = "rsa"
    return f"v=DKIM1; k={kind}; p={base64.b64encode(raw).decode()}"


@pytest.mark.npm
class TestOtherPrograms:
    def test_mailauth_verifies_and_postal_mime_reads(self, npm, key):
        parcel = a_parcel(rendition=a_rendition(a_message(**WORKS)))
        letter = splice(parcel.rendition, parcel)
        signer = Signer(key, "s1", "notify.example.org")
        message = letter.message(signer.sign(letter.head, letter.body))
        given = {
            "message": base64.b64encode(message).decode(),
            "name": "s1._domainkey.notify.example.org",
            "record": record_of(key),
        }
        read = npm("mail.mjs", json.dumps(given).encode())
        (signature,) = read["dkim"]
        assert signature["status"] == "pass", signature
        covered = signature["signed"].lower()
        for name in ("list-unsubscribe:", "list-unsubscribe-post", "feedback-id", "list-id"):
            assert name in f"{covered}:"
        assert "BEGIN:VEVENT" in read["calendar"]
        assert read["subject"]
        assert read["html"]
        assert parcel.slots.unsubscribe_url in read["text"]
