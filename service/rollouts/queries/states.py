"""Where rollouts, stages and waves stand, and the conditional updates that move them."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from sqlalchemy import Select, and_, exists, or_, select, update
from sqlalchemy.orm import Session

from service.deliveries.models import LaneTwo, Slice
from service.publications.models import Publication
from service.rollouts.models import (
    OVER,
    Decision,
    DecisionKind,
    GateRun,
    PauseReason,
    Rollout,
    RolloutState,
    Stage,
    StageState,
    Wave,
    WaveState,
)


def by_public_id(session: Session, public_id: str) -> Rollout | None:
    """The rollout the outside calls *public_id*."""
    return session.scalar(select(Rollout).where(Rollout.public_id == public_id))


def for_decision(session: Session, public_id: str) -> Rollout | None:
    """The same, locked until the unit of work ends."""
    return session.scalar(
        select(Rollout)
        .where(Rollout.public_id == public_id)
        .with_for_update()
        .execution_options(populate_existing=True)  # as it is now, whatever was read before
    )


def of_publication(session: Session, publication_id: int) -> Rollout | None:
    """The newest rollout of a publication."""
    return session.scalar(
        select(Rollout)
        .where(Rollout.publication_id == publication_id)
        .order_by(Rollout.id.desc())
        .limit(1)
    )


def recent(
    session: Session,
    limit: int = 50,
    *,
    before: int | None = None,
    among: Collection[RolloutState] = (),
) -> Sequence[tuple[Rollout, Publication]]:
    """The newest rollouts of bulk publications: older than *before*, in a state *among* some."""
    statement = (
        select(Rollout, Publication)
        .join(Publication, Publication.id == Rollout.publication_id)
        .where(Publication.purpose == "bulk", ~Publication.subject.startswith("digest:"))
        .order_by(Rollout.id.desc())
        .limit(limit)
    )
    if before is not None:
        statement = statement.where(Rollout.id < before)
    if among:
        statement = statement.where(Rollout.state.in_(among))
    return list(session.execute(statement))


def unplanned(session: Session) -> Sequence[int]:
    """Rollouts still to be planned."""
    return session.scalars(
        select(Rollout.id).where(Rollout.state == RolloutState.PLANNING).order_by(Rollout.id)
    ).all()


def scheduled(session: Session) -> Sequence[int]:
    """Rollouts planned and not started."""
    return session.scalars(
        select(Rollout.id).where(Rollout.state == RolloutState.SCHEDULED).order_by(Rollout.id)
    ).all()


def of_other_zone_data(session: Session, version: str) -> Sequence[int]:
    """Rollouts not over whose waves were computed with other zone data than *version*."""
    return session.scalars(
        select(Rollout.id)
        .where(
            Rollout.state.in_((RolloutState.SCHEDULED, RolloutState.RUNNING, RolloutState.PAUSED)),
            Rollout.zone_data != version,
        )
        .order_by(Rollout.id)
    ).all()


def with_stages(session: Session) -> Sequence[int]:
    """Running rollouts that have a stage open or baking."""
    active = (StageState.OPEN, StageState.BAKING, StageState.HELD)
    return session.scalars(
        select(Rollout.id)
        .join(Stage, Stage.rollout_id == Rollout.id)
        .where(Rollout.state == RolloutState.RUNNING, Stage.state.in_(active))
        .order_by(Rollout.id)
    ).all()


def movable(session: Session) -> Sequence[int]:
    """Rollouts with stages that wait for their hour, or run."""
    return session.scalars(
        select(Rollout.id)
        .where(
            Rollout.state.in_((RolloutState.SCHEDULED, RolloutState.RUNNING)),
            exists().where(Stage.rollout_id == Rollout.id),
        )
        .order_by(Rollout.id)
    ).all()


def judged_after(session: Session, moment: datetime) -> Sequence[int]:
    """Running rollouts of which a stage was judged, or that were resumed, after *moment*."""
    active = (StageState.OPEN, StageState.BAKING, StageState.HELD)
    later = exists().where(
        Stage.rollout_id == Rollout.id, Stage.state.in_(active), Stage.judged_at > moment
    )
    return session.scalars(
        select(Rollout.id)
        .where(Rollout.state == RolloutState.RUNNING, or_(later, Rollout.judged_from > moment))
        .order_by(Rollout.id)
    ).all()


def unfinished(session: Session) -> Sequence[Rollout]:
    """Rollouts with stages that are not over, locked; one in planning may not have any yet."""
    return session.scalars(
        select(Rollout)
        .where(
            Rollout.state.not_in(OVER),
            or_(
                Rollout.state == RolloutState.PLANNING,
                exists().where(Stage.rollout_id == Rollout.id),
            ),
        )
        .order_by(Rollout.id)
        .with_for_update()
    ).all()


def due_waves(session: Session, rollout_id: int, now: datetime) -> Sequence[int]:
    """Waves of a rollout whose time has come."""
    return session.scalars(
        select(Wave.id).where(Wave.rollout_id == rollout_id, Wave.due_at <= now)
    ).all()


def locked(session: Session, rollout_id: int) -> Rollout | None:
    """A rollout, locked; None while somebody else holds it."""
    return session.scalar(
        select(Rollout).where(Rollout.id == rollout_id).with_for_update(skip_locked=True)
    )


def expired(session: Session, now: datetime) -> Sequence[int]:
    """Rollouts not over whose publication has expired; one in planning is planned first."""
    return session.scalars(
        select(Rollout.id)
        .join(Publication, Publication.id == Rollout.publication_id)
        .where(Rollout.state.not_in((*OVER, RolloutState.PLANNING)), Publication.expires_at <= now)
        .order_by(Rollout.id)
    ).all()


def complete(session: Session, now: datetime) -> Sequence[Rollout]:
    """Complete every running rollout in which nobody waits any more; return them."""
    waiting_stage = exists().where(
        Stage.rollout_id == Rollout.id, Stage.state == StageState.PENDING
    )
    unfinished = exists().where(
        Slice.rollout_id == Rollout.id,
        Slice.n_lo.is_not(None),
        Slice.settled_upto < Slice.n_hi,
    )
    in_lane = exists().where(LaneTwo.rollout_id == Rollout.id)
    return session.scalars(
        update(Rollout)
        .where(
            Rollout.state == RolloutState.RUNNING,
            ~waiting_stage,
            ~unfinished,
            ~in_lane,
        )
        .values(state=RolloutState.COMPLETED, ended_at=now)
        .returning(Rollout)
        .execution_options(synchronize_session=False)
    ).all()


def stages(session: Session, rollout_id: int) -> Sequence[Stage]:
    """A rollout's stages, in order."""
    return session.scalars(
        select(Stage).where(Stage.rollout_id == rollout_id).order_by(Stage.no)
    ).all()


