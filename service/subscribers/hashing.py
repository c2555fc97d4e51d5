"""What stays of an address that must not be kept: a hash that only this service can make again.

Refusals, suppressions and counts outlive the address: whoever is put forward once more is
recognised, and nobody can read the address out of the table. Nobody can make these hashes anew
under another key either, for the addresses are gone: the oldest secret there is goes on making
them (decision 0060).
"""

import hmac

from service.access.keys import lasting

ERASED = "erased:"  # before the hash, where a table holds the address itself otherwise


def address_hash(channel: str, key: str) -> str:
    """Return the keyed hash of the address that *channel* writes *key*: 64 hexadecimal digits."""
    proof = hmac.digest(lasting("addresses"), f"{channel}\0{key}".encode(), "sha256")
    return proof.hex()


def erased_key(channel: str, key: str) -> str:
    """Return what an erased address is called from then on; of an erased one, the same."""
    return key if key.startswith(ERASED) else f"{ERASED}{address_hash(channel, key)}"


def hash_of(channel: str, key: str) -> str:
    """Return the hash of an address, erased or not."""
    return erased_key(channel, key).removeprefix(ERASED)
