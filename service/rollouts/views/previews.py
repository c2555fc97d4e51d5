"""A publication before it leaves: what would happen, for programs and in the console."""

from datetime import datetime, timedelta
from typing import Any

from apiflask import APIBlueprint
from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from scheduling.exposure import Fault
from service.errors import Fault as FieldFault
from service.errors import Invalid, NotFound
from service.publications import queries as publications
from service.publications.freezing import thaw
from service.publications.models import Publication
from service.publications.plans import Plan
from service.rollouts.outlook import Outlook, outlook
from service.rollouts.picturing import course_curve, course_world
from service.rollouts.simulating import Question, Simulation, simulate
from service.rollouts.views import pictures
from service.rollouts.views.foretold import preview_out, simulation_out
from service.rollouts.views.preview_schemas import PreviewOut, SimulationOut, SimulationQuery
from service.web.callers import api_key, staff
from service.web.context import runtime
from service.web.forms import parse_form

api = APIBlueprint("previews_api", __name__, url_prefix="/api/v1/publications", tag="Rollouts")
console = Blueprint(
    "previews", __name__, url_prefix="/console/previews", template_folder="../templates"
)

_PICTURE: dict[int | str, dict[str, str | dict[str, dict[str, Any]]]] = {
    200: {
        "description": "The picture.",
        "content": {pictures.MEDIA_TYPE: {"schema": {"type": "string"}}},
    }
}


@api.get("/<publication_id>/preview")
@api.output(PreviewOut)
@api.doc(summary="See who would get a publication, and who would not")
@api_key()
def preview(publication_id: str) -> PreviewOut:
    """By target, channel, language and time zone as they are now, with every reason not to."""
    rt = runtime()
    with rt.read() as session:
        return preview_out(
            outlook(session, rt.channels, _found(session, publication_id), rt.clock())
        )


@api.get("/<publication_id>/simulation")
@api.input(SimulationQuery, location="query")
@api.output(SimulationOut)
@api.doc(summary="Play a publication's plan on its real audience")
@api_key()
def simulation(publication_id: str, query_data: SimulationQuery) -> SimulationOut:
    """Stages, hours, peak and what a fault would come to; nothing is sent or stored."""
    return simulation_out(_played(publication_id, query_data)[2])


@api.get("/<publication_id>/simulation.svg")
@api.input(SimulationQuery, location="query")
@api.doc(summary="Draw that simulation", responses=_PICTURE)
@api_key()
def simulation_picture(publication_id: str, query_data: SimulationQuery) -> ResponseReturnValue:
    """Waves over 26 hours on the clocks of the world, and stages, as the console shows them."""
    drawn = pictures.document(*_played(publication_id, query_data))
    return Response(drawn, mimetype=pictures.MEDIA_TYPE, headers=pictures.HEADERS)


@console.get("/<publication_id>")
@staff("viewer")
def show(publication_id: str) -> ResponseReturnValue:
    """The same as a page, with pictures."""
    faults: tuple[FieldFault, ...] = ()
    try:
        asked = parse_form(SimulationQuery, request.args)
    except Invalid as refusal:
        asked, faults = SimulationQuery.model_validate({}), refusal.faults
    publication, seen, found = _played(publication_id, asked)
    message, plan = thaw(publication.content), Plan.model_validate(publication.plan)
    page = render_template(
        "rollouts/preview.html",
        publication=publication,
        message=message,
        titles={code: text.title for code, text in message.texts.items()},
        plan=plan,
        zone=plan.fallback_zone,
        seen=seen,
        found=found,
        groups={group.no: group.zones for group in found.course.groups},
        world=course_world(found.course, seen.by_clock(), plan.fallback_zone),
        curve=course_curve(found.course),
        asked=request.args,
        defaults=asked,
        faults=faults,
    )
    return page, 422 if faults else 200


def question(asked: SimulationQuery, now: datetime) -> Question:
    """Return what is asked, from *now* on unless it says when."""
    notice = timedelta(minutes=asked.notice_minutes)
    return Question(
        max(asked.at or now, now),
        Fault(share=asked.fault_percent / 100, notice=notice),
        asked.per_minute,
    )


def _played(publication_id: str, asked: SimulationQuery) -> tuple[Publication, Outlook, Simulation]:
    rt = runtime()
    with rt.read() as session:
        publication = _found(session, publication_id)
        seen = outlook(session, rt.channels, publication, rt.clock())
    return publication, seen, simulate(publication, seen, question(asked, rt.clock()))


def _found(session: Session, publication_id: str) -> Publication:
    publication = publications.by_public_id(session, publication_id)
    if publication is None:
        raise NotFound(f"there is no publication {publication_id}")
    return publication
