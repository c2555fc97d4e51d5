"""Senders with their rules in words, for pages and programs alike."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from service.access import queries as access
from service.moderation import queries_senders as queries
from service.moderation.models import Sender
from service.moderation.naming import target_slugs
from service.moderation.views.sender_schemas import RuleOut, SenderOut


def shown(session: Session, senders: Sequence[Sender]) -> list[SenderOut]:
    """Return *senders* with their rules and the names of their keys."""
    slugs = target_slugs(session)
    keys = {each.id: each.name for each in access.all_keys(session)}
    rules: dict[int, list[RuleOut]] = {each.id: [] for each in senders}
    for each in queries.rules_of(session, list(rules)):
        kind, slug = slugs.get(each.target, ("", ""))
        rules[each.sender_id].append(
            RuleOut(
                category=each.category,
                page=slug if kind == "page" else "",
                list=slug if kind == "list" else "",
                stance=each.stance,
            )
        )
    return [
        SenderOut(
            id=each.public_id,
            name=each.name,
            key=keys.get(each.api_key_id) if each.api_key_id else None,
            address=each.address,
            stance=each.stance,
            rules=rules[each.id],
            created_at=each.created_at,
            retired_at=each.retired_at,
        )
        for each in senders
    ]
