"""Where mail providers report bounces and complaints; each proves itself in its own way."""

import structlog
from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from channels.email.reports.base import Forged, Hook
from service.bounces.reporting import reader, take_reports
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
    try:
        reports = plugin.read(Hook(headers, body, rt.clock()))
    except Forged as forged:
        log.warning("report_forged", provider=provider, why=str(forged))
        raise Forbidden("this report is not proven", code="forged") from forged
    with rt.work(f"provider:{provider}") as uow:
        taken = take_reports(uow, provider, reports)
    return {"reports": len(reports), "taken": taken}
