"""In from another status page, with a look before anything changes; out as files."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict

from service.audit.actions import record
from service.errors import Fault, Invalid, NotFound
from service.pages import queries as pages
from service.transfers import queries, reading
from service.transfers.actions import claim, hand_in, wish_of
from service.transfers.plan import Plan, Verdict, Wish
from service.transfers.takeout import zipped
from service.transfers.taking import preview, take
from service.web.callers import staff
from service.web.context import NavItem, add_navigation, caller, runtime
from service.web.forms import parse_form
from service.web.i18n import t
from service.web.parsing import Language, Line, Prose

LARGEST = 32 * 1024 * 1024  # bytes handed in at once; the command takes more
SHOWN = 50  # things named one by one, of each verdict

console = Blueprint(
    "transfers", __name__, url_prefix="/console/transfers", template_folder="templates"
)
add_navigation(console, NavItem("transfers.index", "transfers.title", "admin", 85))


class HandedIn(BaseModel):
    """Where the files that come with it are to be taken to."""

    model_config = ConfigDict(extra="ignore")

    page: Annotated[str, Line(63)]
    language: Language
    consent_text: Annotated[str, Prose(4000, least=0)] = ""

    def wish(self) -> Wish:
        """Return it as it is decided on."""
        return Wish(self.page, self.language, self.consent_text.strip())


@console.url_value_preprocessor
def _let_files_in(_endpoint: str | None, _values: dict[str, Any] | None) -> None:
    request.max_content_length = LARGEST  # before anybody reads the form


@console.get("", strict_slashes=False)
@staff("admin")
def index() -> ResponseReturnValue:
    """A form for files, and a button for all there is."""
    return _index()


@console.post("", strict_slashes=False)
@staff("admin")
def hand_files_in() -> ResponseReturnValue:
    """Keep what was handed in, and show what it would come to."""
    rt = runtime()
    try:
        wish = parse_form(HandedIn, request.form).wish()
        given = ((it.filename or "", it.read()) for it in request.files.getlist("files"))
        content = reading.content(given)
        preview(rt, content, wish)
        with rt.work(caller().by) as uow:
            public_id = hand_in(uow, content, wish).public_id
    except Invalid as refusal:
        return _index(refusal.faults), 422
    return redirect(url_for("transfers.show", public_id=public_id), 303)


@console.get("/<public_id>")
@staff("admin")
def show(public_id: str) -> ResponseReturnValue:
    """What would be made, changed, left and refused, and why; nothing is."""
    rt = runtime()
    with rt.read() as session:
        row = queries.takeover(session, public_id)
        if row is None:
            raise NotFound("it was taken over or thrown away: hand the files in again")
        content, wish = row.content, wish_of(row)
    plan = preview(rt, content, wish)
    return render_template("transfers/show.html", plan=plan, wish=wish, public_id=public_id,
                           verdicts=list(Verdict), shown=SHOWN, counts=_counts(plan))  # fmt: skip


@console.post("/<public_id>/take")
@staff("admin")
def take_over(public_id: str) -> ResponseReturnValue:
    """Take it over."""
    rt = runtime()
    with rt.work(caller().by) as uow:
        content, wish = claim(uow, public_id)
    plan = take(rt, caller().by, content, wish)
    made, changed = len(plan.of(Verdict.MADE)), len(plan.of(Verdict.CHANGED))
    flash(t("transfers.taken", made=made, changed=changed), "good")
    return redirect(url_for("pages.show", slug=wish.page), 303)


@console.post("/<public_id>/discard")
@staff("admin")
def throw_away(public_id: str) -> ResponseReturnValue:
    """Forget what was handed in."""
    with runtime().work(caller().by) as uow:
        claim(uow, public_id)
    flash(t("transfers.discarded"), "good")
    return redirect(url_for("transfers.index"), 303)


@console.post("/everything")
@staff("admin")
def everything() -> ResponseReturnValue:
    """All there is, as a zip that is made while it is sent."""
    rt = runtime()
    with rt.work(caller().by) as uow:
        record(uow, "everything.exported", "everything")
        name = f"tocsin-{uow.now:%Y-%m-%d}.zip"

    def parts() -> Iterator[bytes]:
        with rt.read() as session:
            yield from zipped(session, rt.clock())

    answer = Response(parts(), mimetype="application/zip")
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _index(faults: Sequence[Fault] = ()) -> str:
    with runtime().read() as session:
        known = [each.slug for each in pages.pages(session)]
    return render_template("transfers/index.html", form=request.form, faults=faults, known=known)


def _counts(plan: Plan) -> list[tuple[str, Verdict, str, int]]:
    return [(*key, count) for key, count in plan.counts().items()]
