"""What a visitor's request says of where it comes from, for limits and for evidence."""

from flask import request

from service.signup.actions.requests import Origin, network_of
from service.subscribers.actions import Evidence
from service.subscribers.models import Method
from service.web.context import caller
from service.web.i18n import COOKIE, is_negotiated, language, speak


def origin(method: Method) -> Origin:
    """Return who sends this request; callers with a key are not counted by network."""
    ip = request.remote_addr or ""
    return Origin(method, ip, agent(), "" if caller().id else network_of(ip))


def evidence(method: Method, text: str = "", version: int = 1) -> Evidence:
    """Return how a step of a consent comes about by this request."""
    return Evidence(
        method=method,
        locale=language(),
        text=text,
        version=version,
        ip=request.remote_addr or "",
        agent=agent(),
    )


def agent() -> str:
    """Return what the browser says of itself, without what no database takes."""
    return "".join(each for each in request.user_agent.string if each.isprintable())


def greet(locale: str) -> None:
    """Speak as the owner of the address does, unless this browser asked for another language."""
    if is_negotiated() and COOKIE not in request.cookies:
        speak(locale)
