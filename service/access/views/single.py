"""Single sign-on: away to the provider, back with its word, in after one more button.

The provider sends people back by GET, which changes nothing here: the button acts.
"""

import hmac
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING

import structlog
from flask import Blueprint, redirect, render_template, request, session
from flask.typing import ResponseReturnValue

from channels.guard import Guard
from channels.outbound import Door
from service.access.views.signing import refused, welcome
from service.access.vouching import NotSignedIn, OidcConfig, admit, single_sign_on
from service.errors import NotFound
from service.web.callers import public_form
from service.web.context import absolute, runtime
from service.web.limits import limits, visitor

if TYPE_CHECKING:
    from service.access.oidc import Errand, Provider

log = structlog.get_logger(__name__)

RATE = "30/5 minutes"  # of one address: each costs the provider requests
AWAY = timedelta(minutes=10)  # how long somebody may be at the provider's
_KEPT = "single_sign_on"

single = Blueprint(
    "single", __name__, template_folder="../templates", url_prefix="/console/login/oidc"
)


@single.get("")
@public_form
def begin() -> ResponseReturnValue:
    """Send somebody to the provider; only their own browser remembers it."""
    from service.access.oidc import Errand  # noqa: PLC0415 - an extra

    config = _config()
    limits().take("single sign-on", RATE, visitor())
    errand = Errand.new()
    try:
        with _provider(config) as provider:
            where = provider.begin(errand)
    except NotSignedIn as why:
        log.warning("single_sign_on_failed", why=str(why))
        return refused("access.single.away")
    until = (runtime().clock() + AWAY).timestamp()
    session[_KEPT] = {**asdict(errand), "next": request.args.get("next", ""), "until": until}
    return redirect(where, HTTPStatus.SEE_OTHER)


@single.get("/back")
@public_form
def back() -> ResponseReturnValue:
    """Show the button that goes on with the provider's word; looking changes nothing."""
    config = _config()
    code, state = request.args.get("code", ""), request.args.get("state", "")
    if not code or _errand(state) is None:
        return refused("access.single.refused")
    return render_template("access/single.html", provider=config.name, code=code, state=state)


@single.post("/back")
@public_form
def finish() -> ResponseReturnValue:
    """Ask the provider whom its word stands for, and let them in."""
    config = _config()
    limits().take("single sign-on", RATE, visitor())
    errand = _errand(request.form.get("state", ""))
    kept = session.pop(_KEPT, None)  # one word is good for one try
    if errand is None:
        return refused("access.single.refused")
    rt = runtime()
    try:
        with _provider(config) as provider:
            found = provider.finish(errand, request.form.get("code", ""), rt.clock())
        with rt.work("visitor") as uow:
            person = admit(uow, config, found)
    except NotSignedIn as why:
        log.warning("single_sign_on_failed", why=str(why))
        return refused("access.single.unknown")
    return welcome(person, kept["next"])


def _config() -> OidcConfig:
    found = single_sign_on(runtime().settings)
    if found is None:
        raise NotFound("there is no single sign-on here")
    return found


@contextmanager
def _provider(config: OidcConfig) -> "Iterator[Provider]":
    from service.access.oidc import Provider  # noqa: PLC0415 - an extra

    settings = runtime().settings
    door = Door(Guard(settings.allowed_networks, settings.allowed_ports))
    try:
        yield Provider(config, door, absolute("/console/login/oidc/back"))
    finally:
        door.close()


def _errand(state: str) -> "Errand | None":
    """What this browser keeps, where *state* is its own and not too old."""
    from service.access.oidc import Errand  # noqa: PLC0415 - an extra

    kept = session.get(_KEPT)
    if not kept or kept["until"] < runtime().clock().timestamp():
        return None
    if not hmac.compare_digest(kept["state"].encode(), state.encode("utf-8", "replace")):
        return None
    return Errand(kept["state"], kept["nonce"], kept["verifier"])
