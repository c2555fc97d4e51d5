"""Shows the built-in mailbox under /dev/mailbox, where it is in use."""

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, cast

from flask import Blueprint, Flask, Response, abort, make_response, render_template, request
from flask.sansio.app import App
from flask.typing import ResponseReturnValue

from service.mailbox import folder, in_use, reading
from service.mailbox.store import Letter, Store, open_reader
from service.web.addresses import LAST_ROW, row_named
from service.web.callers import public
from service.web.context import runtime
from service.web.shell import CONTENT_SECURITY_POLICY

PAGE = 50
#: The letter's own styles and nothing else: no script, no network, no way out of its frame.
FRAMED = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"
)


class _WhereInUse(Blueprint):
    def register(self, app: App, options: dict[str, Any]) -> None:
        with cast(Flask, app).app_context():
            if in_use(runtime().settings):
                super().register(app, options)


site = _WhereInUse("mailbox", __name__, template_folder="templates", url_prefix="/dev/mailbox")


@site.get("", strict_slashes=False)
@public
def letters() -> ResponseReturnValue:
    wanted = request.args.get("to", "").strip()
    before = row_named("before", LAST_ROW)
    with _store() as store:
        found = store.find(wanted, before, PAGE + 1)
        tally = store.tally()
    return render_template(
        "mailbox/letters.html",
        rows=[(each, reading.subject(each.raw), _received(each)) for each in found[:PAGE]],
        wanted=wanted,
        tally=tally,
        last=found[PAGE - 1].id if len(found) > PAGE else None,
    )


@site.get("/<int:number>")
@public
def letter(number: int) -> ResponseReturnValue:
    found = _found(number)
    shown = render_template(
        "mailbox/letter.html",
        letter=found,
        contents=reading.read(found.raw),
        received=_received(found),
    )
    response = make_response(shown)
    response.headers["Content-Security-Policy"] = f"{CONTENT_SECURITY_POLICY}; frame-src 'self'"
    return response


@site.get("/<int:number>/html")
@public
def framed(number: int) -> ResponseReturnValue:
    headers = {"Content-Security-Policy": FRAMED, "X-Frame-Options": "SAMEORIGIN"}
    return Response(reading.read(_found(number).raw).html, mimetype="text/html", headers=headers)


@site.get("/<int:number>/raw")
@public
def raw(number: int) -> ResponseReturnValue:
    return Response(_found(number).raw, mimetype="text/plain")


@contextlib.contextmanager
def _store() -> Iterator[Store]:
    with contextlib.closing(open_reader(folder(runtime().settings))) as store:
        yield store


def _found(number: int) -> Letter:
    with _store() as store:
        return store.letter(number) or abort(404)


def _received(letter: Letter) -> datetime:
    return datetime.fromtimestamp(letter.received, UTC)
