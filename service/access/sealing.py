"""Secrets at rest that must be read again, such as those that sign webhooks: sealed, not hashed."""

from base64 import urlsafe_b64encode

from cryptography.fernet import Fernet, InvalidToken

from service.access.keys import derive


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


def _box() -> Fernet:
    return Fernet(urlsafe_b64encode(derive("sealing")))
