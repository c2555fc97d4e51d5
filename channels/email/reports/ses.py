"""Amazon SES by SNS: an RSA signature over the fields of the notification.

The certificate that Amazon publishes is an option, not fetched: nobody can name another one.
"""

import json
import re
from base64 import b64decode
from binascii import Error
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from channels.email.bounces.causes import Cause
from channels.email.reports.base import Forged, Hook, Report, judged, parsed, within
from channels.exchange import Request

_NOTICE = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
_QUESTION = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
_AMAZON = re.compile(r"sns\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?")
_HASHES: dict[str, hashes.HashAlgorithm] = {
    "1": hashes.SHA1(),  # noqa: S303 - what SNS signs with unless the topic says version 2
    "2": hashes.SHA256(),
}


class Ses:
    """Reads bounces and complaints; options `certificate` (PEM, several may follow), `topic`."""

    def __init__(self, options: Mapping[str, str]) -> None:
        pem = options.get("certificate", "").encode()
        if not pem or not options.get("topic"):
            raise ValueError("the options certificate (PEM) and topic (its ARN) are needed")
        certificates = x509.load_pem_x509_certificates(pem)
        keys = (each.public_key() for each in certificates)
        self._keys = [key for key in keys if isinstance(key, rsa.RSAPublicKey)]
        self._topic = options["topic"]

    def read(self, hook: Hook) -> Sequence[Report]:
        told = parsed(hook.body)
        self._check(told)
        if told.get("Type") != "Notification":
            return ()
        try:
            message = within(json.loads(str(told.get("Message"))))
        except (ValueError, RecursionError):
            return ()
        mail = within(message.get("mail"))
        return [
            Report(
                address=str(one.get("emailAddress") or ""),
                cause=cause,
                hard=hard,
                words=str(one.get("diagnosticCode") or ""),
                return_path=str(mail.get("source") or ""),
                message_id=str(within(mail.get("commonHeaders")).get("messageId") or ""),
            )
            for one, cause, hard in _told(message)
        ]

    def confirmation(self, hook: Hook) -> Request | None:
        """Say yes to a subscription to our own topic, nowhere but at Amazon.

        The query of `SubscribeURL` goes as a POST, which the API of SNS takes as well.
        """
        told = parsed(hook.body)
        self._check(told)
        if told.get("Type") != "SubscriptionConfirmation":
            return None
        url = urlsplit(str(told.get("SubscribeURL") or ""))
        if url.scheme != "https" or not _AMAZON.fullmatch(url.netloc):
            raise Forged("the address to confirm at is not Amazon's")
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        return Request(f"https://{url.netloc}/", url.query.encode(), form)

    def _check(self, told: Mapping[str, Any]) -> None:
        if told.get("TopicArn") != self._topic:
            raise Forged("the notification is of another topic")
        digest = _HASHES.get(str(told.get("SignatureVersion")))
        names = _NOTICE if told.get("Type") == "Notification" else _QUESTION
        lines = "".join(f"{name}\n{told[name]}\n" for name in names if told.get(name) is not None)
        try:
            signature = b64decode(str(told.get("Signature") or ""), validate=True)
        except Error:
            raise Forged("the signature is no base64") from None
        if digest is None or not any(_fits(key, signature, lines, digest) for key in self._keys):
            raise Forged("the signature does not fit the certificate")


def _fits(
    key: rsa.RSAPublicKey, signature: bytes, lines: str, digest: hashes.HashAlgorithm
) -> bool:
    try:
        key.verify(signature, lines.encode(), padding.PKCS1v15(), digest)
    except InvalidSignature:
        return False
    return True


def _told(message: Mapping[str, Any]) -> list[tuple[Mapping[str, Any], Cause, bool]]:
    bounce, complaint = within(message.get("bounce")), within(message.get("complaint"))
    permanent = bounce.get("bounceType") == "Permanent"
    unclear = Cause.USER_UNKNOWN if bounce.get("bounceSubType") == "NoEmail" else Cause.UNDEFINED
    found: list[tuple[Mapping[str, Any], Cause, bool]] = []
    for one in bounce.get("bouncedRecipients") or ():
        told = within(one)
        words, status = str(told.get("diagnosticCode") or ""), str(told.get("status") or "")
        found.append((told, *judged(words, status, permanent=permanent, otherwise=unclear)))
    complained = complaint.get("complainedRecipients") or ()
    return found + [(within(one), Cause.FEEDBACK, False) for one in complained]
