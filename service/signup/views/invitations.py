"""Invitations for programs: an application proposes lists to those who use it."""

from typing import Annotated

from apiflask import APIBlueprint
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from service.access.idempotency import idempotent, remember
from service.access.models import Scope
from service.errors import Fault, Invalid
from service.lists import queries as lists
from service.signup.actions.invitations import Invitation, invite
from service.signup.views.schemas import AcceptedOut
from service.signup.views.visiting import origin
from service.subscribers.models import Method
from service.subscribers.targets import Target
from service.web.callers import api_key
from service.web.context import caller, runtime
from service.web.parsing import Line, Slug, ZoneName

api = APIBlueprint("invitations_api", __name__, url_prefix="/api/v1", tag="Subscribers")


class InvitationIn(BaseModel):
    """Somebody to propose lists to; what it says changes nothing for those we know."""

    model_config = ConfigDict(extra="forbid")

    address: Annotated[str, Line(254)] = Field(examples=["ada@example.org"])
    external_ref: Annotated[str, Line(120, least=0)] = Field(
        "", description="What you call them; staff find them by it."
    )
    locale: Annotated[str, Line(35, least=0)] = Field("", examples=["fr-CA"])
    timezone: ZoneName | None = Field(None, description="Default: each list's own.")
    lists: Annotated[list[Slug], Field(min_length=1, max_length=50)] | None = Field(
        None, description="Default: the lists that are proposed to new users."
    )


@api.post("/invitations")
@idempotent
@api.input(InvitationIn)
@api.output(AcceptedOut, status_code=202)
@api.doc(summary="Propose lists to somebody")
@api_key(Scope.SUBSCRIBERS)
def propose(json_data: InvitationIn) -> ResponseReturnValue:
    """One mail a list, to accept or decline, once: who declined or left is never asked again."""
    rt = runtime()
    with rt.work(caller().by) as uow:
        wish = Invitation(
            address=json_data.address,
            lists=_proposed(uow.session, json_data.lists),
            external_ref=json_data.external_ref,
            locale=json_data.locale,
            timezone=json_data.timezone or "",
        )
        invite(uow, rt.channels, wish, origin(Method.INVITATION))
        return remember(uow, AcceptedOut(), 202)


def _proposed(session: Session, slugs: list[str] | None) -> tuple[Target, ...]:
    """The lists that are named, else those proposed to new users; raises `Invalid`."""
    known = {each.slug: each for each in lists.lists(session)}
    if slugs is None:
        return tuple(Target.of_list(each) for each in known.values() if each.is_proposed)
    faults = [
        Fault(f"/lists/{place}", f"there is no list {slug}", "unknown")
        for place, slug in enumerate(slugs)
        if slug not in known
    ]
    if faults:
        raise Invalid(faults)
    return tuple(Target.of_list(known[slug]) for slug in dict.fromkeys(slugs))
