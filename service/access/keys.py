"""The secret of this process, and the keys made of it: one a use, so that none serves another.

A process belongs to one service and has one secret, told once at its start.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from functools import lru_cache


@dataclass(slots=True)
class _Secret:
    value: bytes = b""


_secret = _Secret()


def use(secret: bytes) -> None:
    """Make every key of this process out of *secret*."""
    _secret.value = secret


def derive(label: str) -> bytes:
    """Return the 32-byte key for *label*; raises `RuntimeError` before `use`."""
    if not _secret.value:
        raise RuntimeError("the secret of this process is not set: call keys.use() at its start")
    return _derived(_secret.value, label)


@lru_cache(maxsize=64)
def _derived(secret: bytes, label: str) -> bytes:
    return hmac.digest(secret, f"tocsin:{label}".encode(), "sha256")


def digest(token: str) -> str:
    """Return what is kept of a token: a leaked table opens no door."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def new_token() -> str:
    """Return 43 characters nobody can guess (256 bits)."""
    return secrets.token_urlsafe(32)
