"""The suppression list, for programs."""

from apiflask import APIBlueprint
from flask.typing import ResponseReturnValue

from service.access.idempotency import idempotent, remember
from service.access.models import Scope
from service.bounces.views.schemas import (
    ImportedOut,
    LiftIn,
    SuppressionOut,
    SuppressionsIn,
    SuppressionsOut,
    SuppressionsQuery,
)
from service.subscribers import queries_suppressed as queries
from service.subscribers.models import Address
from service.subscribers.suppressing import import_lines, lift
from service.web.callers import api_key
from service.web.context import caller, runtime

api = APIBlueprint(
    "suppressions_api", __name__, url_prefix="/api/v1/suppressions", tag="Suppressions"
)


@api.get("")
@api.input(SuppressionsQuery, location="query")
@api.output(SuppressionsOut)
@api.doc(summary="List the addresses that get no bulk mail")
@api_key(Scope.SUBSCRIBERS)
def list_suppressions(query_data: SuppressionsQuery) -> SuppressionsOut:
    """By number; go on `after` the number in `next`, until it is null."""
    wish = query_data
    with runtime().read() as session:
        found = queries.page_of(session, wish.address, wish.reason, wish.after, wish.limit + 1)
        shown = [_out(each) for each in found[: wish.limit]]
    return SuppressionsOut(
        suppressions=shown, next=shown[-1].id if len(found) > wish.limit else None
    )


@api.post("")
@idempotent
@api.input(SuppressionsIn)
@api.output(ImportedOut)
@api.doc(summary="Suppress addresses, known or not; again is harmless")
@api_key(Scope.SUBSCRIBERS)
def suppress(json_data: SuppressionsIn) -> ResponseReturnValue:
    """Of those nobody knows only a hash is kept, for when they come."""
    with runtime().work(caller().by) as uow:
        result = import_lines(uow, json_data.addresses)
        faults = [f"{fault.pointer}: {fault.detail}" for fault in result.faults]
        counts = (result.suppressed, result.known, result.strangers)
        names = ("suppressed", "known", "strangers")
        return remember(uow, ImportedOut(**dict(zip(names, counts, strict=True)), faults=faults))


@api.post("/lift")
@idempotent
@api.input(LiftIn)
@api.output(LiftIn)
@api.doc(summary="Let mail go to an address again")
@api_key(Scope.SUBSCRIBERS)
def lift_suppression(json_data: LiftIn) -> ResponseReturnValue:
    """404 where it is not suppressed."""
    with runtime().work(caller().by) as uow:
        lift(uow, json_data.address)
        return remember(uow, json_data)


def _out(address: Address) -> SuppressionOut:
    if address.suppressed_at is None:
        raise ValueError("it is not suppressed")
    return SuppressionOut(
        id=address.id,
        address=address.value,
        reason=address.suppressed_reason,
        since=address.suppressed_at,
    )
