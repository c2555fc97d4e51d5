"""Reads a signed mail as its receiver will, and says whether the signature holds (RFC 6376 §6).

For the report that moderators see before anything leaves; the key comes from our own configuration
instead of the DNS.
"""

import re
from base64 import b64decode, b64encode
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256

from channels.email.dkim import relaxed_body, relaxed_lines

_SIGNATURE = re.compile(rb"(\bb=)[^;]*$", re.DOTALL)


def holds(raw: bytes, key: RSAPrivateKey | Ed25519PrivateKey) -> bool:
    """Whether the DKIM signature in *raw* covers it as it is, and was made with *key*."""
    head, _, body = raw.partition(b"\r\n\r\n")
    lines = relaxed_lines(head + b"\r\n")
    own = lines.get(b"dkim-signature", b"")
    tags = _tags(own)
    if tags.get(b"bh") != b64encode(sha256(_canonical(body)).digest()):
        return False
    names = [name.strip() for name in tags.get(b"h", b"").split(b":")]
    # A name listed once more than it occurs signs nothing, so that none can be added (§5.4.2).
    covered = [lines[name] for name in dict.fromkeys(names) if name in lines]
    own = _SIGNATURE.sub(rb"\1", own.removesuffix(b"\r\n"))
    return _verified(key, b64decode(tags.get(b"b", b"")), b"".join((*covered, own)))


def _tags(line: bytes) -> dict[bytes, bytes]:
    _, _, value = line.partition(b":")
    pairs = (part.partition(b"=") for part in value.split(b";"))
    return {name.strip(): re.sub(rb"\s", b"", tag) for name, _, tag in pairs}


def _canonical(body: bytes) -> bytes:
    return relaxed_body(body).rstrip(b"\r\n") + b"\r\n"


def _verified(key: RSAPrivateKey | Ed25519PrivateKey, signature: bytes, covered: bytes) -> bool:
    try:
        if isinstance(key, RSAPrivateKey):
            key.public_key().verify(signature, covered, PKCS1v15(), SHA256())
        else:
            key.public_key().verify(signature, sha256(covered).digest())
    except InvalidSignature:
        return False
    return True
