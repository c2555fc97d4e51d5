"""The pages behind single buttons in mails: a test that arrived, a change of address."""

from collections.abc import Callable
from http import HTTPStatus

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from service.access import links
from service.access import queries as access
from service.access.keys import digest
from service.access.models import Purpose
from service.db.unit_of_work import UnitOfWork
from service.errors import Expired, NotFound
from service.signup.actions import changing, owning
from service.signup.models import ChangeState
from service.signup.views.tokens import counted, preferences_url
from service.signup.views.visiting import evidence, greet
from service.subscribers import queries as subscribers
from service.subscribers.models import Address, Method
from service.web.callers import link
from service.web.context import runtime

acting = Blueprint("acting", __name__, template_folder="../templates")


@acting.get("/a/<token>")
@link
def ask(token: str) -> ResponseReturnValue:
    """What the button will do; looking changes nothing."""
    with runtime().read() as session:
        purpose, address, other = _about(session, token)
        try:
            links.redeem(session, purpose, token)
        except Expired:
            return _page(purpose, address, outcome="expired"), HTTPStatus.GONE
        return _page(purpose, address, token=token, other=other)


@acting.post("/a/<token>")
@link
def act(token: str) -> ResponseReturnValue:
    """Do it; again is harmless."""
    rt = runtime()
    with rt.read() as session:
        purpose, address, other = _about(session, token)
    try:
        with rt.work(f"address:{address.id}") as uow:
            outcome = _ACTS[purpose](uow, token)
    except Expired:
        return _page(purpose, address, outcome="expired"), HTTPStatus.GONE
    return _page(purpose, address, outcome=outcome, other=other)


def _about(session: Session, token: str) -> tuple[Purpose, Address, str]:
    """What a token is for, the address it was sent to, and the other one as it may be shown."""
    purpose, address_id, other = counted(lambda: _read(session, token))
    address = subscribers.address(session, address_id)
    if address is None:
        raise NotFound("this link leads nowhere", code="unknown_link")
    greet(subscribers.subscriber(session, address.subscriber_id).locale)
    return purpose, address, other


def _read(session: Session, token: str) -> tuple[Purpose, int, str]:
    found = access.link_with(session, digest(token))
    if found is None or found.purpose not in _ACTS:
        raise NotFound("this link leads nowhere", code="unknown_link")
    if found.purpose is Purpose.ARRIVED:
        return found.purpose, int(found.target.partition(":")[2]), ""
    change = changing.change_of(session, token)
    here, there = change.old, change.new
    if change.side is changing.Side.MOVE:
        here, there = there, here
    return found.purpose, here.id, there.shown


def _arrived(uow: UnitOfWork, token: str) -> str:
    owning.arrived(uow, token)
    return "done"


def _move(uow: UnitOfWork, token: str) -> str:
    return _WORDS[changing.confirm(uow, token, evidence(Method.LINK))]


def _stay(uow: UnitOfWork, token: str) -> str:
    return _WORDS[changing.cancel(uow, token)]


_ACTS: dict[Purpose, Callable[[UnitOfWork, str], str]] = {
    Purpose.ARRIVED: _arrived,
    Purpose.MOVE: _move,
    Purpose.STAY: _stay,
}
_WORDS = {ChangeState.DONE: "moved", ChangeState.CANCELLED: "stayed"}


def _page(
    purpose: Purpose, address: Address, outcome: str = "", token: str = "", other: str = ""
) -> str:
    return render_template(
        "signup/act.html",
        purpose=purpose.value,
        address=address,
        other=other,
        outcome=outcome,
        token=token,
        preferences=preferences_url(address.id),
    )
