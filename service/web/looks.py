"""What templates of every noun may use: the caller, the navigation, names of states and icons."""

from urllib.parse import urlencode

from flask import Flask, request, url_for

from service.web.addresses import address
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
        in_language=in_language,
        navigation=navigation,
        states=STATES,
    )


def here() -> str:
    """Return the address of this page within the site, to come back to."""
    query = request.query_string.decode("ascii", "ignore")
    path = address(request.path)
    return f"{path}?{query}" if query else path


def in_language(language: str) -> str:
    """Return this page's address in *language*, if its address names one; else ""."""
    arguments = request.view_args or {}
    if "language" not in arguments:
        return ""
    # Never the query as arguments of url_for(): it takes some of them as orders (`_scheme`).
    path = address(url_for(request.endpoint or "", **{**arguments, "language": language}))
    query = urlencode(
        [(key, value) for key, value in request.args.items(multi=True) if key != "lang"]
    )
    return f"{path}?{query}" if query else path
