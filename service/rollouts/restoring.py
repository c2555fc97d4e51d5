"""After a restore: what may have left since the backup is in doubt, and nothing goes on by itself.

The restored database does not know what was sent after it was saved. Without this, a rewound cursor
would write to thousands a second time.
"""

from dataclasses import dataclass

from service.db.unit_of_work import UnitOfWork
from service.deliveries.queries import restored as doubts
from service.rollouts.deciding import decided
from service.rollouts.models import DecisionKind, PauseReason, Rollout, RolloutState
from service.rollouts.queries import states
from service.rollouts.stopping import halt

COMMENT = (
    "Restored from a backup. {doubtful} people of opened stages may have been told since it was "
    "made: they count as unknown. Stages that were not open then are untouched: abort if they may "
    "have left."
)
UNPLANNED = (
    "Restored from a backup made while this was being planned: nobody knows whom it reached since. "
    "Submit it again if nobody was told."
)


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore came to."""

    rollouts: int  # paused, or aborted where they were being planned
    doubtful: int  # people who may have been told since the backup


def restored(uow: UnitOfWork) -> Restored:
    """Pause every rollout with stages that is not over, and doubt what it may have sent since.

    The doubtful are marked under a lease that has run out: the ticker finds them as it finds what
    a killed worker held, and lists them as unknown, whatever the plan's policy is for a crash.
    """
    rollouts, people = states.unfinished(uow.session), 0
    for rollout in rollouts:
        if rollout.state is RolloutState.PLANNING:
            _call_off(uow, rollout)
            continue
        waves = states.due_waves(uow.session, rollout.id, uow.now)
        doubtful = doubts.doubt(uow.session, rollout.id, waves, uow.now)
        halt(uow, rollout, RolloutState.PAUSED, PauseReason.RESTORED)
        comment = COMMENT.format(doubtful=doubtful)
        decided(uow, rollout, DecisionKind.PAUSE, comment=comment)
        people += doubtful
    return Restored(len(rollouts), people)


def _call_off(uow: UnitOfWork, rollout: Rollout) -> None:
    halt(uow, rollout, RolloutState.ABORTED, None)
    decided(uow, rollout, DecisionKind.ABORT, comment=UNPLANNED)
