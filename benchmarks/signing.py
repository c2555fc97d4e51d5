"""What a DKIM signature costs: mails sent for each second of CPU, signed and not.

Run `python -m benchmarks.signing`. The same mails go by the same transport to the same sink
unsigned, signed with ed25519 and signed with RSA of 2048 bits, in turn; counted is this process's
CPU, which is what a core of a worker can do: RSA alone takes about 0.2 ms a signature.
"""

import argparse
import time
from collections.abc import Mapping
from contextlib import ExitStack
from statistics import median

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from benchmarks.figures import announce, at_least, tell
from benchmarks.sinks import kind, sink
from benchmarks.smtp_transport import parcels, send_all, transport

TARGETS = {"ed25519": at_least(0.6), "RSA-2048": at_least(0.14)}
UNSIGNED = "unsigned"


def keys() -> Mapping[str, str]:
    """A fresh key of each kind, as PEM; none for what is not signed."""
    made: Mapping[str, Ed25519PrivateKey | RSAPrivateKey]
    made = {"ed25519": Ed25519PrivateKey.generate(), "RSA-2048": generate_private_key(65_537, 2048)}
    form = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return {UNSIGNED: "", **{name: key.private_bytes(*form).decode() for name, key in made.items()}}


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--messages", type=int, default=10_000)
    options.add_argument("--rounds", type=int, default=5)
    asked = options.parse_args()
    announce("benchmarks.signing", kind())
    rates: dict[str, list[float]] = {}
    with ExitStack() as stack:
        port = stack.enter_context(sink())
        channels = {name: stack.enter_context(transport(port, key)) for name, key in keys().items()}
        batches = {name: parcels(each, asked.messages) for name, each in channels.items()}
        for _ in range(asked.rounds):
            for name, channel in channels.items():
                begin = time.process_time()
                send_all(channel, batches[name])
                spent = time.process_time() - begin
                rates.setdefault(name, []).append(asked.messages / spent)
            print(", ".join(f"{name} {found[-1]:.0f}" for name, found in rates.items()), flush=True)
    unsigned = median(rates[UNSIGNED])
    for name, target in TARGETS.items():
        rate = median(rates[name])
        tell(f"mail signed, {name}", rate, "messages/s of CPU",
             ratio=rate / unsigned, target=target)  # fmt: skip


if __name__ == "__main__":
    main()
