"""channels.webhook.signing"""

from base64 import b64decode

import pytest

from channels.webhook import BadSignature, new_secret, sign, verify
from tests.channels.webhook.parcels import NEWER, SECRET


class TestSignature:
    # The official vector: standard-webhooks, libraries/python/tests.
    ID, AT, BODY = "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'
    SIGNED = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="

    def headers(self, signature: str) -> dict[str, str]:
        return {
            "Webhook-Id": self.ID,
            "Webhook-Timestamp": str(self.AT),
            "Webhook-Signature": signature,
        }

    def test_is_the_official_one(self):
        assert sign(SECRET, self.ID, self.AT, self.BODY) == self.SIGNED

    def test_does_not_need_the_prefix(self):
        assert sign(SECRET.removeprefix("whsec_"), self.ID, self.AT, self.BODY) == self.SIGNED

    def test_verifies(self):
        verify([NEWER, SECRET], self.headers(self.SIGNED), self.BODY, now=self.AT + 299)

    @pytest.mark.parametrize(
        "signature",
        [
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OA=",  # the vector, off by one
            "v1a,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
            "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
            "v1,é",
            "",
        ],
    )
    def test_another_one_is_refused(self, signature: str):
        with pytest.raises(BadSignature, match="no signature"):
            verify([SECRET], self.headers(signature), self.BODY, now=self.AT)

    def test_one_good_among_several_is_enough(self):
        several = f"v1,bm9uc2Vuc2U= v2,x {self.SIGNED}"
        verify([SECRET], self.headers(several), self.BODY, now=self.AT)

    @pytest.mark.parametrize("late", [-301, 301])
    def test_an_old_or_early_one_is_refused(self, late: int):
        with pytest.raises(BadSignature, match="timestamp"):
            verify([SECRET], self.headers(self.SIGNED), self.BODY, now=self.AT + late)

    @pytest.mark.parametrize("raw", ["", "soon", "-1", "1e9", "¹"])
    def test_a_strange_timestamp_is_refused(self, raw: str):
        with pytest.raises(BadSignature, match="timestamp"):
            verify([SECRET], self.headers(self.SIGNED) | {"Webhook-Timestamp": raw}, self.BODY)

    def test_a_missing_header_is_told(self):
        with pytest.raises(BadSignature, match="webhook-id, webhook-timestamp"):
            verify([SECRET], {"webhook-signature": self.SIGNED}, self.BODY)

    def test_a_changed_body_is_refused(self):
        with pytest.raises(BadSignature):
            verify([SECRET], self.headers(self.SIGNED), self.BODY + b" ", now=self.AT)

    @pytest.mark.parametrize("secret", ["", "whsec_", "whsec_é", "whsec_not base64"])
    def test_an_unusable_secret_is_told(self, secret: str):
        with pytest.raises(ValueError, match=r"secret|ascii|ASCII"):
            sign(secret, self.ID, self.AT, self.BODY)

    def test_a_new_secret_is_long_and_new(self):
        secret = new_secret()
        assert secret.startswith("whsec_")
        assert len(b64decode(secret.removeprefix("whsec_"))) == 32
        assert secret != new_secret()
