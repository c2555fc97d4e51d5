"""What a moderator sees of one publication: all that decides about it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from channels.base import Message
from service.errors import Fault
from service.launches.queries import of_publication
from service.launches.standing import LaunchStanding, standing
from service.moderation import queries
from service.moderation import queries_desk as desk
from service.moderation.agreeing import Rules, rules
from service.moderation.diffing import Difference, difference
from service.moderation.models import Vote
from service.moderation.preflight import Report, preflight
from service.moderation.preview import Letter, letters
from service.moderation.shelves import Waiting, named, names_of
from service.publications.models import Publication, PublicationState
from service.publications.plans import Plan
from service.publications.texts import missing_languages
from service.rollouts.outlook import Outlook, outlook
from service.runtime import Runtime
from service.subscribers.audience import Audience


@dataclass(frozen=True, slots=True)
class Case:
    """One publication, as it will be read and as it will leave."""

    waiting: Waiting
    plan: Plan
    letters: dict[str, Letter]
    outlook: Outlook
    warnings: tuple[Fault, ...]
    successor: Publication | None  # what replaced it
    changes: Difference | None  # from the revision before
    reports: tuple[Report, ...]  # of the mails that would leave
    votes: tuple[tuple[str, Vote], ...]  # who approved, by name
    rules: Rules
    reviewer: str
    launches: tuple[LaunchStanding, ...]  # the plans that it must be ready by

    @property
    def min_bake(self) -> timedelta:
        """How long each stage is watched at least."""
        return timedelta(minutes=self.plan.gate.min_bake)

    @property
    def max_bake(self) -> timedelta:
        """How long it may stay unclear."""
        return timedelta(minutes=self.plan.gate.max_bake)

    @property
    def is_held(self) -> bool:
        """Whether it can still be decided."""
        return self.waiting.publication.state is PublicationState.HELD

    @property
    def needs_review(self) -> bool:
        """Whether it left in a hurry and nobody has looked at it since."""
        row = self.waiting.handling
        return row is not None and row.review_since is not None and row.reviewed_at is None


def case(session: Session, rt: Runtime, publication: Publication, now: datetime) -> Case:
    """Return all there is to know before deciding about *publication*."""
    (waiting,) = named(session, [publication], {}, now)
    plan = Plan.model_validate(publication.plan)
    seen = outlook(session, rt.channels, publication, now)
    old = desk.before(session, publication)
    is_held = publication.state is PublicationState.HELD
    row = waiting.handling
    reviewer = row.reviewed_by if row else ""
    votes = desk.votes(session, publication.id)
    names = names_of(session, [*(each.by for each in votes), reviewer])
    return Case(
        waiting=waiting,
        plan=plan,
        letters=letters(rt.channels, waiting.message, plan.fallback_zone),
        outlook=seen,
        warnings=tuple(_warnings(session, publication, waiting.message, seen)),
        successor=_successor(session, publication),
        changes=difference(old, publication) if old else None,
        reports=preflight(rt, session, publication) if is_held else (),
        votes=tuple((names.get(each.by, each.by), each) for each in votes),
        rules=rules(desk.policy(session)),
        reviewer=names.get(reviewer, reviewer),
        launches=tuple(standing(session, each) for each in of_publication(session, publication.id)),
    )


def _successor(session: Session, publication: Publication) -> Publication | None:
    if publication.state is not PublicationState.REPLACED:
        return None
    return queries.newest_about(session, publication.subject, publication.id)


def _warnings(
    session: Session, publication: Publication, message: Message, seen: Outlook
) -> list[Fault]:
    body = {language: text.body for language, text in message.texts.items()}
    promised = queries.languages_of(session, Audience.from_json(publication.audience))
    found = list(missing_languages(body, promised))
    if not seen.size:
        found.append(Fault("", "nobody would get it", "empty"))
    if seen.never:
        found.append(Fault("", f"{seen.never} would never get it", "never"))
    if message.category in ("incident", "maintenance") and not message.touched:
        found.append(Fault("", "no component is named", "no_components"))
    return found
