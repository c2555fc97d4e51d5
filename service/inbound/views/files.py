"""The files of posts, for readers of the message: saved, never shown by a browser."""

from flask import Blueprint, Response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from service.errors import NotFound
from service.inbound import files, queries
from service.posts.letters import File
from service.web.callers import link, staff
from service.web.context import runtime

site = Blueprint("files", __name__, template_folder="../templates")

#: Whatever is in a file runs nowhere, should a browser open it after all.
POLICY = "default-src 'none'; sandbox"


@site.get("/files/<token>/<name>")
@link
def show(token: str, name: str) -> ResponseReturnValue:  # noqa: ARG001 - for whoever saves it
    """A file of a message that has left; until then moderators get it behind the login."""
    letter_id, n = files.place_of(token)
    with runtime().read() as session:
        if files.is_public(session, letter_id):
            return answer(files.file_at(session, letter_id, n))
    return redirect(url_for("files.kept", letter_id=letter_id, n=n))


@site.get("/console/letters/<int:letter_id>/files")
@staff("moderator")
def index(letter_id: int) -> ResponseReturnValue:
    """The files of a mail by name."""
    with runtime().read() as session:
        letter = queries.letter(session, letter_id)
        if letter is None:
            raise NotFound("there is no such mail")
        return render_template("inbound/files.html", letter=letter, names=files.names(letter))


@site.get("/console/letters/<int:letter_id>/files/<int:n>")
@staff("moderator")
def kept(letter_id: int, n: int) -> ResponseReturnValue:
    """A file of any mail that came in, for moderators."""
    with runtime().read() as session:
        return answer(files.file_at(session, letter_id, n))


def answer(file: File) -> Response:
    """Return *file* as something to save."""
    answered = Response(file.data, mimetype="application/octet-stream")
    answered.headers.set("Content-Disposition", "attachment", filename=file.name)
    answered.headers["Content-Security-Policy"] = POLICY
    answered.headers["X-Content-Type-Options"] = "nosniff"
    answered.headers["X-Robots-Tag"] = "noindex"
    return answered
