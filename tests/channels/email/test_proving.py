"""channels.email.proving"""

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from channels.email.dkim import Signer
from channels.email.proving import holds
from channels.email.rendition import splice
from tests.channels.email.factories import a_parcel


@pytest.fixture(scope="module", params=["rsa", "ed25519"])
def key(request):
    if request.param == "rsa":
        return rsa.generate_private_key(65537, 2048)
    return ed25519.Ed25519PrivateKey.generate()


@pytest.fixture
def mail(key):
    parcel = a_parcel()
    letter = splice(parcel.rendition, parcel)
    signer = Signer(key, "s1", "notify.example.org")
    return letter.message(signer.sign(letter.head, letter.body))


class TestHolds:
    def test_what_we_sign_holds(self, mail, key):
        assert holds(mail, key)

    def test_another_key_proves_nothing(self, mail):
        assert not holds(mail, ed25519.Ed25519PrivateKey.generate())

    @pytest.mark.parametrize("name", [b"Subject: ", b"To: ", b"List-Unsubscribe: "])
    def test_a_changed_header_breaks_it(self, mail, key, name):
        assert name in mail
        assert not holds(mail.replace(name, name + b"x", 1), key)

    def test_a_changed_body_breaks_it(self, mail, key):
        assert not holds(mail.replace(b"\r\n--", b"\r\nmore\r\n--", 1), key)

    def test_an_unsigned_mail_proves_nothing(self, key):
        parcel = a_parcel()
        assert not holds(splice(parcel.rendition, parcel).message(), key)
