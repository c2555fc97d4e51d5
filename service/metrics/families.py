"""The families of numbers, under the names that dashboards and alarms use."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from sqlalchemy.orm import Session

from service.metrics import queries
from service.metrics.queries import Row


def collect(session: Session, now: datetime) -> Iterator[Metric]:
    """Yield everything that the database knows."""
    yield _deliveries(session)
    yield _gauge("slices_ready", "Slices to claim", ("channel",), queries.ready_slices(session))
    yield _gauge(
        "singles_waiting",
        "Single messages that wait: retries, confirmations, webhooks",
        ("channel",),
        queries.waiting_singles(session),
    )
    yield _gauge(
        "due_lag_seconds", "How long the most overdue waits", ("kind",), queries.lag(session, now)
    )
    yield _gauge(
        "failed_attempts",
        "Attempts of rollouts under way that did not end with sent",
        ("result", "reason"),
        queries.failures(session),
    )
    yield _gauge(
        "returned",
        "What came back of rollouts of the last days; blame is about us, and nobody's fault",
        ("weight", "cause"),
        queries.returned(session, now),
    )
    yield _gauge(
        "rollouts", "Rollouts, and what paused them", ("state", "reason"), queries.rollouts(session)
    )
    yield _gauge("stages", "Stages of rollouts under way", ("state",), queries.gates(session))
    held = queries.held_publications(session)
    yield _gauge("publications_held", "Messages that wait for a moderator", (), [(held,)])
    yield _gauge(
        "held_back_seconds",
        "How long a channel or a provider is still left alone",
        ("scope", "key"),
        queries.held_back(session),
    )


def about(version: str, zone_data: str) -> Metric:
    """Which build this is."""
    return _gauge("build", "This build", ("version", "zone_data"), [(version, zone_data, 1)])


def channels(available: Iterable[str], unavailable: Iterable[str]) -> Metric:
    """Which channels can be used."""
    rows = [*((name, 1) for name in available), *((name, 0) for name in unavailable)]
    return _gauge("channel_available", "1 where the channel can be used", ("channel",), rows)


def _deliveries(session: Session) -> Metric:
    family = CounterMetricFamily(
        "tocsin_deliveries", "What became of people", labels=("channel", "result")
    )
    for each in queries.sums(session):
        for result, count in each._asdict().items():
            if result != "channel":
                family.add_metric((each.channel, result), count)
    return family


def _gauge(name: str, text: str, labels: Sequence[str], rows: Iterable[Row]) -> Metric:
    family = GaugeMetricFamily(f"tocsin_{name}", text, labels=labels)
    for *values, number in rows:
        family.add_metric([str(value) for value in values], number)
    return family
