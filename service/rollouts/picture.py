"""A rollout as a whole: what pages and programs show of it. Reads only."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from channels.base import Message
from service.access.queries import actor_names
from service.deliveries.queries.accounts import (
    StageStanding,
    Standing,
    by_channel,
    skip_reasons,
    stage_standings,
    standing,
    standings,
)
from service.publications.freezing import thaw
from service.publications.models import Publication
from service.rollouts.models import OVER, Decision, GateRun, Rollout, RolloutState, Stage, Wave
from service.rollouts.queries import planning, states

#: Judgements shown; older ones stay in the table.
MOST_GATES = 20


@dataclass(frozen=True, slots=True)
class WavePicture:
    """A wave and the zones whose people it writes to."""

    wave: Wave
    zones: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StagePicture:
    """A stage with its counts and waves."""

    stage: Stage
    counts: StageStanding
    waves: tuple[WavePicture, ...]

    @property
    def waiting(self) -> int:
        """People of whom nothing is known yet."""
        counts = self.counts
        return max(0, self.stage.size - counts.sent - counts.refused - counts.skipped)


@dataclass(frozen=True, slots=True)
class Picture:
    """A rollout, its counts, stages, judgements and decisions."""

    rollout: Rollout
    publication: Publication
    counts: Standing
    skipped: Mapping[str, int]
    channels: Mapping[str, tuple[int, int]]  # accepted and refused
    stages: tuple[StagePicture, ...]
    decisions: Sequence[Decision]
    gates: Sequence[GateRun]
    names: Mapping[str, str]  # of who decided

    @property
    def message(self) -> Message:
        """What is being said."""
        return thaw(self.publication.content)

    @property
    def titles(self) -> dict[str, str]:
        """What it is called, by language."""
        return {language: text.title for language, text in self.message.texts.items()}

    @property
    def zone(self) -> str:
        """The zone of the page or list it speaks for."""
        return str(self.publication.plan["fallback_zone"])

    @property
    def is_over(self) -> bool:
        """Whether nothing more will leave."""
        return self.rollout.state in OVER

    @property
    def planned(self) -> int:
        """Who still waits for a turn."""
        return 0 if self.is_over else self.counts.planned

    @property
    def cancelled(self) -> int:
        """Who will get nothing because the rollout ended before their turn."""
        return self.counts.planned if self.is_over else 0

    def stage_no(self, stage_id: int | None) -> int | None:
        """The number of the stage with this id."""
        return next((p.stage.no for p in self.stages if p.stage.id == stage_id), None)


@dataclass(frozen=True, slots=True)
class Summary:
    """A rollout in a line; *title* by language."""

    rollout: Rollout
    publication: Publication
    title: Mapping[str, str]
    source: Mapping[str, str]
    counts: Standing

    @property
    def zone(self) -> str:
        """The zone of the page or list it speaks for."""
        return str(self.publication.plan["fallback_zone"])


def summaries(
    session: Session,
    limit: int = 50,
    *,
    after: Rollout | None = None,
    among: Collection[RolloutState] = (),
) -> list[Summary]:
    """Return the newest rollouts of what is sent to many: behind *after*, in a state *among*."""
    before = after.id if after else None
    found = states.recent(session, limit, before=before, among=among)
    counts = standings(session, {rollout.id: rollout.size for rollout, _ in found})
    return [
        Summary(
            rollout,
            publication,
            {key: text.title for key, text in message.texts.items()},
            message.source,
            counts[rollout.id],
        )
        for rollout, publication in found
        for message in [thaw(publication.content)]
    ]


def picture(session: Session, rollout: Rollout) -> Picture:
    """Return where *rollout* stands."""
    zones = {segment.no: tuple(segment.zones) for segment in planning.segments(session, rollout.id)}
    waves = states.waves(session, rollout.id)
    decisions = states.decisions(session, rollout.id)
    counts = stage_standings(session, rollout.id)
    return Picture(
        rollout=rollout,
        publication=session.get_one(Publication, rollout.publication_id),
        counts=standing(session, rollout.id, rollout.size),
        skipped=skip_reasons(session, rollout.id),
        channels=by_channel(session, rollout.id),
        stages=tuple(
            StagePicture(
                stage,
                counts.get(stage.id, StageStanding()),
                tuple(
                    WavePicture(wave, zones.get(wave.segment_no, ()))
                    for wave in waves
                    if wave.stage_id == stage.id
                ),
            )
            for stage in states.stages(session, rollout.id)
        ),
        decisions=decisions,
        gates=states.gate_runs(session, rollout.id, MOST_GATES),
        names=actor_names(session, [each.by for each in decisions]),
    )
