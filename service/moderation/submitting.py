"""The one door to the queue: whoever submits, by whatever way, is asked for here."""

from sqlalchemy.orm import Session

from service.db.unit_of_work import UnitOfWork
from service.errors import Conflict, Forbidden
from service.moderation import queries_senders as queries
from service.moderation.approving import leave
from service.moderation.models import Sender, Stance
from service.moderation.naming import targets_of
from service.moderation.ruling import Rule, Ruling, rule
from service.publications.actions import Draft, hold
from service.publications.models import Publication
from service.subscribers.audience import Audience

TRUSTED = "trusted sender"


def submit(uow: UnitOfWork, draft: Draft) -> Publication:
    """Hold *draft* for a moderator, or let it leave where `uow.by` is trusted with it.

    `uow.by` is `key:7`, `staff:3`, or `sender:5` for who posts by mail. What a trusted sender
    addresses to nobody is held. Raises `Forbidden` where the sender is refused.
    """
    ruling = ruling_on(uow.session, uow.by, draft.message.category, draft.audience)
    if ruling.stance is Stance.REFUSED:
        raise Forbidden("nothing of this kind is taken from this sender", code="sender_refused")
    publication = hold(uow, draft)
    if ruling.stance is Stance.TRUSTED:
        try:
            leave(uow, publication, TRUSTED)
        except Conflict:  # nobody would get it: a moderator sees why
            return publication
    return publication


def ruling_on(session: Session, by: str, category: str, audience: Audience) -> Ruling:
    """Return what becomes of what *by* submits of *category* to *audience*.

    A key that is no named sender, staff and the service itself are moderated; a mail address that
    is none is refused.
    """
    kind, _, number = by.partition(":")
    match kind:
        case "key":
            sender = queries.sender_of_key(session, int(number))
            return _of(session, sender, category, audience) if sender else Ruling(Stance.MODERATED)
        case "sender":
            sender = queries.sender_by_id(session, int(number))
            return _of(session, sender, category, audience) if sender else Ruling(Stance.REFUSED)
        case _:
            return Ruling(Stance.MODERATED)


def _of(session: Session, sender: Sender, category: str, audience: Audience) -> Ruling:
    if sender.retired_at is not None:
        return Ruling(Stance.REFUSED)
    rules = [
        Rule(each.stance, each.category, each.target)
        for each in queries.rules_of(session, [sender.id])
    ]
    return rule(sender.stance, rules, category, targets_of(audience))
