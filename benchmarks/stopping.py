"""How long it takes to stop a rollout to a million, to resume it, and to work out its hours.

Run `python -m benchmarks.stopping` from the checkout. The rollout is in its last stage: all of
its people have slices and waves. Resuming works out each wave's next window from now; so does
replanning, as after an edition of the zone data.
"""

import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from sqlalchemy import func, select

from benchmarks.audiences import databases, fill
from benchmarks.figures import announce, at_most, tell
from benchmarks.nobody import ALL_DAY, AT_ONCE, engine, options, plan
from benchmarks.services import publish
from service.db.unit_of_work import UnitOfWork
from service.deliveries.models import Slice
from service.rollouts import actions
from service.rollouts.carrying import retime_waves
from service.rollouts.models import Rollout, Wave
from service.runtime import Runtime

ROUNDS = 5
IN_WAVES = AT_ONCE.model_copy(update={"windows": ALL_DAY})


def timed(rt: Runtime, act: Callable[[UnitOfWork], object]) -> float:
    """Seconds that *act* takes, its commit included."""
    begin = time.perf_counter()
    with rt.work("staff:1") as uow:
        act(uow)
    return time.perf_counter() - begin


def measure(name: str, url: str, people: int) -> None:
    """Measure on one database and print the medians."""
    with TemporaryDirectory() as folder, engine(url, Path(folder)) as (rt, _):
        with rt.work() as uow:
            audience = fill(uow, people)
        rollout_id = publish(rt, audience, IN_WAVES)
        plan(rt, rollout_id)
        with rt.read() as session:
            public_id = session.get_one(Rollout, rollout_id).public_id
            parts = session.scalar(select(func.count()).select_from(Slice))
            waves = session.scalar(select(func.count()).select_from(Wave))
        steps: dict[str, list[float]] = {"pause": [], "resume": [], "replan": []}
        for _ in range(ROUNDS):
            steps["pause"].append(timed(rt, lambda uow: actions.pause(uow, public_id)))
            steps["resume"].append(timed(rt, lambda uow: actions.resume(uow, public_id)))
            steps["replan"].append(
                timed(rt, lambda uow: retime_waves(uow, uow.session.get_one(Rollout, rollout_id)))
            )
    print(f"{name}: {people:,} people in {parts} slices and {waves} waves")
    for step, seconds in steps.items():
        tell(f"{step} at {people:,}, {name}", median(seconds), "s", target=at_most(0.2))


def main() -> None:
    """Measure and print."""
    asked = options(__doc__, 1_000_000).parse_args()
    announce("benchmarks.stopping")
    with ExitStack() as stack:
        for name, url in stack.enter_context(databases(asked.postgresql)).items():
            measure(name, url, asked.people)


if __name__ == "__main__":
    main()
