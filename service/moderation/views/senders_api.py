"""Senders for programs: who may submit what, and what becomes of it."""

from collections.abc import Callable

from apiflask import APIBlueprint
from flask.typing import ResponseReturnValue

from service.access.idempotency import idempotent, remember
from service.access.models import Scope
from service.db.unit_of_work import UnitOfWork
from service.errors import NotFound
from service.moderation import queries_senders as queries
from service.moderation import senders
from service.moderation.models import Sender
from service.moderation.views.sender_schemas import (
    PlaceQuery,
    RuleIn,
    SecretOut,
    SenderIn,
    SenderOut,
    SendersOut,
    StanceIn,
)
from service.moderation.views.senders_shown import shown
from service.web.callers import api_key
from service.web.context import caller, runtime

api = APIBlueprint("senders_api", __name__, url_prefix="/api/v1/senders", tag="Senders")


@api.get("")
@api.output(SendersOut)
@api.doc(summary="List senders")
@api_key(Scope.SENDERS)
def list_senders() -> SendersOut:
    """Programs and mail addresses by name, retired ones included, with their rules."""
    with runtime().read() as session:
        return SendersOut(senders=shown(session, queries.every_sender(session)))


@api.post("")
@idempotent
@api.input(SenderIn)
@api.output(SenderOut, status_code=201)
@api.doc(summary="Name a sender")
@api_key(Scope.SENDERS)
def add_sender(json_data: SenderIn) -> ResponseReturnValue:
    """A key that is no sender is moderated; a mail address that is none is refused."""
    with runtime().work(caller().by) as uow:
        sender = senders.add_sender(uow, json_data.wish())
        where = {"Location": f"/api/v1/senders/{sender.public_id}"}
        return remember(uow, shown(uow.session, [sender])[0], 201, where)


@api.get("/<sender_id>")
@api.output(SenderOut)
@api.doc(summary="Read a sender")
@api_key(Scope.SENDERS)
def show_sender(sender_id: str) -> SenderOut:
    """By its id or its name."""
    with runtime().read() as session:
        sender = queries.sender_named(session, sender_id)
        if sender is None:
            raise NotFound(f"there is no sender {sender_id}")
        return shown(session, [sender])[0]


@api.put("/<sender_id>/stance")
@api.input(StanceIn)
@api.output(SenderOut)
@api.doc(summary="Say what becomes of what no rule speaks of")
@api_key(Scope.SENDERS)
def put_stance(sender_id: str, json_data: StanceIn) -> SenderOut:
    """A mail address is trusted for one page or list only: by a rule."""
    return _changed(sender_id, lambda uow: senders.set_stance(uow, sender_id, json_data.stance))


@api.put("/<sender_id>/rules")
@api.input(RuleIn)
@api.output(SenderOut)
@api.doc(summary="Make an exception, or change one")
@api_key(Scope.SENDERS)
def put_rule(sender_id: str, json_data: RuleIn) -> SenderOut:
    """The most specific wins: page or list before category; of several targets the strictest."""
    wish = json_data.wish(json_data.stance)
    return _changed(sender_id, lambda uow: senders.set_rule(uow, sender_id, wish))


@api.delete("/<sender_id>/rules")
@api.input(PlaceQuery, location="query")
@api.output(SenderOut)
@api.doc(summary="Take an exception back")
@api_key(Scope.SENDERS)
def delete_rule(sender_id: str, query_data: PlaceQuery) -> SenderOut:
    """Name exactly what the rule names."""
    return _changed(sender_id, lambda uow: senders.drop_rule(uow, sender_id, query_data.wish()))


@api.put("/<sender_id>/secret")
@api.output(SecretOut)
@api.doc(summary="Give a mail sender a new secret address")
@api_key(Scope.SENDERS)
def put_secret(sender_id: str) -> SecretOut:
    """It is shown this once; the one before it opens nothing any more."""
    with runtime().work(caller().by) as uow:
        return SecretOut(secret=senders.new_secret(uow, sender_id))


@api.put("/<sender_id>/retired")
@api.output(SenderOut)
@api.doc(summary="Take nothing more from a sender")
@api_key(Scope.SENDERS)
def retire_sender(sender_id: str) -> SenderOut:
    """Its name stays on what it submitted."""
    return _changed(sender_id, lambda uow: senders.retire(uow, sender_id))


@api.delete("/<sender_id>/retired")
@api.output(SenderOut)
@api.doc(summary="Take a retired sender back into use")
@api_key(Scope.SENDERS)
def restore_sender(sender_id: str) -> SenderOut:
    """With the rules it had; a mail sender needs a new secret address."""
    return _changed(sender_id, lambda uow: senders.restore(uow, sender_id))


def _changed(sender_id: str, change: Callable[[UnitOfWork], object]) -> SenderOut:
    with runtime().work(caller().by) as uow:
        change(uow)
        sender: Sender = senders.found(uow, sender_id)
        return shown(uow.session, [sender])[0]
