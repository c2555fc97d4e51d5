"""The queue as moderators look through it: shelves, filters, and the search of past decisions."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from channels.base import Message
from service.access.queries import actor_names
from service.moderation import queries
from service.moderation import queries_desk as desk
from service.moderation.handling import is_claimed
from service.moderation.models import Handling
from service.moderation.naming import targets_of
from service.moderation.queries_senders import sender_names
from service.publications import queries as publications
from service.publications.freezing import thaw
from service.publications.models import Publication
from service.rollouts.models import Rollout
from service.subscribers.audience import Audience
from service.subscribers.queries_audience import size

PAGE = 25  # shown at once


class Shelf(StrEnum):
    """Where something in the queue stands."""

    WAITING = "waiting"
    MINE = "mine"  # claimed by whoever looks
    DEFERRED = "deferred"
    REVIEW = "review"  # left, to be looked at afterwards
    DECIDED = "decided"


@dataclass(frozen=True, slots=True)
class Search:
    """What somebody wants to see of the queue."""

    shelf: Shelf = Shelf.WAITING
    category: str = ""
    target: str = ""  # `page:3`, `list:1`
    words: str = ""
    state: str = ""  # of decisions
    before: str = ""  # the public id after which to go on


@dataclass(frozen=True, slots=True)
class Waiting:
    """A publication in the queue or decided; *by* and *decided_by* are names."""

    publication: Publication
    message: Message
    by: str
    decided_by: str
    size: int | None
    rollout: Rollout | None
    handling: Handling | None = None
    claimed_by: str = ""  # "" where nobody is at it
    votes: int = 0

    @property
    def zone(self) -> str:
        """The zone of the page or list it speaks for."""
        return str(self.publication.plan["fallback_zone"])


@dataclass(frozen=True, slots=True)
class Shown:
    """One shelf, how many stand on each, and where to go on."""

    search: Search
    items: Sequence[Waiting]
    counts: Mapping[Shelf, int]
    following: str


def look(session: Session, search: Search, by: str, now: datetime) -> Shown:
    """Return the shelf that *search* names as *by* sees it at *now*."""
    held = desk.held(session)
    shelves = {each.id: _shelves(row, by, now) for each, row in held}
    review = desk.to_review(session)
    counts = Counter(shelf for found in shelves.values() for shelf in found)
    counts[Shelf.REVIEW] = len(review)
    match search.shelf:
        case Shelf.DECIDED:
            found = list(_decided(session, search))
        case Shelf.REVIEW:
            found = _from_there([each for each in review if _fits(each, search)], search)
        case shelf:
            there = [each for each, _ in held if shelf in shelves[each.id]]
            found = _from_there([each for each in there if _fits(each, search)], search)
    following = found[PAGE - 1].public_id if len(found) > PAGE else ""
    found = found[:PAGE]
    counted = {}
    if search.shelf is not Shelf.DECIDED:  # whom it reached is its rollout's to say
        counted = {each.id: _size(session, each) for each in found}
    return Shown(search, named(session, found, counted, now), counts, following)


def _from_there(found: list[Publication], search: Search) -> list[Publication]:
    """What stands behind the last one that was shown; from the start where that has left."""
    names = [each.public_id for each in found]
    return found[names.index(search.before) + 1 :] if search.before in names else found


def named(
    session: Session, found: Sequence[Publication], counted: Mapping[int, int], now: datetime
) -> list[Waiting]:
    """Return *found* with names, rollouts and how each fares; *counted* by id where it is known."""
    ids = [each.id for each in found]
    handlings, votes = desk.handlings(session, ids), desk.vote_counts(session, ids)
    rollouts = queries.rollouts_of(session, ids)
    claims = {key: row.claimed_by for key, row in handlings.items() if is_claimed(row, now)}
    names = names_of(
        session,
        [by for each in found for by in (each.submitted_by, each.decided_by)]
        + list(claims.values()),
    )
    return [
        Waiting(
            publication=each,
            message=thaw(each.content),
            by=names.get(each.submitted_by, each.submitted_by),
            decided_by=names.get(each.decided_by, each.decided_by),
            size=counted.get(each.id),
            rollout=rollouts.get(each.id),
            handling=handlings.get(each.id),
            claimed_by=names.get(claims.get(each.id, ""), ""),
            votes=votes.get(each.id, 0),
        )
        for each in found
    ]


def names_of(session: Session, actors: Iterable[str]) -> dict[str, str]:
    """Return what people, programs and senders are called, by what a unit of work calls them."""
    wanted = set(actors)
    return actor_names(session, wanted) | sender_names(session, wanted)


def _shelves(row: Handling | None, by: str, now: datetime) -> frozenset[Shelf]:
    if row and row.held_until and row.held_until > now:
        return frozenset({Shelf.DEFERRED})
    mine = row is not None and row.claimed_by == by and is_claimed(row, now)
    return frozenset({Shelf.WAITING, Shelf.MINE} if mine else {Shelf.WAITING})


def _fits(publication: Publication, search: Search) -> bool:
    if search.category and publication.category != search.category:
        return False
    audience = Audience.from_json(publication.audience)
    if search.target and search.target not in targets_of(audience):
        return False
    texts = thaw(publication.content).texts.values()
    words = search.words.casefold()
    return not words or any(words in f"{it.title}\n{it.body}".casefold() for it in texts)


def _decided(session: Session, search: Search) -> Sequence[Publication]:
    kind, _, number = search.target.partition(":")
    before = publications.by_public_id(session, search.before) if search.before else None
    return desk.decisions(
        session,
        words=search.words,
        category=search.category,
        state=search.state,
        list_id=int(number) if kind == "list" else None,
        page_id=int(number) if kind == "page" else None,
        before_id=before.id if before else None,
        limit=PAGE + 1,
    )


def _size(session: Session, publication: Publication) -> int:
    return size(session, Audience.from_json(publication.audience))
