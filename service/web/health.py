"""`/healthz`: this process lives; `/readyz`: it can do all of its work; `/version`: which it is."""

from importlib.metadata import version

from flask import Flask, jsonify
from flask.typing import ResponseReturnValue

from scheduling import zones
from service import health
from service.web.callers import public
from service.web.context import runtime

FRESH = {"Cache-Control": "no-store"}


def install(app: Flask) -> None:
    """Give *app* these addresses."""
    app.add_url_rule("/healthz", view_func=lives, endpoint="healthz")
    app.add_url_rule("/readyz", view_func=ready, endpoint="readyz")
    app.add_url_rule("/version", view_func=which, endpoint="version")


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


@public
def which() -> ResponseReturnValue:
    """Which version answers, and the version of its time zone rules: the same in all processes."""
    return jsonify(version=version("tocsin"), zone_data=zones.DATA_VERSION), 200, FRESH
