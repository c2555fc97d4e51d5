"""The pictures of a simulation as one SVG document, which needs nothing beside it."""

import re
from functools import cache
from pathlib import Path

from flask import render_template
from markupsafe import Markup

from service.publications.freezing import thaw
from service.publications.models import Publication
from service.publications.plans import Plan
from service.rollouts.outlook import Outlook
from service.rollouts.picturing import course_curve, course_world
from service.rollouts.simulating import Simulation

MEDIA_TYPE = "image/svg+xml"
#: A browser that opens it runs and fetches nothing; its own style is all there is.
HEADERS = {"Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'"}

SHEET = Path(__file__).parents[2] / "web" / "static" / "tocsin.css"
TOKENS = re.compile(r"^:root \{.*?^\}", re.DOTALL | re.MULTILINE)  # the first ones: by day
RULES = re.compile(r"^(?:\.chart-(?!scroll)|rect\.)[^{}]*\{[^{}]*\}", re.MULTILINE)


def document(publication: Publication, seen: Outlook, found: Simulation) -> str:
    """Return the waves of the first 26 hours and the stages of *found*; needs an application."""
    plan = Plan.model_validate(publication.plan)
    texts = thaw(publication.content).texts
    return render_template(
        "rollouts/picture.svg",
        titles={code: text.title for code, text in texts.items()},
        zone=plan.fallback_zone,
        world=course_world(found.course, seen.by_clock(), plan.fallback_zone),
        curve=course_curve(found.course),
        style=Markup(_style()),  # noqa: S704 - our own sheet
    )


@cache
def _style() -> str:
    """What the console's sheet says of pictures."""
    sheet = SHEET.read_text(encoding="utf-8")
    return "\n".join(TOKENS.findall(sheet) + RULES.findall(sheet))
