"""Turns what is stored into the metrics that a plan asks for, as of now."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from scheduling.metrics import Fault, Metric, Reading, Weight
from scheduling.standards import Boolean, Ratio, Threshold
from service.deliveries.models import Echo
from service.publications.gates import FATAL, Gate, Source, ThresholdWatch, Watch, minutes
from service.rollouts.models import Rollout, Signal
from service.rollouts.queries import measures
from service.rollouts.queries.measures import Point

#: Refusals that are the sender's fault, behind one provider: told, whatever the others say.
SENDERS_FAULT = Threshold(warn=0.05, pause=0.2, min_events=5, min_exposed=20)

_ECHOES = {
    Source.HARD_BOUNCES: Echo.HARD_BOUNCE,
    Source.SOFT_BOUNCES: Echo.SOFT_BOUNCE,
    Source.COMPLAINTS: Echo.COMPLAINT,
}


@dataclass(frozen=True, slots=True)
class Measured:
    """What a rollout has come to at *now*, since its statistics began."""

    session: Session
    rollout: Rollout
    now: datetime
    begin: Point
    newest: Point
    signals: Mapping[str, Sequence[Signal]]

    def cohort(self, watch: Watch) -> tuple[Point, Point]:
        """The span of sending that *watch* counts.

        Up to its lag ago; a threshold looks at the last minutes *of sending*, not of the clock, so
        that what bounces while a stage bakes still counts.
        """
        last = self._at(min(self.newest.at, self.now - minutes(watch.lag)))
        first = self.begin
        if isinstance(watch, ThresholdWatch):
            first = max(first, self._at(last.at - minutes(watch.over)))
        return min(first, last), last

    def _at(self, instant: datetime) -> Point:
        found = measures.newest_exposure(self.session, self.rollout.id, instant)
        return max(found, self.begin) if found else self.begin


def measure(session: Session, rollout: Rollout, gate: Gate, now: datetime) -> tuple[Metric, ...]:
    """Return every metric of *gate*, the alarms nobody can turn off, and providers' complaints."""
    measured = _measured(session, rollout, now)
    asked = {watch.key for watch in gate.metrics}
    return (
        *(_metric(watch, measured) for watch in gate.metrics),
        *_alarms(measured, besides=asked),
        *_providers(measured),
    )


def _measured(session: Session, rollout: Rollout, now: datetime) -> Measured:
    start = rollout.judged_from or rollout.started_at or rollout.created_at
    newest = measures.note_exposure(session, rollout.id, now)
    begin = Point(start - timedelta(seconds=1), 0)  # the first may leave at the very start
    if rollout.judged_from:
        begin = measures.newest_exposure(session, rollout.id, start) or begin
    pushed = defaultdict[str, list[Signal]](list)
    for signal in measures.signals(session, rollout.id, start):
        pushed[signal.key].append(signal)
    return Measured(session, rollout, now, begin, newest, pushed)


def _metric(watch: Watch, measured: Measured) -> Metric:
    of_reached = True
    reading: Reading | Fault
    if watch.source is Source.SIGNAL:
        reading, of_reached = _pushed(watch, measured)
    else:
        reading = _came_back(watch, measured)
    return Metric(
        key=watch.key,
        standard=watch.standard(),
        reading=reading,
        fresh_for=minutes(watch.fresh_for),
        weight=watch.weight,
        lag=minutes(watch.lag),
        of_reached=of_reached,
    )


def _came_back(watch: Watch, measured: Measured) -> Reading:
    """What came back, of the messages that *watch* counts."""
    first, last = measured.cohort(watch)
    rollout_id = measured.rollout.id
    if watch.source is Source.UNSUBSCRIBES:
        count = measures.departures(measured.session, rollout_id, first.at, last.at)
    else:
        kind = _ECHOES[watch.source]
        count = measures.echoes(measured.session, rollout_id, kind, first.at, last.at)
    return Reading(count, max(last.sent - first.sent, count), measured.now)


def _pushed(watch: Watch, measured: Measured) -> tuple[Reading | Fault, bool]:
    """What was pushed under the key of *watch*, and whether it is counted of the people reached."""
    given = measured.signals.get(watch.key, ())
    standard = watch.standard()
    if not given:
        return Fault.MISSING, False
    if isinstance(standard, Boolean):
        return _last_word(given), False
    if any(signal.value is None for signal in _last_words(given)):
        return Fault.UNREADABLE, False
    known = [signal for signal in given if signal.value is not None]
    count = sum(signal.value or 0.0 for signal in known)
    own = [signal.denominator for signal in known if signal.denominator is not None]
    of_reached = not own and isinstance(standard, Ratio | Threshold)
    below: float | None = sum(own) if own else None
    if of_reached:
        first, last = measured.cohort(watch)
        below = last.sent - first.sent
    as_of = min(signal.period_to for signal in _last_words(given))
    return Reading(count, below, as_of), of_reached


def _last_word(given: Sequence[Signal]) -> Reading | Fault:
    """An alarm is raised as long as one of its sources says so."""
    last = _last_words(given)
    if any(signal.value is None for signal in last):
        return Fault.UNREADABLE
    count = sum(signal.value or 0.0 for signal in last)
    return Reading(count, None, min(signal.period_to for signal in last))


def _last_words(given: Sequence[Signal]) -> Sequence[Signal]:
    """The newest signal of each source: one that fell silent makes the whole stale."""
    return list({signal.source: signal for signal in given}.values())


def _alarms(measured: Measured, *, besides: set[str]) -> Iterator[Metric]:
    """Alarms that end any rollout: silence is no alarm, for a plan that does not ask for them."""
    for key in sorted(FATAL - besides):
        raised = [each for each in measured.signals.get(key, ()) if each.value]
        if raised:
            reading = _last_word(measured.signals[key])
            yield Metric(key, Boolean(ends=True), reading, fresh_for=timedelta(days=365))


def _providers(measured: Measured) -> Iterator[Metric]:
    """Refusals that are the sender's fault, provider by provider."""
    refused = measures.senders_fault(measured.session, measured.rollout.id, measured.begin.at)
    tried = measures.tried_behind(measured.session, measured.rollout.id) if refused else {}
    for bucket, count in sorted(refused.items()):
        reading = Reading(count, max(tried.get(bucket, 0), count), measured.now)
        key = f"sender_fault:{bucket or 'others'}"
        yield Metric(key, SENDERS_FAULT, reading, weight=Weight.WARN, of_reached=True)
