"""Subscribers for programs: find them, see their consents, say where they belong."""

from typing import Annotated, Any

from apiflask import APIBlueprint
from pydantic import BaseModel, ConfigDict, Field

from service.access.models import Scope
from service.signup.actions.telling import of_subscriber
from service.subscribers.assigning import Assignment, assign
from service.subscribers.finding import search
from service.web.callers import api_key
from service.web.context import caller, runtime
from service.web.parsing import Line

api = APIBlueprint("people_api", __name__, url_prefix="/api/v1/subscribers", tag="Subscribers")

Word = Annotated[str, Line(120, least=0)]
NUMBER = "<int:number>"


class SearchIn(BaseModel):
    """Whom to look for."""

    q: Annotated[str, Line(254)] = Field(
        description="An address or a part of it, an external reference, the hash of an erased one."
    )


class FoundOut(BaseModel):
    """An address that fits; masked: whoever searches knows it, or does not need to."""

    id: str
    channel: str
    address: str
    client: str
    external_ref: str
    active: int = Field(description="Subscriptions that are active.")
    suppressed: str = Field(description="Why nothing is sent to it; empty if it is.")


class FoundsOut(BaseModel):
    """At most fifty."""

    subscribers: list[FoundOut]


class AssignmentIn(BaseModel):
    """Where somebody belongs; what is left out stays, "" takes it away. No consent is touched."""

    model_config = ConfigDict(extra="forbid")

    region: Word | None = None
    group: Word | None = None
    client: Word | None = None
    party: Word | None = None
    external_ref: Word | None = None


class PersonOut(BaseModel):
    """All there is about somebody: see `tocsin subscribers show`."""

    model_config = ConfigDict(extra="allow")

    subscriber: int
    assigned: dict[str, str]
    addresses: list[dict[str, Any]]


@api.get("")
@api.input(SearchIn, location="query")
@api.output(FoundsOut)
@api.doc(summary="Find subscribers")
@api_key(Scope.SUBSCRIBERS)
def find(query_data: SearchIn) -> FoundsOut:
    """Addresses that fit, masked."""
    with runtime().read() as session:
        found = [
            FoundOut(
                id=str(each.subscriber_id),
                channel=each.channel,
                address=each.shown,
                client=each.client,
                external_ref=each.external_ref,
                active=each.active,
                suppressed=each.suppressed,
            )
            for each in search(session, query_data.q)
        ]
    return FoundsOut(subscribers=found)


@api.get(f"/{NUMBER}")
@api.output(PersonOut)
@api.doc(summary="Read a subscriber")
@api_key(Scope.SUBSCRIBERS)
def show(number: int) -> PersonOut:
    """Settings, subscriptions with their evidence, and what was received lately."""
    return _shown(number)


@api.patch(f"/{NUMBER}")
@api.input(AssignmentIn)
@api.output(PersonOut)
@api.doc(summary="Say where a subscriber belongs")
@api_key(Scope.SUBSCRIBERS)
def change(number: int, json_data: AssignmentIn) -> PersonOut:
    """Region, group, client, party, reference; again is harmless."""
    with runtime().work(caller().by) as uow:
        assign(uow, number, Assignment(**json_data.model_dump()))
    return _shown(number)


def _shown(number: int) -> PersonOut:
    rt = runtime()
    with rt.read() as session:
        return PersonOut(**of_subscriber(session, number, rt.clock()))
