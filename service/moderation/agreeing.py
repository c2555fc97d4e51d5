"""Whose approval counts, and whether there are enough."""

from dataclasses import dataclass

from service.access import queries as access
from service.access.models import Role
from service.audit.actions import record
from service.db.unit_of_work import UnitOfWork
from service.errors import Conflict, Forbidden, invalid
from service.moderation import queries_desk as queries
from service.moderation import queries_duties as duties
from service.moderation.models import Policy, Vote
from service.moderation.naming import targets_of
from service.publications.models import Publication
from service.subscribers.audience import Audience

MOST = 9  # approvals that may be asked for


@dataclass(frozen=True, slots=True)
class Rules:
    """How many must agree before something leaves."""

    four_eyes: bool = False  # author and approver differ
    quorum: int = 1
    urgent: bool = True  # one approval lets an incident leave; the others review it afterwards
    seeds: tuple[str, ...] = ()  # addresses that may get test mails


@dataclass(frozen=True, slots=True)
class Agreement:
    """What an approval came to."""

    is_enough: bool
    needs_review: bool = False  # it leaves with fewer approvals than the rules ask for
    undo_minutes: float = 0.0  # the longest that anybody who approved wants to take it back in


def rules(found: Policy | None) -> Rules:
    """Return the rules in force."""
    if found is None:
        return Rules()
    return Rules(found.four_eyes, found.quorum, found.urgent, tuple(found.seeds))


def set_rules(uow: UnitOfWork, wish: Rules) -> None:
    """Change how many must agree; raises `Invalid`."""
    if not 1 <= wish.quorum <= MOST:
        raise invalid("/quorum", f"use 1 to {MOST}", "out_of_range")
    policy = queries.policy(uow.session)
    if policy is None:
        policy = Policy(id=1)
        uow.session.add(policy)
    policy.four_eyes, policy.quorum, policy.urgent = wish.four_eyes, wish.quorum, wish.urgent
    policy.seeds = list(wish.seeds)
    record(
        uow,
        "moderation.rules_set",
        "moderation:1",
        four_eyes=wish.four_eyes,
        quorum=wish.quorum,
        urgent=wish.urgent,
        seeds=len(wish.seeds),
    )


def check_duty(uow: UnitOfWork, publication: Publication) -> None:
    """Raise `Forbidden` (`not_on_duty`) where others look after all that it is for."""
    kind, _, number = uow.by.partition(":")
    named = duties.on_duty(uow.session, targets_of(Audience.from_json(publication.audience)))
    if kind != "staff" or not named or any(each.staff_id == int(number) for each in named):
        return
    person = access.staff_by_id(uow.session, int(number))
    if person is None or person.role is not Role.ADMIN:
        raise Forbidden("others look after this page or list", code="not_on_duty")


def agree(
    uow: UnitOfWork, publication: Publication, comment: str, undo_minutes: float = 0.0
) -> Agreement:
    """Count the approval of `uow.by` and say whether it is enough.

    Raises `Conflict`: one's own work where four eyes are asked for (`own_work`), and a second
    approval of the same person (`agreed_already`).
    """
    wanted = rules(queries.policy(uow.session))
    own = publication.submitted_by == uow.by
    hurried = wanted.urgent and publication.category == "incident"
    if own and wanted.four_eyes and not hurried:
        raise Conflict("its author cannot approve it: somebody else must", code="own_work")
    before = queries.votes(uow.session, publication.id)
    if any(each.by == uow.by for each in before):
        raise Conflict("you have approved it; others must as well", code="agreed_already")
    vote = Vote(publication_id=publication.id, by=uow.by, at=uow.now, comment=comment)
    vote.undo_minutes = undo_minutes
    uow.session.add(vote)
    uow.session.flush()
    counted = len(before) + (0 if own and wanted.four_eyes else 1)
    enough = counted >= wanted.quorum
    longest = max(each.undo_minutes or 0.0 for each in (*before, vote))
    return Agreement(enough or hurried, hurried and not enough, longest)
