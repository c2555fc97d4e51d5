"""`/healthz`, whether this process lives, and `/readyz`, whether it can do all of its work."""

from flask import Flask, jsonify
from flask.typing import ResponseReturnValue

from service import health
from service.web.callers import public
from service.web.context import runtime

FRESH = {"Cache-Control": "no-store"}


def install(app: Flask) -> None:
    """Give *app* both addresses."""
    app.add_url_rule("/healthz", view_func=lives, endpoint="healthz")
    app.add_url_rule("/readyz", view_func=ready, endpoint="readyz")


@public
def lives() -> ResponseReturnValue:
    """This process lives."""
    return jsonify(alive=True), 200, FRESH


@public
def ready() -> ResponseReturnValue:
    """This process can do all of its work; the reasons where it cannot."""
    found = health.look(runtime())
    body = jsonify(
        ready=found.is_ready, reasons=found.reasons, unavailable_channels=found.unavailable
    )
    return body, 200 if found.is_ready else 503, FRESH
