"""Says yes to a provider that asks before it reports anything."""

import structlog

from channels.outbound import Door, Failure, Request

log = structlog.get_logger(__name__)

TAKEN = range(200, 300)


def confirm(door: Door, asked: Request) -> bool:
    """Make the request that confirms, through the guard; False where it was not taken."""
    try:
        reply = door.post(asked.url, asked.body or b"", asked.headers, asked.seconds)
    except Failure as failure:
        log.warning("report_unconfirmed", why=str(failure))
        return False
    log.info("report_confirmed", status=reply.status)
    return reply.status in TAKEN
