"""channels.email.dkim"""

import base64
import hashlib

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from dkim.canonicalization import CanonicalizationPolicy
from dkim.util import parse_tag_value
from pydantic import ValidationError

from channels.base import Slots
from channels.email.config import EmailConfig
from channels.email.dkim import Signer
from channels.email.rendition import splice
from tests.channels.email.factories import a_channel, a_message, a_parcel, a_rendition, sent
from tests.channels.email.peer import Peer


@pytest.fixture(scope="module")
def rsa_key():
    """A key as operators have."""
    return rsa.generate_private_key(65537, 2048)


def pem(key: PrivateKeyTypes) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def signed(key, parcel=None) -> bytes:
    parcel = parcel or a_parcel()
    letter = splice(parcel.rendition, parcel)
    signer = Signer(key, "s1", "notify.example.org")
    return letter.message(signer.sign(letter.head, letter.body))


def verifies(message: bytes, key) -> bool:
    """Tell what dkimpy thinks of *message*."""
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    record = b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)
    names = []

    def dns(name, timeout=5):
        names.append(name)
        return record

    valid = dkim.verify(message, dnsfunc=dns)
    assert names == [b"s1._domainkey.notify.example.org."]
    return bool(valid)


class TestRsa:
    def test_a_reader_accepts_it(self, rsa_key):
        assert verifies(signed(rsa_key), rsa_key)

    def test_one_click_is_covered_and_from_twice(self, rsa_key):
        head = signed(rsa_key).partition(b"\r\nDate:")[0]
        covered = parse_tag_value(head.partition(b":")[2])[b"h"]
        names = b"".join(covered.split()).split(b":")
        assert names.count(b"from") == 2
        assert {b"list-unsubscribe", b"list-unsubscribe-post", b"list-id", b"feedback-id"} <= set(
            names
        )

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            (b"From:", b"From: Evil <evil@example.org>\r\nFrom:"),
            (b"One-Click", b"Two-Click"),
            (b"erreurs", b"erreur"),
        ],
    )
    def test_a_change_on_the_way_is_seen(self, rsa_key, old, new):
        message = signed(rsa_key)
        assert old in message
        assert not verifies(message.replace(old, new, 1), rsa_key)

    def test_what_relays_may_do_to_spaces_harms_nothing(self, rsa_key):
        message = signed(rsa_key).replace(b"\r\nPrecedence: list", b"\r\nPRECEDENCE:  list ")
        assert verifies(message + b"\r\n\r\n", rsa_key)

    def test_mail_without_any_list_is_signed_too(self, rsa_key):
        parcel = a_parcel(1, a_rendition(a_message(bulk=False)), slots=Slots())
        assert verifies(signed(rsa_key, parcel), rsa_key)

    def test_what_leaves_the_channel_is_signed_and_always_the_same(self, rsa_key):
        with Peer() as peer:
            channel = a_channel(peer.port, dkim_key=pem(rsa_key), dkim_selector="s1")
            sent(channel, [a_parcel(1)])
            sent(channel, [a_parcel(1, attempt=2)])
            channel.close()
        first, second = (taken.data for taken in peer.taken)
        assert first == second
        assert verifies(first, rsa_key)


class TestEd25519:
    def test_the_digest_of_what_dkimpy_covers_is_signed(self):
        key = ed25519.Ed25519PrivateKey.generate()
        message = signed(key)
        headers, body = dkim.rfc822_parse(message)
        name, value = headers[0]
        tags = parse_tag_value(value)
        policy = CanonicalizationPolicy.from_c_value(b"relaxed/relaxed")
        assert tags[b"a"] == b"ed25519-sha256"
        assert (
            base64.b64decode(tags[b"bh"]) == hashlib.sha256(policy.canonicalize_body(body)).digest()
        )
        names = [name.strip().lower() for name in tags[b"h"].split(b":")]
        digest = hashlib.sha256()
        canonical = policy.canonicalize_headers(headers[1:])
        dkim.hash_headers(digest, policy, canonical, names, (name, value), tags)
        key.public_key().verify(base64.b64decode(tags[b"b"]), digest.digest())


class TestConfig:
    @pytest.mark.parametrize(
        "key",
        [
            "s3cret",
            pem(ec.generate_private_key(ec.SECP256R1())),
            pem(rsa.generate_private_key(65537, 1024)),  # noqa: S505 - the point
        ],
    )
    def test_a_key_that_cannot_sign_is_refused_by_name(self, key):
        with pytest.raises(ValidationError) as caught:
            config(dkim_key=key, dkim_selector="s1")
        assert "dkim_key" in str(caught.value)
        assert key not in str(caught.value)

    def test_a_key_needs_a_selector(self, rsa_key):
        with pytest.raises(ValidationError, match="dkim_selector"):
            config(dkim_key=pem(rsa_key))

    def test_a_selector_needs_a_key(self):
        with pytest.raises(ValidationError, match="dkim_key"):
            config(dkim_selector="s1")

    def test_the_key_is_never_shown(self, rsa_key):
        shown = repr(config(dkim_key=pem(rsa_key), dkim_selector="s1"))
        assert "PRIVATE" not in shown


def config(**fields: str) -> EmailConfig:
    usual = {"smtp_url": "smtp://relay", "mail_host": "notify.example.org"}
    return EmailConfig.model_validate(usual | fields)
