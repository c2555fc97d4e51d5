"""How far a launch is: what is done, what is waived, what still blocks its approval."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy.orm import Session

from service.launches import queries
from service.launches.models import Launch, LaunchMark, LaunchSeed
from service.launches.plan import LaunchPlan
from service.publications.models import Publication
from service.publications.plans import Plan

#: What is found out rather than ticked.
MESSAGE, PEOPLE, DELIVERY, MOMENT = "message", "people", "delivery-test", "moment"


class Done(StrEnum):
    """Where a check stands."""

    OPEN = "open"
    DONE = "done"
    WAIVED = "waived"


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the checklist; *mark* says who ticked or waived it."""

    key: str
    title: str  # "": its preset words
    is_blocking: bool
    is_found: bool  # found out by itself: it can be waived, and not ticked
    state: Done
    mark: LaunchMark | None


@dataclass(frozen=True, slots=True)
class Seed:
    """A test address, and whether this very content was seen there."""

    address: str
    test: LaunchSeed | None
    has_arrived: bool

    @property
    def is_fine(self) -> bool:
        """Whether it arrived, or somebody acknowledged it."""
        return self.has_arrived or bool(self.test and self.test.acknowledged_at)


@dataclass(frozen=True, slots=True)
class LaunchStanding:
    """A launch as it is."""

    launch: Launch
    plan: LaunchPlan
    publication: Publication | None
    items: tuple[Item, ...]
    seeds: tuple[Seed, ...]

    @property
    def done(self) -> int:
        """How many checks are done or waived."""
        return sum(each.state is not Done.OPEN for each in self.items)

    @property
    def blocking(self) -> tuple[str, ...]:
        """The keys of what still blocks approval."""
        return tuple(
            each.key for each in self.items if each.is_blocking and each.state is Done.OPEN
        )


def standing(session: Session, launch: Launch) -> LaunchStanding:
    """Return how far *launch* is."""
    plan = LaunchPlan.model_validate(launch.plan)
    publication = session.get(Publication, launch.publication_id) if launch.publication_id else None
    tested = tuple(_seeds(session, launch, plan, publication))
    marks = queries.marks(session, launch.id)
    found = {
        MESSAGE: publication is not None,
        PEOPLE: bool(plan.responsible and plan.backup and plan.responsible != plan.backup),
        DELIVERY: bool(tested) and all(each.is_fine for each in tested),
    }
    if plan.moment and publication:
        begins = Plan.model_validate(publication.plan).not_before
        found[MOMENT] = begins is not None and begins >= plan.moment
    items = [
        Item(key, "", is_blocking=True, is_found=True, state=_state(marks.get(key), holds=holds),
             mark=marks.get(key))
        for key, holds in found.items()
    ]  # fmt: skip
    items += [
        Item(each.key, each.title, each.is_blocking, is_found=False,
             state=_state(marks.get(each.key)), mark=marks.get(each.key))
        for each in plan.checks
    ]  # fmt: skip
    return LaunchStanding(launch, plan, publication, tuple(items), tested)


def blocking(session: Session, publication: Publication) -> list[str]:
    """What blocks the approval of *publication*: `launch/check` of each plan that is about it."""
    return [
        f"{launch.slug}/{key}"
        for launch in queries.of_publication(session, publication.id)
        for key in standing(session, launch).blocking
    ]


def _state(mark: LaunchMark | None, *, holds: bool = False) -> Done:
    if mark and mark.is_waived:
        return Done.WAIVED
    return Done.DONE if holds or mark else Done.OPEN


def _seeds(
    session: Session, launch: Launch, plan: LaunchPlan, publication: Publication | None
) -> Iterator[Seed]:
    tests = queries.seeds(session, launch.id, publication.hash) if publication else {}
    sent = [each.rollout_id for each in tests.values() if each.rollout_id]
    arrived = queries.arrived(session, sent)
    for address in plan.seeds:
        test = tests.get(address)
        yield Seed(address, test, bool(test and test.rollout_id in arrived))