def waves(session: Session, rollout_id: int) -> Sequence[Wave]:
    """A rollout's waves, in order of time."""
    return session.scalars(
        select(Wave)
        .where(Wave.rollout_id == rollout_id)
        .order_by(Wave.due_at, Wave.stage_id, Wave.segment_no)
    ).all()


def make_due(session: Session, now: datetime) -> Sequence[tuple[int, int]]:
    """Make the waves of running rollouts whose hour has come due; return (wave, rollout).

    The rollouts stay locked: a pause comes before, or after their slices were made ready.
    """
    planned = (Wave.state == WaveState.PLANNED, Wave.due_at <= now)
    running = session.scalars(
        select(Rollout.id)
        .where(
            Rollout.state == RolloutState.RUNNING,
            exists().where(Wave.rollout_id == Rollout.id, *planned),
        )
        .order_by(Rollout.id)
        .with_for_update(skip_locked=True)
    ).all()
    return list(
        session.execute(
            update(Wave)
            .where(Wave.rollout_id.in_(running), *planned)
            .values(state=WaveState.DUE)
            .returning(Wave.id, Wave.rollout_id)
            .execution_options(synchronize_session=False)
        )
    )


def drained(session: Session) -> None:
    """Mark the waves drained whose people are all settled."""
    unfinished = exists().where(Slice.wave_id == Wave.id, Slice.settled_upto < Slice.n_hi)
    session.execute(
        update(Wave)
        .where(Wave.state == WaveState.DUE, ~unfinished)
        .values(state=WaveState.DRAINED)
        .execution_options(synchronize_session=False)
    )


