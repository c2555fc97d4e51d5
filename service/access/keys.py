"""The secret of this process, and the keys made of it: one a use, so that none serves another.

A process belongs to one service and has one secret, told once at its start; beside it those that
it had before, so that what they signed and sealed stays good (decision 0060).
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from functools import lru_cache


@dataclass(slots=True)
class _Secrets:
    values: tuple[bytes, ...] = ()  # the one in force first, then the earlier ones, newest first
    begun: dict[str, hmac.HMAC] = field(
        default_factory=dict
    )  # proofs of the one in force, by label


_secrets = _Secrets()


def use(secret: bytes, *earlier: bytes) -> None:
    """Make every key of this process out of *secret*, and take what *earlier* ones made."""
    _secrets.values, _secrets.begun = (secret, *earlier), {}


def derive(label: str) -> bytes:
    """Return the 32-byte key for *label*; raises `RuntimeError` before `use`."""
    return every(label)[0]


def every(label: str) -> tuple[bytes, ...]:
    """Return the key for *label* of each secret, the one in force first; raises as `derive`."""
    if not any(_secrets.values):
        raise RuntimeError("the secret of this process is not set: call keys.use() at its start")
    return tuple(_derived(secret, label) for secret in _secrets.values)


def lasting(label: str) -> bytes:
    """Return the key of the oldest secret there is: for hashes that nobody can make anew."""
    return every(label)[-1]


def is_proof(label: str, text: bytes, proof: bytes) -> bool:
    """Whether *proof* is how an HMAC-SHA256 of *text* begins, under the key of any secret."""
    made = [each[: len(proof)] for each in macs(label, text)]
    return any([hmac.compare_digest(each, proof) for each in made])  # noqa: C419 - same time


def macs(label: str, text: bytes) -> tuple[bytes, ...]:
    """Return the HMAC-SHA256 of *text* under the key of each secret, to compare with a proof."""
    return tuple(hmac.digest(key, text, "sha256") for key in every(label))


def mac(label: str, text: bytes) -> bytes:
    """Return the HMAC-SHA256 of *text*, short, made for each of many messages.

    `hmac.digest` lets other threads run during each of its microseconds: among busy threads it
    then waits for its turn longer than it works.
    """
    begun = _secrets.begun.get(label)
    if begun is None:
        begun = _secrets.begun.setdefault(label, hmac.new(derive(label), digestmod="sha256"))
    made = begun.copy()
    made.update(text)
    return made.digest()


@lru_cache(maxsize=64)
def _derived(secret: bytes, label: str) -> bytes:
    return hmac.digest(secret, f"tocsin:{label}".encode(), "sha256")


def digest(token: str) -> str:
    """Return what is kept of a token: a leaked table opens no door."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def new_token() -> str:
    """Return 43 characters nobody can guess (256 bits)."""
    return secrets.token_urlsafe(32)
