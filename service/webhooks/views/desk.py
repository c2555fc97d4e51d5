"""What one does with an endpoint by forms: the same for its owner and for staff."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from flask import request
from sqlalchemy.orm import Session

from channels.webhook.catalogue import KINDS, examples_of
from channels.webhook.formats import Format
from channels.webhook.signing import BadSignature, verify
from service.access.sealing import unseal
from service.db.unit_of_work import UnitOfWork
from service.deliveries.models import Attempt
from service.errors import NotFound
from service.subscribers import queries as subscribers
from service.web.context import runtime
from service.web.forms import parse_form
from service.webhooks import queries
from service.webhooks.actions import outbox, replaying, settings
from service.webhooks.models import Endpoint
from service.webhooks.views.schemas import (
    AttemptsQuery,
    LookForm,
    ReplayIn,
    RotateIn,
    TestIn,
    VerifyIn,
)
from service.webhooks.views.shown import Shown, shown

AT_ONCE = 50
STYLES = tuple(Format)
#: What is told on the page itself, because it is said only once or belongs to what was filled in.
STAYS = frozenset({"rotate", "verify", "replay"})


@dataclass(frozen=True, slots=True)
class Said:
    """What a page says after a form came in."""

    done: str = ""  # a key below `webhooks.done`
    values: Mapping[str, Any] = field(default_factory=dict)
    secret: str = ""


def act(uow: UnitOfWork, endpoint: Endpoint, step: str, *, watching: bool = False) -> Said:
    """Do what the form for *step* asks; raises `Invalid`, `Conflict`, `NotFound`.

    *watching*: may it be told what happens inside.
    """
    if watching and step == "change":
        boxes = tuple(request.form.getlist("watches"))
        settings.change(uow, endpoint, settings.Wish(watches=boxes))
    if step not in STEPS:
        raise NotFound(f"there is no step {step}")
    return STEPS[step](uow, endpoint)


def _change(uow: UnitOfWork, endpoint: Endpoint) -> Said:
    asked = parse_form(LookForm, request.form)
    settings.change(uow, endpoint, settings.Wish(asked.label, asked.format))
    return Said("changed")


def _rotate(uow: UnitOfWork, endpoint: Endpoint) -> Said:
    wish = parse_form(RotateIn, request.form)
    return Said("rotated", secret=settings.rotate(uow, endpoint, wish.overlap()))


def _pause(uow: UnitOfWork, endpoint: Endpoint) -> Said:
    settings.pause(uow, endpoint)
    return Said("paused")


def _resume(uow: UnitOfWork, endpoint: Endpoint) -> Said:
    settings.resume(uow, endpoint)
    return Said("resumed")


def _test(uow: UnitOfWork, endpoint: Endpoint) -> Said:
    kind = KINDS[parse_form(TestIn, request.form).type]
    (put,) = outbox.put(uow, [endpoint.address_id], outbox.TEST, examples_of(kind))
    return Said("tested", {"id": put.parcel})


def _replay(uow: UnitOfWork, endpoint: Endpoint) -> Said:
    asked = parse_form(ReplayIn, request.form)
    wish = asked.wish(uow.now)
    if asked.dry_run:
        return Said("would_replay", {"count": len(replaying.chosen(uow.session, endpoint, wish))})
    return Said("replayed", {"count": replaying.replay(uow, endpoint, wish)})


def _verify(uow: UnitOfWork, endpoint: Endpoint) -> Said:
    given = parse_form(VerifyIn, request.form)
    address = shown(uow.session, endpoint).address
    try:
        check_signature(unseal(address.secrets).split(), given)
    except BadSignature as wrong:
        return Said("not_verified", {"why": str(wrong)})
    return Said("verified")


def check_signature(secrets: list[str], given: VerifyIn) -> None:
    """Raise `BadSignature` unless one of *secrets* signed what is *given*; however long ago."""
    headers = {
        "webhook-id": given.id,
        "webhook-timestamp": given.timestamp,
        "webhook-signature": given.signature,
    }
    body = given.body.replace("\r\n", "\n").encode()
    verify(secrets, headers, body, tolerance=float("inf"))


STEPS: dict[str, Callable[[UnitOfWork, Endpoint], Said]] = {
    "change": _change,
    "rotate": _rotate,
    "pause": _pause,
    "resume": _resume,
    "test": _test,
    "replay": _replay,
    "verify": _verify,
}


def one_attempt(session: Session, it: Shown, number: int) -> Attempt:
    """Return an attempt on *it*; raises `NotFound`."""
    found = queries.attempt(session, it.address.id, number)
    if found is None:
        raise NotFound("there is no such attempt")
    return found


def zone_of(session: Session, it: Shown) -> str:
    """Return the zone whose clock the pages of *it* show."""
    return subscribers.subscriber(session, it.address.subscriber_id).timezone


def surroundings(session: Session, endpoint: Endpoint | None) -> dict[str, Any]:
    """Return what the page of one endpoint shows."""
    it = shown(session, endpoint)
    asked = parse_form(AttemptsQuery, request.args)
    log = queries.attempts(session, it.address.id, asked.before, AT_ONCE + 1)
    return {
        "it": it,
        "zone": zone_of(session, it),
        "attempts": log[:AT_ONCE],
        "older": log[AT_ONCE - 1].id if len(log) > AT_ONCE else None,
        "waiting": queries.waiting_notices(session, it.address.id),
        "kinds": list(KINDS),
        "styles": STYLES,
        "watchable": settings.WATCHABLE,
        "whiches": list(replaying.Which),
        "form": request.form,
        "now": runtime().clock(),
        "day_span": timedelta(days=1),
    }
