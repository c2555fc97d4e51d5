"""What happened before: incidents told by the real actions, while nobody was subscribed yet."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from channels.registry import Registry
from service import worker
from service.config import Settings
from service.db.engine import Database
from service.events.actions import Held, open_event, update_event
from service.events.models import Category, EventStage
from service.events.wishes import Affected, EventWish, UpdateWish
from service.moderation.actions import approve
from service.pages import queries as pages
from service.pages.models import State
from service.queue import Job
from service.runtime import Runtime

WATCHED = timedelta(days=90)  # so long every service was, when the demo begins
ROUNDS = 6  # of sweeps until nothing is left to do: planned, started, stages, completed


@dataclass(slots=True)
class Backstage:
    """Runs jobs and sweeps by hand, at instants of our choice."""

    settings: Settings
    database: Database
    now: datetime
    jobs: list[Job] = field(default_factory=list)

    def put(self, jobs: Iterable[Job]) -> None:
        """Keep *jobs* for `settle`."""
        self.jobs.extend(jobs)

    def runtime(self) -> Runtime:
        """A runtime whose clock shows `now` and whose jobs wait for `settle`."""
        nothing = Registry({}, {}, {})
        return Runtime(self.settings, self.database, nothing, self, lambda: self.now)

    def settle(self) -> None:
        """Do all that is to be done at this instant."""
        rt = self.runtime()
        runs = worker.jobs(rt)
        for _ in range(ROUNDS):
            for sweep in worker.sweeps(rt):
                sweep()
            while self.jobs:
                job = self.jobs.pop(0)
                runs[job.actor](job.subject)


@dataclass(frozen=True, slots=True)
class Word:
    """One update of an event, *before* the story begins."""

    before: timedelta
    stage: EventStage
    body: Mapping[str, str]
    states: Mapping[str, State] = field(default_factory=dict)

    def wish(self) -> UpdateWish:
        """The same as actions take it."""
        affected = tuple(Affected(name, state) for name, state in self.states.items())
        return UpdateWish(body=self.body, stage=self.stage, components=affected)


@dataclass(frozen=True, slots=True)
class Tale:
    """An event and its updates, oldest first."""

    page: str
    title: Mapping[str, str]
    words: tuple[Word, ...]


def tell(backstage: Backstage) -> None:
    """Tell every tale up to now; the clock ends where it began."""
    begin = backstage.now
    with backstage.runtime().work("demo") as uow:
        for page in pages.every_page(uow.session):
            for component in pages.every_component(uow.session, page.id):
                component.known_since = begin - WATCHED
    for tale in TALES:
        event = ""
        for word in tale.words:
            backstage.now = begin - word.before
            event = _say(backstage, tale, word, event)
    backstage.now = begin
    backstage.settle()


def _say(backstage: Backstage, tale: Tale, word: Word, event: str) -> str:
    rt = backstage.runtime()
    with rt.work("key:1") as uow:
        held: Held
        if event:
            held = update_event(uow, rt.settings, event, word.wish())
        else:
            wish = EventWish(tale.page, Category.INCIDENT, tale.title, word.wish())
            held = open_event(uow, rt.settings, wish)
        event, publication = held.event.public_id, held.publication
        name, seen = publication.public_id, publication.hash
    with rt.work("staff:1") as uow:
        approve(uow, name, seen)
    backstage.settle()
    return event


TALES = (
    Tale(
        "mesange",
        {
            "fr": "Retards à l’envoi de messages",
            "en": "Delays in sending mail",
        },
        (
            Word(
                timedelta(days=3, hours=4),
                EventStage.INVESTIGATING,
                {
                    "fr": "Des messages restent dans la boîte d’envoi. Nous cherchons la cause.",
                    "en": "Some messages stay in the outbox. We are looking for the cause.",
                },
                {"sending": State.MAJOR},
            ),
            Word(
                timedelta(days=3, hours=3, minutes=25),
                EventStage.IDENTIFIED,
                {
                    "fr": "Un relais de sortie est saturé ; nous en ajoutons deux.",
                    "en": "An outgoing relay is saturated; we are adding two.",
                },
                {"sending": State.MINOR},
            ),
            Word(
                timedelta(days=3, hours=1, minutes=50),
                EventStage.RESOLVED,
                {
                    "fr": "Tous les messages en attente sont partis. Rien n’a été perdu.",
                    "en": "Every waiting message has left. Nothing was lost.",
                },
            ),
        ),
    ),
    Tale(
        "mesange",
        {"fr": "Recherche lente dans la discussion", "en": "Slow search in chat"},
        (
            Word(
                timedelta(minutes=55),
                EventStage.INVESTIGATING,
                {
                    "fr": "La recherche dans la discussion répond après plus de dix secondes.",
                    "en": "Searching in chat takes more than ten seconds.",
                },
                {"chat": State.MINOR},
            ),
            Word(
                timedelta(minutes=20),
                EventStage.IDENTIFIED,
                {
                    "fr": "Un index est en reconstruction ; la lenteur dure jusqu’à ce soir.",
                    "en": "An index is being rebuilt; it stays slow until this evening.",
                },
                {"chat": State.MINOR},
            ),
        ),
    ),
)
