"""Answers that caches may keep: a strong ETag, 304 for who has it already, an age."""

import hashlib
from datetime import datetime

from flask import Response, request
from werkzeug.http import http_date

#: Fresh for seconds, useful while we are away.
PAGES = "public, max-age=15, stale-while-revalidate=60, stale-if-error=86400"
FEEDS = "public, max-age=60, stale-while-revalidate=300, stale-if-error=86400"


def kept(response: Response, policy: str, modified: datetime | None = None) -> Response:
    """Return *response* with its ETag, or 304 where the caller has the same bytes already."""
    response.set_etag(hashlib.sha256(response.get_data()).hexdigest()[:32])
    response.headers["Cache-Control"] = policy
    if modified is not None:
        response.headers["Last-Modified"] = http_date(modified)
    response.make_conditional(request)  # changes it in place
    return response
