"""What templates of every noun may use: the caller, the navigation, names of states and icons."""

from flask import Flask, request

from service.web.context import absolute, caller, navigation
from service.web.forms import fault_at

#: From the best to the worst; "unknown" is for times before anything was known.
STATES = (
    "operational",
    "maintenance",
    "minor_disruption",
    "major_disruption",
    "down",
    "unknown",
)


def install(app: Flask) -> None:
    """Give the templates of *app* these names."""
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(
        absolute=absolute,
        caller=caller,
        fault_at=fault_at,
        here=here,
        navigation=navigation,
        states=STATES,
    )


def here() -> str:
    """Return the address of this page within the site, to come back to."""
    query = request.query_string.decode("ascii", "ignore")
    return f"{request.path}?{query}" if query else request.path