def cancel_waves(session: Session, rollout_id: int) -> None:
    """Cancel the waves of a rollout that still had people to tell."""
    session.execute(
        update(Wave)
        .where(Wave.rollout_id == rollout_id, Wave.state.in_((WaveState.PLANNED, WaveState.DUE)))
        .values(state=WaveState.CANCELLED)
        .execution_options(synchronize_session=False)
    )


def fail_stages(session: Session, rollout_id: int, now: datetime) -> None:
    """End the stages under way of a rollout that ended before they could pass."""
    under_way = (StageState.OPEN, StageState.BAKING, StageState.HELD)
    session.execute(
        update(Stage)
        .where(Stage.rollout_id == rollout_id, Stage.state.in_(under_way))
        .values(state=StageState.FAILED, ended_at=now)
    )


def pass_stages(session: Session, rollout_id: int, now: datetime) -> None:
    """Close the books on the stages of a rollout that is complete."""
    session.execute(
        update(Stage)
        .where(Stage.rollout_id == rollout_id, Stage.state != StageState.PASSED)
        .values(state=StageState.PASSED, ended_at=now)
        .execution_options(synchronize_session=False)
    )


def decisions(session: Session, rollout_id: int) -> Sequence[Decision]:
    """What was decided about a rollout, oldest first."""
    return session.scalars(
        select(Decision).where(Decision.rollout_id == rollout_id).order_by(Decision.id)
    ).all()


def gate_runs(session: Session, rollout_id: int, limit: int = 50) -> Sequence[GateRun]:
    """The newest judgements of a rollout that said something new, newest first."""
    return session.scalars(
        select(GateRun)
        .where(GateRun.rollout_id == rollout_id, GateRun.is_repeat.is_not(True))
        .order_by(GateRun.id.desc())
        .limit(limit)
    ).all()


def all_gate_runs(session: Session, rollout_id: int) -> Iterator[GateRun]:
    """Every judgement of a rollout, oldest first, read a few at a time."""
    return iter(
        session.scalars(
            select(GateRun)
            .where(GateRun.rollout_id == rollout_id)
            .order_by(GateRun.id)
            .execution_options(yield_per=200)
        )
    )


def last_gate_run(session: Session, stage_id: int) -> GateRun | None:
    """The newest judgement of a stage."""
    return session.scalar(
        select(GateRun).where(GateRun.stage_id == stage_id).order_by(GateRun.id.desc()).limit(1)
    )


def over_with_lanes(session: Session) -> Sequence[int]:
    """Rollouts that are over with people who still wait in lane two."""
    return session.scalars(
        select(LaneTwo.rollout_id)
        .join(Rollout, Rollout.id == LaneTwo.rollout_id)
        .where(LaneTwo.owner.is_(None), Rollout.state.in_(OVER))
        .distinct()
    ).all()


def in_need(session: Session, asked_before: datetime) -> Sequence[Rollout]:
    """Rollouts that wait for a person who was not asked since *asked_before*."""
    return session.scalars(_in_need(asked_before).order_by(Rollout.id)).all()


def is_in_need(session: Session, rollout: Rollout, asked_before: datetime) -> bool:
    """Whether *rollout* is one of them."""
    found = _in_need(asked_before).where(Rollout.id == rollout.id)
    return session.scalar(found) is not None


def _in_need(asked_before: datetime) -> Select[Rollout]:
    is_held = exists().where(Stage.rollout_id == Rollout.id, Stage.state == StageState.HELD)
    is_warned = exists().where(
        Decision.rollout_id == Rollout.id,
        Decision.kind == DecisionKind.WARN,
        or_(Rollout.asked_at.is_(None), Decision.at > Rollout.asked_at),
    )
    unasked = or_(Rollout.asked_at.is_(None), Rollout.asked_at <= asked_before)
    paused = and_(
        Rollout.state == RolloutState.PAUSED, Rollout.pause_reason != PauseReason.MANUAL, unasked
    )
    running = and_(Rollout.state == RolloutState.RUNNING, or_(and_(is_held, unasked), is_warned))
    return select(Rollout).where(or_(paused, running))


def last_words(session: Session, rollout_id: int) -> str:
    """The comment of the newest decision about a rollout."""
    comment = session.scalar(
        select(Decision.comment)
        .where(Decision.rollout_id == rollout_id)
        .order_by(Decision.id.desc())
        .limit(1)
    )
    return comment or ""
