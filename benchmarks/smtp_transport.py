"""How fast the e-mail channel splices messages and hands them to a relay that keeps up.

Run `python -m benchmarks.smtp_transport`. Each round is measured beside Postfix's `smtp-source`
where it is installed, a C client that sends one static text without pipelining.
"""

import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from statistics import median

from benchmarks.figures import announce, tell
from benchmarks.sinks import kind, ratio_of, sink, yardstick
from channels.base import Host, Link, Message, Parcel, Result, Sender, Slots, Text, Touched
from channels.email.channel import EmailChannel
from channels.email.config import EmailConfig
from channels.email.rendition import splice

ROUNDS = 5
MESSAGES = 40_000
SLICE = 500
THREADS = 2
SPLICES = 20_000


class NoDoor:
    """An e-mail channel never goes out over HTTP."""

    def post(self, *_: object) -> None:
        """Refuse."""
        raise ConnectionRefusedError("e-mail needs no HTTP")


def a_message() -> Message:
    """Return an incident of the usual size."""
    body = "We see **errors** on sign-in since 09:40.\n\n- retry later\n- [status](https://s.example.org)\n"
    return Message(
        id="pub1",
        type="incident.updated",
        category="incident",
        stage="identified",
        severity="major",
        texts={"en": Text("Sign-in is slow", body * 3)},
        sender=Sender("Status", "status@notify.example.org", list_id="status.notify.example.org"),
        source={"en": "Example platform"},
        url="https://status.example.org/en/events/1",
        subject="evt1",
        sequence=2,
        published_at=datetime(2026, 11, 23, 9, 50, tzinfo=UTC),
        touched=(Touched("c1", {"en": "Sign-in"}, "major_disruption"),),
        links=(Link({"en": "Follow"}, "https://status.example.org/en/follow"),),
    )


@contextmanager
def transport(port: int, dkim_key: str = "") -> Iterator[EmailChannel]:
    """An e-mail channel towards a sink on *port*; *dkim_key*: PEM of what it signs with."""
    given = {"smtp_url": f"smtp://127.0.0.1:{port}", "mail_host": "notify.example.org"}
    signing = {"dkim_key": dkim_key, "dkim_selector": "benchmark"} if dkim_key else {}
    host = Host("https://notify.example.org", NoDoor(), lambda _, at: at)  # type: ignore[arg-type]
    channel = EmailChannel(EmailConfig.model_validate({**given, **signing}), host)
    try:
        yield channel
    finally:
        channel.close()


def parcels(channel: EmailChannel, count: int) -> list[Parcel]:
    """Return *count* parcels that differ wherever real ones do."""
    rendition = channel.render(a_message(), "en", "UTC")
    base = "https://notify.example.org"
    return [
        Parcel(
            id=f"d{n:08x}",
            attempt=1,
            address=channel.parse_address(f"person{n}@example.org"),
            rendition=rendition,
            slots=Slots(
                why="You chose the incidents of Example platform.",
                unsubscribe_url=f"{base}/u/{n:032x}",
                preferences_url=f"{base}/p/{n:032x}?from=mail",
                thread=f"t{n:08x}",
            ),
        )
        for n in range(count)
    ]


def send_all(channel: EmailChannel, batch: list[Parcel]) -> float:
    """Send *batch* by slices from as many threads as a worker has; return messages a second."""

    def send(part: list[Parcel]) -> int:
        outcomes = channel.send(part, time.monotonic() + 60)
        return sum(outcome.result is Result.SENT for outcome in outcomes)

    slices = [batch[n : n + SLICE] for n in range(0, len(batch), SLICE)]
    with ThreadPoolExecutor(THREADS) as threads:
        begin = time.perf_counter()
        sent = sum(threads.map(send, slices))
        seconds = time.perf_counter() - begin
    if sent != len(batch):
        sys.exit(f"only {sent} of {len(batch)} were taken")
    return sent / seconds


def splice_cost(batch: list[Parcel]) -> float:
    """Return the microseconds it takes to splice one message."""
    begin = time.perf_counter()
    for parcel in batch:
        splice(parcel.rendition, parcel)
    return (time.perf_counter() - begin) / len(batch) * 1e6


def main() -> None:
    """Measure and print."""
    announce("benchmarks.smtp_transport", kind())
    with sink() as port, transport(port) as channel:
        batch = parcels(channel, MESSAGES)
        size = len(splice(batch[0].rendition, batch[0]).message())
        print(f"message: {size} bytes, by {SLICE}, from {THREADS} threads")
        costs = [splice_cost(batch[:SPLICES]) for _ in range(ROUNDS)]
        print(f"splice: {median(costs):.1f} µs (of {', '.join(f'{c:.1f}' for c in costs)})")
        cpu, rates, yards = 0.0, [], []
        for _ in range(ROUNDS):
            yards.append(yardstick(port, size))
            cpu -= time.process_time()
            rates.append(send_all(channel, batch))
            cpu += time.process_time()
            print(f"round: {rates[-1]:.0f}/s, smtp-source {yards[-1] or 0:.0f}/s")
        print(f"cpu: {cpu / ROUNDS / MESSAGES * 1e6:.1f} µs a message, splicing included")
    tell("mail: splice and send, nothing recorded", median(rates), "messages/s",
         ratio=ratio_of(median(rates), yards))  # fmt: skip


if __name__ == "__main__":
    main()
