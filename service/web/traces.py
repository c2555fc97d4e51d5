"""Lets each request that reaches the application be a span; answers kept in memory are none."""

from contextlib import ExitStack
from http import HTTPStatus

import structlog
from flask import Flask, Response, g, request

from service.tracing import NOBODY, TRACEPARENT, Kind
from service.web.context import runtime, runtime_of


def install(app: Flask) -> None:
    """Take note of requests, where anybody asked for it. After the shell, which names them."""
    if runtime_of(app).tracer is NOBODY:
        return
    app.before_request(_begin)
    app.after_request(_tell)
    app.teardown_request(_end)


def _begin() -> None:
    # The route, never the path: some hold tokens.
    facts = {"http.request.method": request.method, "tocsin.request_id": str(g.request_id)}
    name = request.method
    if request.url_rule:
        facts["http.route"] = request.url_rule.rule
        name = f"{name} {request.url_rule.rule}"
    g.traced = ExitStack()
    after = request.headers.get(TRACEPARENT, "")
    g.span = g.traced.enter_context(runtime().tracer.span(name, Kind.SERVER, facts, after))
    structlog.contextvars.bind_contextvars(**{TRACEPARENT: g.span.traceparent})


def _tell(response: Response) -> Response:
    if "span" in g:
        g.span.tell({"http.response.status_code": response.status_code})
        if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            g.span.fail()
    return response


def _end(_error: BaseException | None) -> None:
    if "traced" in g:
        g.traced.close()
