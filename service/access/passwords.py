"""Passwords: Argon2id, and the same time for people we know and people we do not."""

import secrets
import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from service.errors import invalid

SHORTEST = 12
LONGEST = 200

_hasher = PasswordHasher()


def hashed(password: str, pointer: str = "/password") -> str:
    """Return what to store of *password*; raises `Invalid` where it is too short or too long."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise invalid(pointer, f"use {SHORTEST} to {LONGEST} characters", "password_length")
    return _hasher.hash(_normal(password))


def fits(stored: str | None, password: str) -> bool:
    """Whether *password* is the one *stored*; takes as long where nothing is."""
    try:
        _hasher.verify(stored or _nobody(), _normal(password)[:LONGEST])
    except (VerifyMismatchError, InvalidHashError):
        return False
    return stored is not None


def new_password() -> str:
    """Return a password nobody guesses (120 bits), easy to copy."""
    return secrets.token_urlsafe(15)


def _normal(password: str) -> bytes:
    # RFC 8265: the same password from another keyboard is the same password.
    return unicodedata.normalize("NFC", password).encode("utf-8", "replace")


@cache
def _nobody() -> str:
    return _hasher.hash(secrets.token_bytes(16))
