"""Secrets at rest that must be read again, such as those that sign webhooks: sealed, not hashed."""

import hmac
from base64 import urlsafe_b64encode
from dataclasses import replace

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from channels.base import Address
from service.access.keys import every, lasting

SEALED = "sealed:"  # what a stored address begins with that is a secret itself


class BrokenSeal(Exception):
    """This was not sealed by us, or under another secret key."""


def seal(text: str) -> str:
    """Return *text* so that only this service can read it."""
    return _box().encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """Return what was sealed; raises `BrokenSeal`."""
    try:
        return _box().decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise BrokenSeal("sealed under another secret key; set it anew") from None


def resealed(sealed: str) -> str | None:
    """Return what was sealed, under the key in force; None where it is so already.

    Raises `BrokenSeal`.
    """
    inside = sealed.removeprefix(SEALED)
    first = Fernet(urlsafe_b64encode(every("sealing")[0]))
    try:
        first.decrypt(inside.encode())
    except InvalidToken:
        return sealed[: len(sealed) - len(inside)] + seal(unseal(inside))
    return None


def sealed_address(parsed: Address) -> Address:
    """Return *parsed* as it is stored where whoever knows it may write: a chat's hook, a browser.

    Its key stays equal for two spellings of the same address, and tells nothing of them.
    """
    key = hmac.digest(lasting("addresses"), parsed.key.encode(), "sha256").hex()
    return replace(parsed, key=f"{SEALED}{key}", value=f"{SEALED}{seal(parsed.value)}")


def opened(value: str) -> str:
    """Return the address that is stored as *value*, sealed or not; raises `BrokenSeal`."""
    return unseal(value.removeprefix(SEALED)) if value.startswith(SEALED) else value


def _box() -> MultiFernet:
    return MultiFernet([Fernet(urlsafe_b64encode(key)) for key in every("sealing")])
