"""Local parts of addresses that only we can make: `b+…`, `f+…`, `u+…`, `confirm+…`.

Whoever answers one of our mails proves by it which delivery or subscription is meant; From never
decides. Small letters and digits only: servers on the way may change the case.
"""

from base64 import b32decode
from binascii import Error
from collections.abc import Iterator
from enum import StrEnum

from service.access.keys import is_proof, mac
from service.errors import NotFound


class Door(StrEnum):
    """What a signed address is for."""

    BOUNCE = "b"  # publication, n
    COMPLAINT = "f"  # publication, n
    LEAVE = "u"  # subscription
    CONFIRM = "confirm"  # subscription
    FILE = "file"  # stored mail, number of the file; in addresses of the web, not of mail


#: Bytes of proof. Accusing one delivery is worth less than deciding about a consent.
PROOF = {Door.BOUNCE: 5, Door.COMPLAINT: 5, Door.LEAVE: 10, Door.CONFIRM: 10, Door.FILE: 10}
_SEVEN, _MORE = 0x7F, 0x80  # bits of a packed byte
_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"
_PAIRS = [first + second for first in _LETTERS for second in _LETTERS]
_PAIR_BITS, _PAIR_MASK = 10, 0x3FF
_LONGEST = 64  # RFC 5321 §4.5.3.1.1


def sealed(door: Door, *numbers: int) -> str:
    """Return the local part that leads to *numbers*, not negative, for ever."""
    payload = b"".join(_packed(number) for number in numbers)
    return f"{door}+{_letters(payload + _proof(door, payload))}"


def opened(local: str) -> tuple[Door, tuple[int, ...]]:
    """Return what a local part leads to; raises `NotFound` where we did not make it."""
    name, plus, rest = local.lower().partition("+")
    if not plus or name not in set(Door) or len(local) > _LONGEST or not rest.isascii():
        raise NotFound("there is no such address")
    door = Door(name)
    try:
        raw = b32decode(rest.upper() + "=" * (-len(rest) % 8))
    except (Error, ValueError):
        raise NotFound("there is no such address") from None
    payload, proof = raw[: -PROOF[door]], raw[-PROOF[door] :]
    if len(proof) < PROOF[door] or not is_proof(f"envelope:{door}", payload, proof):
        raise NotFound("there is no such address")
    return door, tuple(_unpacked(payload))


def _proof(door: Door, payload: bytes) -> bytes:
    return mac(f"envelope:{door}", payload)[: PROOF[door]]


def _letters(raw: bytes) -> str:
    """RFC 4648 base32, small and without padding, two letters a step: one is made for each mail."""
    padding = -8 * len(raw) % _PAIR_BITS
    bits = int.from_bytes(raw) << padding
    steps = range(8 * len(raw) + padding - _PAIR_BITS, -1, -_PAIR_BITS)
    letters = "".join([_PAIRS[bits >> step & _PAIR_MASK] for step in steps])
    return letters[: (8 * len(raw) + 4) // 5]


def _packed(number: int) -> bytes:
    """Seven bits a byte, the highest bit says that more follow."""
    packed = bytearray()
    while number > _SEVEN:
        packed.append(number & _SEVEN | _MORE)
        number >>= 7
    packed.append(number)
    return bytes(packed)


def _unpacked(payload: bytes) -> Iterator[int]:
    number = shift = 0
    for byte in payload:
        number |= (byte & _SEVEN) << shift
        shift += 7
        if not byte & _MORE:
            yield number
            number = shift = 0
