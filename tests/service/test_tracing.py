"""What a collector is told, over OTLP/HTTP, and that nobody pays for it who did not ask."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import structlog
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from service.assembly import assemble, check
from service.config import SettingsError, read_settings
from service.publications.plans import Gate, Plan
from service.queue import Actor, Job
from service.serving import Role, running
from service.tracing import TRACEPARENT, open_tracer
from tests.e2e.fleet import wait_for

TRACE, ABOVE = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
GIVEN = f"00-{TRACE}-{ABOVE}-01"
AT_ONCE = Plan(
    windows=(), growth={"kind": "percent", "steps": [100]}, gate=Gate(min_bake=0), spread=0
)


class Collector(ThreadingHTTPServer):
    """Keeps the spans it is sent, by name."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Post)
        self.spans: dict[str, Any] = {}
        self.services: set[str] = set()
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def facts(self, name: str) -> dict[str, Any]:
        found = self.spans[name].attributes
        return {each.key: each.value.string_value or each.value.int_value for each in found}


class _Post(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        told = ExportTraceServiceRequest()
        told.ParseFromString(self.rfile.read(int(self.headers["Content-Length"])))
        assert self.path == "/v1/traces"
        for resource in told.resource_spans:
            facts = {each.key: each.value.string_value for each in resource.resource.attributes}
            self.server.services.add(facts["service.name"])
            for scope in resource.scope_spans:
                self.server.spans |= {span.name: span for span in scope.spans}
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector() as server:
        yield server
        server.shutdown()


@pytest.fixture
def asked(collector, tmp_path):
    given = {"TOCSIN_DATA_DIR": str(tmp_path), "TOCSIN_OTEL_ENDPOINT": f"{collector.url}/"}
    return read_settings(given)


class TestTraces:
    def test_requests_and_the_jobs_they_ask_for_are_one_trace(self, collector, asked):
        check(asked)
        assembly = assemble(asked)
        client = assembly.app().test_client()
        client.get("/readyz", headers={TRACEPARENT: GIVEN})
        client.get("/c/a-secret-word", headers={TRACEPARENT: "00-nonsense"})
        with running(assembly, frozenset({Role.WORKER})):
            with structlog.contextvars.bound_contextvars(**{TRACEPARENT: GIVEN}):
                assembly.runtime.queue.put([Job(Actor.SIGN_UP, "no-such-request")])
            wait_for(lambda: assembly.broker.queues[Actor.SIGN_UP].unfinished_tasks == 0, "job")
        request, job = collector.spans["GET /readyz"], collector.spans["job sign_up"]
        assert {each.trace_id.hex() for each in (request, job)} == {TRACE}
        assert {each.parent_span_id.hex() for each in (request, job)} == {ABOVE}
        facts = collector.facts("GET /readyz")
        assert (facts["http.route"], facts["http.response.status_code"]) == ("/readyz", 200)
        assert collector.facts("job sign_up")["tocsin.subject"] == "no-such-request"
        assert collector.services == {"tocsin"}
        assert "a-secret-word" not in str(collector.spans)

    def test_a_send_says_how_many_and_how_they_ended(self, collector, asked, engine):
        engine.rt = replace(engine.rt, tracer=open_tracer(asked))
        engine.restart()
        engine.approve(engine.audience("UTC", per_zone=3), AT_ONCE)
        for _ in range(3):
            engine.tick()
        engine.rt.tracer.close()
        facts = collector.facts("send email")
        assert (facts["messaging.batch.message_count"], facts["tocsin.sent"]) == (3, 3)
        assert "@example" not in str(collector.spans)  # ids are any bytes

    def test_what_is_no_address_is_refused(self):
        with pytest.raises(SettingsError, match="TOCSIN_OTEL_ENDPOINT"):
            read_settings({"TOCSIN_OTEL_ENDPOINT": "localhost:4317"})

    def test_who_does_not_ask_loads_neither_tracer_nor_exporter(self):
        # redis-py loads the metrics of OpenTelemetry by itself where it finds it.
        program = (
            "import sys, service.serving, service.app\n"
            "names = ('opentelemetry.sdk.trace', 'opentelemetry.exporter')\n"
            "print([name for name in sys.modules if name.startswith(names)])"
        )
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-c", program], capture_output=True, text=True, check=True
        )
        assert done.stdout.strip() == "[]"
