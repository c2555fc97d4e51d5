"""Where mail providers report bounces and complaints; each proves itself in its own way."""

import structlog
from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from channels.email.reports.base import Confirms, Forged, Hook
from channels.outbound import Door, Guard, Request
from service.bounces.confirming import confirm
from service.bounces.reporting import reader, take_reports
from service.config import Settings
from service.errors import Forbidden, invalid
from service.web.callers import public
from service.web.context import runtime

log = structlog.get_logger(__name__)

hooks = Blueprint("mail_reports", __name__, url_prefix="/api/v1/mail-reports")

LARGEST = 1_000_000  # bytes of a report


@hooks.post("/<provider>")
@public
def take(provider: str) -> ResponseReturnValue:
    """Take one report; 403 where it is not proven, 404 where nothing is taken from there."""
    rt = runtime()
    plugin = reader(rt.settings, provider)
    body = request.stream.read(LARGEST + 1)
    if len(body) > LARGEST:
        raise invalid("", "the report is too long", "too_long")
    headers = {name.lower(): value for name, value in request.headers.items()}
    hook = Hook(headers, body, rt.clock())
    try:
        asked = plugin.confirmation(hook) if isinstance(plugin, Confirms) else None
        reports = plugin.read(hook)
    except Forged as forged:
        log.warning("report_forged", provider=provider, why=str(forged))
        raise Forbidden("this report is not proven", code="forged") from forged
    if asked is not None:
        confirmed = _confirmed(rt.settings, asked)
        return {"confirmed": confirmed}, 200 if confirmed else 503  # it asks again
    with rt.work(f"provider:{provider}") as uow:
        taken = take_reports(uow, provider, reports)
    return {"reports": len(reports), "taken": taken}


def _confirmed(settings: Settings, asked: Request) -> bool:
    door = Door(Guard(settings.allowed_networks, settings.allowed_ports))
    try:
        return confirm(door, asked)
    finally:
        door.close()
