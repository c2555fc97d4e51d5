"""Traces of requests, jobs and sends, for whoever runs a collector; nothing where nobody asks.

The one door to OpenTelemetry, which is an extra: it is imported where `TOCSIN_OTEL_ENDPOINT` is
set, and nowhere else. Names and attributes follow its semantic conventions where there are any; no
address, no path (some hold tokens) and no text is ever told.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from enum import StrEnum
from importlib.metadata import version
from importlib.util import find_spec
from typing import TYPE_CHECKING, Protocol

from channels.base import Outcome
from service.config import Settings, SettingsError

if TYPE_CHECKING:
    from opentelemetry import trace
    from opentelemetry.sdk.trace import TracerProvider

TRACEPARENT = "traceparent"  # the header by which a trace goes on elsewhere (W3C Trace Context)
PATH = "/v1/traces"  # of OTLP/HTTP, below the endpoint

Facts = Mapping[str, str | int]


class Kind(StrEnum):
    """Which part of a conversation a span is, by OpenTelemetry's names."""

    SERVER = "SERVER"
    CONSUMER = "CONSUMER"
    CLIENT = "CLIENT"


class Span(Protocol):
    """Something under way."""

    @property
    def traceparent(self) -> str:
        """What lets others go on with this trace; "" where there is none."""
        ...

    def tell(self, facts: Facts) -> None:
        """Add *facts* to what is known of it."""
        ...

    def fail(self) -> None:
        """Say that it did not work; an exception that leaves the span says so by itself."""
        ...


class Tracer(Protocol):
    """Takes note of what is under way."""

    def span(
        self, name: str, kind: Kind, facts: Facts, after: str = ""
    ) -> AbstractContextManager[Span]:
        """Note what happens in the block as *name*, below the span whose `traceparent` is *after*.

        Without one it is below the span of the block around it.
        """
        ...

    def close(self) -> None:
        """Send what was noted; takes seconds at most."""
        ...


def sending(tracer: Tracer, channel: str, count: int) -> AbstractContextManager[Span]:
    """Note that the block sends *count* messages by *channel*."""
    facts: Facts = {"tocsin.channel": channel, "messaging.batch.message_count": count}
    return tracer.span(f"send {channel}", Kind.CLIENT, facts)


def results(outcomes: Iterable[Outcome]) -> Facts:
    """Return how many of *outcomes* ended how, as facts of a span."""
    counted = Counter(each.result for each in outcomes)
    return {f"tocsin.{result}": count for result, count in counted.items()}


class Nobody:
    """Nobody asked: nothing is noted."""

    traceparent = ""

    @contextmanager
    def span(self, name: str, kind: Kind, facts: Facts, after: str = "") -> Iterator[Span]:
        """Note nothing."""
        del name, kind, facts, after
        yield self

    def tell(self, facts: Facts) -> None:
        """Forget *facts*."""

    def fail(self) -> None:
        """Forget it."""

    def close(self) -> None:
        """Nothing is open."""


NOBODY = Nobody()


def check(settings: Settings) -> None:
    """Raise `SettingsError` where traces are asked for and cannot be made."""
    if settings.otel_endpoint and find_spec("opentelemetry") is None:
        raise SettingsError("TOCSIN_OTEL_ENDPOINT: install the extra: pip install 'tocsin[otel]'")


def open_tracer(settings: Settings) -> Tracer:
    """Return who takes note, by *settings*; its thread does not survive a fork."""
    if not settings.otel_endpoint:
        return NOBODY
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415
        OTLPSpanExporter,
    )
    from opentelemetry.sdk.resources import OTELResourceDetector, Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    ours = Resource({"service.name": "tocsin", "service.version": version("tocsin")})
    # OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES win.
    provider = TracerProvider(resource=ours.merge(OTELResourceDetector().detect()))
    exporter = OTLPSpanExporter(endpoint=settings.otel_endpoint.rstrip("/") + PATH)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return _Otel(provider)


class _Otel:
    """Hands everything to OpenTelemetry, which sends it in batches from a thread of its own."""

    def __init__(self, provider: "TracerProvider") -> None:
        self._provider = provider
        self._tracer = provider.get_tracer("tocsin", version("tocsin"))

    @contextmanager
    def span(self, name: str, kind: Kind, facts: Facts, after: str = "") -> Iterator[Span]:
        """Note what happens in the block."""
        from opentelemetry.trace import SpanKind  # noqa: PLC0415
        from opentelemetry.trace.propagation.tracecontext import (  # noqa: PLC0415
            TraceContextTextMapPropagator,
        )

        above = TraceContextTextMapPropagator().extract({TRACEPARENT: after}) if after else None
        with self._tracer.start_as_current_span(
            name, above, SpanKind[kind], attributes=dict(facts)
        ) as span:
            yield _OtelSpan(span)

    def close(self) -> None:
        """Send what was noted."""
        self._provider.shutdown()


class _OtelSpan:
    """One of OpenTelemetry's spans."""

    def __init__(self, span: "trace.Span") -> None:
        self._span = span

    @property
    def traceparent(self) -> str:
        """As the header has it: version, trace, span, flags."""
        at = self._span.get_span_context()
        return f"00-{at.trace_id:032x}-{at.span_id:016x}-{at.trace_flags:02x}"

    def tell(self, facts: Facts) -> None:
        """Add attributes."""
        self._span.set_attributes(dict(facts))

    def fail(self) -> None:
        """Set the status."""
        from opentelemetry.trace import StatusCode  # noqa: PLC0415

        self._span.set_status(StatusCode.ERROR)
