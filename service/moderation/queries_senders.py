"""Every SQL statement about senders and their rules."""

from collections.abc import Collection, Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from service.access.models import ApiKey
from service.moderation.models import Sender, SenderRule


def every_sender(session: Session) -> Sequence[Sender]:
    """Every sender there ever was, by name."""
    return session.scalars(select(Sender).order_by(Sender.name)).all()


def sender_named(session: Session, name: str) -> Sender | None:
    """The sender whose name or public id is *name*."""
    return session.scalar(
        select(Sender).where((Sender.name == name) | (Sender.public_id == name)).limit(1)
    )


def sender_by_id(session: Session, sender_id: int) -> Sender | None:
    """The sender with this number."""
    return session.get(Sender, sender_id)


def sender_of_key(session: Session, api_key_id: int) -> Sender | None:
    """The sender that a key speaks for."""
    return session.scalar(select(Sender).where(Sender.api_key_id == api_key_id))


def sender_of_address(session: Session, address: str) -> Sender | None:
    """The sender in use with this mail address, however it is capitalised."""
    return session.scalar(
        select(Sender).where(Sender.address == address.lower(), Sender.retired_at.is_(None))
    )


def sender_with_secret(session: Session, digest: str) -> Sender | None:
    """The sender in use whose secret posting address has the word with this digest."""
    return session.scalar(
        select(Sender).where(Sender.secret == digest, Sender.retired_at.is_(None))
    )


def rules_of(session: Session, sender_ids: Collection[int]) -> Sequence[SenderRule]:
    """The rules of some senders, in a fixed order."""
    return session.scalars(
        select(SenderRule)
        .where(SenderRule.sender_id.in_(sender_ids))
        .order_by(SenderRule.sender_id, SenderRule.target, SenderRule.category)
    ).all()


def rule_at(session: Session, sender_id: int, category: str, target: str) -> SenderRule | None:
    """A sender's rule for exactly this."""
    return session.scalar(
        select(SenderRule).where(
            SenderRule.sender_id == sender_id,
            SenderRule.category == category,
            SenderRule.target == target,
        )
    )


def drop_rule(session: Session, rule: SenderRule) -> None:
    """Remove a rule."""
    session.execute(delete(SenderRule).where(SenderRule.id == rule.id))


def keys_without_sender(session: Session) -> Sequence[ApiKey]:
    """The keys in use that no sender speaks for, by name."""
    taken = select(Sender.api_key_id).where(Sender.api_key_id.is_not(None))
    return session.scalars(
        select(ApiKey)
        .where(ApiKey.revoked_at.is_(None), ApiKey.id.not_in(taken))
        .order_by(ApiKey.name)
    ).all()


def sender_names(session: Session, actors: Collection[str]) -> dict[str, str]:
    """What senders are called, by what a unit of work calls them: `sender:3`."""
    ids = {int(each.partition(":")[2]) for each in actors if each.startswith("sender:")}
    rows = session.execute(select(Sender.id, Sender.name).where(Sender.id.in_(ids)))
    return {f"sender:{row.id}": row.name for row in rows}
