"""Signs mail as ours (RFC 6376, RFC 8463), relaxed/relaxed.

The library that everybody uses signs RSA in 6 ms and leaves List-Unsubscribe-Post out, without
which one-click unsubscription is not believed. There is no `t=`: a signature is the same on every
attempt.
"""

import re
from base64 import b64encode
from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha256

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

SHORTEST_RSA = 2048
COMMON = 256  # a piece of more bytes is the rendition's: the same object for everybody
_SIGNED = (
    b"from to subject date message-id reply-to in-reply-to references mime-version content-type"
    b" content-language auto-submitted precedence list-id list-unsubscribe list-unsubscribe-post"
    b" list-help list-owner list-archive list-post feedback-id"
    b" cfbl-address"  # RFC 9477 §3.1: believed only where the signature covers it
).split()
_SPACES = re.compile(rb"[ \t]+")


def load_key(pem: str) -> RSAPrivateKey | Ed25519PrivateKey:
    """Return the private key in *pem*; raises `ValueError` without repeating it."""
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ValueError("expected an unencrypted private key in PEM") from None
    if isinstance(key, Ed25519PrivateKey):
        return key
    if not isinstance(key, RSAPrivateKey) or key.key_size < SHORTEST_RSA:
        raise ValueError(f"expected RSA of {SHORTEST_RSA} bits or more, or ed25519")
    return key


class Signer:
    """Signs with one key for one domain."""

    def __init__(self, key: RSAPrivateKey | Ed25519PrivateKey, selector: str, domain: str) -> None:
        self.key = key
        algorithm = "rsa-sha256" if isinstance(key, RSAPrivateKey) else "ed25519-sha256"
        tags = f"v=1; a={algorithm}; c=relaxed/relaxed; d={domain};\r\n s={selector};"
        self._opening = f"DKIM-Signature: {tags}\r\n h=".encode()

    def sign(self, head: Sequence[bytes], body: Sequence[bytes]) -> bytes:
        """Return the header line to put before *head*; all pieces hold whole lines."""
        lines: dict[bytes, bytes] = {}
        for piece in head:
            lines.update(_common_lines(piece) if len(piece) > COMMON else relaxed_lines(piece))
        # Once more than it occurs: a second From added on the way breaks the signature.
        names = [b"from", *(name for name in _SIGNED if name in lines)]
        unsigned = self._unsigned(names, _body_hash(body))
        covered = [lines[name] for name in names[1:]]
        (own,) = relaxed_lines(unsigned).values()
        signature = self._signature(b"".join((*covered, own.removesuffix(b"\r\n"))))
        return unsigned + _folded(b64encode(signature)) + b"\r\n"

    def _unsigned(self, names: Sequence[bytes], body_hash: bytes) -> bytes:
        rows = [b":".join(names[n : n + 5]) for n in range(0, len(names), 5)]
        return b"".join(
            (self._opening, b":\r\n  ".join(rows), b";\r\n bh=", body_hash, b";\r\n b=")
        )

    def _signature(self, covered: bytes) -> bytes:
        if isinstance(self.key, RSAPrivateKey):
            return self.key.sign(covered, PKCS1v15(), SHA256())
        return self.key.sign(sha256(covered).digest())  # RFC 8463 §3: the digest is signed


def relaxed_lines(head: bytes) -> dict[bytes, bytes]:
    """Return the header lines of *head* by name, canonicalised (RFC 6376 §3.4.2)."""
    lines = {}
    for line in re.sub(rb"\r\n(?=[ \t])", b"", head).split(b"\r\n"):
        name, colon, value = line.partition(b":")
        if colon:
            name = name.strip().lower()
            lines[name] = name + b":" + _spaced(value).strip() + b"\r\n"
    return lines


def relaxed_body(piece: bytes) -> bytes:
    """Return whole lines of a body canonicalised, but for empty lines at its end (§3.4.4)."""
    return _spaced(piece).replace(b" \r\n", b"\r\n")


def _spaced(text: bytes) -> bytes:
    # Looking for what is rare is much cheaper than replacing each space by itself.
    return _SPACES.sub(b" ", text) if b"  " in text or b"\t" in text else text


_common_lines = lru_cache(maxsize=64)(relaxed_lines)
_common_body = lru_cache(maxsize=256)(relaxed_body)


def _body_hash(body: Sequence[bytes]) -> bytes:
    digest = sha256()
    for piece in body[:-1]:
        digest.update(_common_body(piece) if len(piece) > COMMON else relaxed_body(piece))
    digest.update(relaxed_body(body[-1]).rstrip(b"\r\n") + b"\r\n")
    return b64encode(digest.digest())


def _folded(signature: bytes) -> bytes:
    rows = [signature[n : n + 72] for n in range(0, len(signature), 72)]
    return b"\r\n ".join(rows)
