"""How moderation works here: how many must agree, and who looks after what."""

from collections.abc import Callable
from typing import Annotated

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict, Field

from service.access.actions import normal_email
from service.db.unit_of_work import UnitOfWork
from service.deliveries.queries.people import source_names
from service.errors import Fault, Invalid
from service.lists import queries as lists
from service.moderation import queries_desk as desk
from service.moderation import queries_duties as queries
from service.moderation.agreeing import MOST, Rules, rules, set_rules
from service.moderation.duties import drop_duty, set_duty
from service.moderation.noting import MODERATORS
from service.pages import queries as pages
from service.web.callers import staff
from service.web.context import NavItem, add_navigation, caller, runtime
from service.web.forms import parse_form
from service.web.i18n import t
from service.web.parsing import Line, Prose

console = Blueprint(
    "rules", __name__, url_prefix="/console/moderation-rules", template_folder="../templates"
)
add_navigation(console, NavItem("rules.show", "moderation.rules.title", "moderator", 62))


class RulesForm(BaseModel):
    """How many must agree."""

    model_config = ConfigDict(extra="ignore")

    four_eyes: bool = False
    quorum: int = Field(1, ge=1, le=MOST)
    urgent: bool = False
    seeds: Annotated[str, Prose(4000, 0)] = ""

    def wish(self) -> Rules:
        """Return what is wished for; raises `Invalid`."""
        seeds = [normal_email(each, "/seeds") for each in self.seeds.split()]
        return Rules(self.four_eyes, self.quorum, self.urgent, tuple(dict.fromkeys(seeds)))


class DutyForm(BaseModel):
    """Who looks after what."""

    model_config = ConfigDict(extra="ignore")

    email: Annotated[str, Line(254)]
    target: Annotated[str, Field(pattern=r"^(page|list):\d{1,9}$")]
    is_backup: bool = False


@console.get("", strict_slashes=False)
@staff("moderator")
def show() -> ResponseReturnValue:
    """The rules in force."""
    return _page()


@console.post("")
@staff("admin")
def change() -> ResponseReturnValue:
    """Change how many must agree."""
    return _changed(lambda uow: set_rules(uow, parse_form(RulesForm, request.form).wish()))


@console.post("/duties")
@staff("admin")
def add_duty() -> ResponseReturnValue:
    """Let somebody look after a page or list."""

    def act(uow: UnitOfWork) -> object:
        wish = parse_form(DutyForm, request.form)
        return set_duty(uow, wish.email, wish.target, is_backup=wish.is_backup)

    return _changed(act)


@console.post("/duties/<int:staff_id>/<target>/drop")
@staff("admin")
def remove_duty(staff_id: int, target: str) -> ResponseReturnValue:
    """Take a duty from somebody."""
    return _changed(lambda uow: drop_duty(uow, staff_id, target))


def _changed(act: Callable[[UnitOfWork], object]) -> ResponseReturnValue:
    try:
        with runtime().work(caller().by) as uow:
            act(uow)
    except Invalid as refusal:
        return _page(refusal.faults), 422
    flash(t("moderation.rules.saved"), "good")
    return redirect(url_for("rules.show"), 303)


def _page(faults: tuple[Fault, ...] = ()) -> str:
    with runtime().read() as session:
        in_use, every_list = pages.pages(session), lists.lists(session)
        names = source_names(
            session, [each.id for each in in_use], [each.id for each in every_list]
        )
        return render_template(
            "moderation/rules.html",
            rules=rules(desk.policy(session)),
            duties=queries.duties(session),
            people=queries.staff_with(session, MODERATORS),
            targets={f"{kind}:{key}": name for (kind, key), name in names.items()},
            faults=faults,
            most=MOST,
        )
