"""What a moderator sees: the queue, and one publication with all that decides about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from channels.base import Message
from channels.registry import Registry
from service.access.queries import actor_names
from service.errors import Fault
from service.moderation import queries
from service.moderation.outlook import Outlook, outlook
from service.moderation.preview import Letter, letters
from service.moderation.queries_senders import sender_names
from service.publications import queries as publications
from service.publications.freezing import thaw
from service.publications.models import Publication, PublicationState
from service.publications.plans import Plan
from service.publications.texts import missing_languages
from service.rollouts.models import Rollout
from service.subscribers.audience import Audience
from service.subscribers.queries_audience import size


@dataclass(frozen=True, slots=True)
class Waiting:
    """A publication in the queue or lately decided; *by* is a name."""

    publication: Publication
    message: Message
    by: str
    decided_by: str
    size: int | None
    rollout: Rollout | None

    @property
    def zone(self) -> str:
        """The zone of the page or list it speaks for."""
        return str(self.publication.plan["fallback_zone"])


@dataclass(frozen=True, slots=True)
class Case:
    """One publication, as it will be read and as it will leave."""

    waiting: Waiting
    plan: Plan
    letters: dict[str, Letter]
    outlook: Outlook
    warnings: tuple[Fault, ...]
    successor: Publication | None  # what replaced it

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


def queue(session: Session) -> Sequence[Waiting]:
    """Return what waits, oldest first, with the size of its audience."""
    held = publications.held(session)
    return _named(session, held, {each.id: _size(session, each) for each in held})


def decided(session: Session, limit: int = 20) -> Sequence[Waiting]:
    """Return what was decided lately, newest first."""
    return _named(session, publications.recent(session, limit), {})


def case(session: Session, channels: Registry, publication: Publication, now: datetime) -> Case:
    """Return all there is to know before deciding about *publication*."""
    (waiting,) = _named(session, [publication], {})
    plan = Plan.model_validate(publication.plan)
    seen = outlook(session, channels, publication, now)
    return Case(
        waiting=waiting,
        plan=plan,
        letters=letters(channels, waiting.message, plan.fallback_zone),
        outlook=seen,
        warnings=tuple(_warnings(session, publication, waiting.message, seen)),
        successor=_successor(session, publication),
    )


def _size(session: Session, publication: Publication) -> int:
    return size(session, Audience.from_json(publication.audience))


def _named(
    session: Session, found: Sequence[Publication], counted: dict[int, int]
) -> list[Waiting]:
    actors = [by for each in found for by in (each.submitted_by, each.decided_by)]
    names = actor_names(session, actors) | sender_names(session, actors)
    rollouts = queries.rollouts_of(session, [each.id for each in found])
    return [
        Waiting(
            publication=each,
            message=thaw(each.content),
            by=names.get(each.submitted_by, each.submitted_by),
            decided_by=names.get(each.decided_by, each.decided_by),
            size=counted.get(each.id),
            rollout=rollouts.get(each.id),
        )
        for each in found
    ]


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
