"""`/metrics`: what Prometheus scrapes, with an API key of the scope `metrics` as bearer token."""

from collections.abc import Iterator
from importlib.metadata import version

from flask import Blueprint, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.core import Metric
from prometheus_client.registry import Collector, CollectorRegistry

from scheduling import zones
from service.access.models import Scope
from service.metrics import families
from service.runtime import Runtime
from service.web.callers import api_key
from service.web.context import runtime

site = Blueprint("metrics", __name__)


class Numbers(Collector):
    """What one process can tell: mostly what the database knows, the same from every process."""

    def __init__(self, rt: Runtime) -> None:
        self._rt = rt

    def collect(self) -> Iterator[Metric]:
        """Read everything in one transaction."""
        yield families.about(version("tocsin"), zones.DATA_VERSION)
        unavailable = self._rt.channels.unavailable()
        yield families.channels(
            (name for name in self._rt.settings.channels if name not in unavailable), unavailable
        )
        with self._rt.read() as session:
            yield from families.collect(session, self._rt.clock())


@site.get("/metrics")
@api_key(Scope.METRICS)
def metrics() -> Response:
    """Return all numbers."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Numbers(runtime()))
    answer = Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
    answer.headers["Cache-Control"] = "no-store"
    return answer
