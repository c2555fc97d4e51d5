"""service.status.stories: pure values."""

from service.events.models import Category, Event, EventStage, EventUpdate
from service.pages.models import State
from service.status.stories import Entry, Story, arrange, judge
from tests.fakes import MONDAY


def story(category: Category, *stages: EventStage, states: dict[int, State] | None = None) -> Story:
    """A story whose stages are given oldest first."""
    entries = [Entry(EventUpdate(stage=stage), MONDAY, states or {}, 1) for stage in stages]
    return Story(Event(category=category), tuple(reversed(entries)))


class TestJudge:
    def test_nothing_to_judge_is_said(self):
        assert judge([]).words == "operational.none"

    def test_the_worst_counts(self):
        verdict = judge([State.MINOR, State.DOWN, State.OPERATIONAL, State.MAINTENANCE])
        assert (verdict.state, verdict.count, verdict.words) == (State.DOWN, 1, "down.some")

    def test_all_is_all(self):
        assert judge([State.MAINTENANCE, State.MAINTENANCE]).words == "maintenance.all"


class TestStory:
    def test_once_over_it_shows_the_worst_it_was(self):
        entries = (
            Entry(EventUpdate(stage=EventStage.RESOLVED), MONDAY, {1: State.OPERATIONAL}, 1),
            Entry(EventUpdate(stage=EventStage.IDENTIFIED), MONDAY, {1: State.DOWN}, 1),
            Entry(EventUpdate(stage=EventStage.INVESTIGATING), MONDAY, {1: State.MINOR}, 1),
        )
        told = Story(Event(category=Category.INCIDENT), entries)
        assert told.states == {1: State.DOWN}
        assert told.ended == MONDAY

    def test_while_it_runs_it_shows_what_is(self):
        entries = (
            Entry(EventUpdate(stage=EventStage.MONITORING), MONDAY, {1: State.MINOR}, 1),
            Entry(EventUpdate(stage=EventStage.INVESTIGATING), MONDAY, {1: State.DOWN}, 1),
        )
        told = Story(Event(category=Category.INCIDENT), entries)
        assert told.state is State.MINOR
        assert told.ended is None


class TestArrange:
    def test_each_finds_its_place(self):
        incident = story(Category.INCIDENT, EventStage.INVESTIGATING)
        works = story(Category.MAINTENANCE, EventStage.SCHEDULED, EventStage.IN_PROGRESS)
        planned = story(Category.MAINTENANCE, EventStage.SCHEDULED)
        action = story(Category.ACTION_REQUIRED, EventStage.PUBLISHED)
        news = story(Category.ANNOUNCEMENT, EventStage.PUBLISHED)
        past = story(Category.MAINTENANCE, EventStage.SCHEDULED, EventStage.CANCELLED)

        programme = arrange([past, news, action, planned, works, incident])

        assert programme.current == (incident, works)
        assert programme.planned == (planned,)
        assert programme.actions == (action,)
        assert programme.announcements == (news,)
        assert programme.past == (past,)

    def test_the_gravest_incident_comes_first(self):
        minor = story(Category.INCIDENT, EventStage.INVESTIGATING, states={1: State.MINOR})
        down = story(Category.INCIDENT, EventStage.INVESTIGATING, states={1: State.DOWN})
        assert arrange([minor, down]).incidents == (down, minor)
