"""Writes what came of a batch of single messages: one transaction, whatever its size."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from channels.base import Outcome, PushChannel, Reason, Result
from service.audit.actions import record
from service.db.unit_of_work import UnitOfWork
from service.deliveries.brief import Brief
from service.deliveries.circuits import judge
from service.deliveries.holding import apply_holds
from service.deliveries.journal import note, tell_failures
from service.deliveries.late import in_doubt, resolve, told_already
from service.deliveries.models import SKIPPED, LaneTwo, Slice
from service.deliveries.office import Office
from service.deliveries.parcels import Going
from service.deliveries.queries import lane_two, limits, outcomes, slices
from service.deliveries.queries.lane_two import Again
from service.deliveries.queries.outcomes import Row
from service.deliveries.queries.slices import Counts
from service.deliveries.settling import Settlement, settle

NOBODY = frozenset({Reason.UNKNOWN_RECIPIENT, Reason.BAD_DOMAIN})  # nothing ever arrives there
RETRIED = frozenset({Result.TRANSIENT, Result.UNKNOWN})  # what another try might have mended


@dataclass(frozen=True, slots=True)
class Single:
    """One marked message."""

    row: LaneTwo
    lane: Slice
    brief: Brief
    going: Going


@dataclass(frozen=True, slots=True)
class Settled:
    """One message and what follows from its outcome."""

    row: LaneTwo
    settlement: Settlement
    is_told: bool  # an earlier attempt had arrived, as a late answer said meanwhile
    is_in_doubt: bool = False  # an earlier attempt may have arrived

    @property
    def row_to_write(self) -> Row | None:
        """What came of this attempt; whom we leave alone although they may know stays in doubt."""
        written = self.settlement.row
        gave_up = written is not None and written.result == SKIPPED
        return None if gave_up and self.is_in_doubt else written

    @property
    def again(self) -> Again | None:
        """When to try again; never what was told already."""
        return None if self.is_told else self.settlement.again

    @property
    def change(self) -> Counts:
        """What leaving the lane adds to the counters."""
        became = self.settlement.counts
        if self.is_told:
            became = Counts(sent=1)
        elif self.is_in_doubt and self.again is None and became != Counts(sent=1):
            became = Counts(unknown=1)  # that this attempt was refused does not undo the other
        return slices.difference(became, Counts(moved=1))


def settle_singles(
    office: Office, name: str, channel: PushChannel, came: Sequence[tuple[Single, Outcome]]
) -> None:
    """Write what came of some marked messages; a late answer settles its own attempt only."""
    by_rollout = defaultdict[int, list[tuple[Single, Outcome]]](list)
    for single, outcome in came:
        by_rollout[single.lane.id].append((single, outcome))
    with office.rt.work("worker") as uow:
        # In order: whoever changes several slices in one transaction locks them in order of id.
        for slice_id in sorted(by_rollout):
            _settle(office, uow, name, channel, by_rollout[slice_id])
        lanes = {f"{name}:{single.row.lane}" for single, _ in came}
        slowed = limits.slowed_lanes(uow.session, lanes)
        known = [outcome for _, outcome in came]
        tell_failures(name, known)
        apply_holds(uow, name, known, slowed)


def _settle(
    office: Office,
    uow: UnitOfWork,
    name: str,
    channel: PushChannel,
    came: Sequence[tuple[Single, Outcome]],
) -> None:
    lane, brief = came[0][0].lane, came[0][0].brief
    terms = office.terms(uow, name, channel, brief)
    tried = [single.row for single, _ in came]
    nobody = [
        (single.row.n, single.row.attempt) for single, outcome in came if outcome.reason in NOBODY
    ]
    outcomes.refuse_doubtful(uow.session, lane.rollout_id, nobody, uow.now)
    told, doubtful = told_already(uow, tried), in_doubt(uow, tried)
    settled = [
        Settled(row, settle(row.n, outcome, terms), row.n in told, row.n in doubtful)
        for row, (_, outcome) in zip(tried, came, strict=True)
    ]
    again = [(each.row, each.again) for each in settled if each.again]
    over = [each.row for each in settled if not each.again]
    kept = lane_two.put_back(uow.session, again) | lane_two.finish(uow.session, over)
    ended = {row.id for row in over} & kept
    changes = {each.row.n: each.change for each in settled if each.row.id in ended}
    slices.count_people(uow.session, lane, changes)
    rows = [each.row_to_write for each in settled if each.row.id in kept and each.row_to_write]
    outcomes.record(uow.session, lane.rollout_id, rows, uow.now)
    _tell_exhausted(uow, lane, brief, settled, came, ended)
    for each, (single, outcome) in zip(settled, came, strict=True):
        if each.row.id not in kept and each.settlement.row:
            resolve(uow, lane, each.settlement.row)
        if not channel.traits.bulk:
            next_at = each.again.due_at if each.again and each.row.id in kept else None
            note(uow, each.row.address_id, single.brief.message.type, outcome, next_at)
    if not channel.traits.bulk:
        judge(
            uow, [(row.address_id, outcome) for row, (_, outcome) in zip(tried, came, strict=True)]
        )


def _tell_exhausted(
    uow: UnitOfWork,
    lane: Slice,
    brief: Brief,
    settled: Sequence[Settled],
    came: Sequence[tuple[Single, Outcome]],
    ended: Collection[int],
) -> None:
    """Write down what was given up after its last retry: one entry for a batch of a rollout."""
    given_up = [
        outcome
        for each, (_, outcome) in zip(settled, came, strict=True)
        if each.row.id in ended and not each.is_told and outcome.result in RETRIED
    ]
    if given_up:
        record(
            uow,
            "delivery.exhausted",
            f"publication:{brief.publication.public_id}",
            channel=lane.channel,
            count=len(given_up),
            deliveries=[each.parcel.id for each in given_up],
            reasons=sorted({each.reason.value for each in given_up}),
        )
