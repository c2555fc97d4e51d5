"""A plan's clock with gears: as fast as its file says, for any number of processes.

The file lies in the data folder of a demo for as long as it runs: a command that is given this
folder lives by its clock, or what it writes would lie in the demo's past.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from service.runtime import FastClock, utc_now

NAME = "clock.json"


@dataclass(frozen=True, slots=True)
class Gears:
    """Shows what the `FastClock` in the file shows; changing gear never makes it jump."""

    path: Path

    @classmethod
    def begin(cls, folder: Path, start: datetime) -> "Gears":
        """Return a clock that shows *start* now and goes at the pace of real ones."""
        gears = cls(folder / NAME)
        gears._write(FastClock(start, utc_now(), 1.0))
        return gears

    def __call__(self) -> datetime:
        return self._read()()

    def shift(self, speed: float) -> None:
        """Go *speed* times as fast as real clocks from now on."""
        now = utc_now()
        old = self._read()
        self._write(FastClock(old.start + (now - old.epoch) * old.speed, now, speed))

    def end(self) -> None:
        """Let whoever looks at this folder from now on live by the real clock."""
        self.path.unlink(missing_ok=True)

    def _read(self) -> FastClock:
        start, epoch, speed = json.loads(self.path.read_bytes())
        return FastClock(datetime.fromisoformat(start), datetime.fromisoformat(epoch), speed)

    def _write(self, clock: FastClock) -> None:
        fresh = self.path.with_suffix(".new")
        fresh.write_text(
            json.dumps([clock.start.isoformat(), clock.epoch.isoformat(), clock.speed])
        )
        fresh.replace(self.path)  # whole or not at all, for whoever reads it


def clock_of(folder: Path) -> Callable[[], datetime]:
    """The clock that what is kept in *folder* lives by: the real one, but for a running demo."""
    path = folder / NAME
    return Gears(path) if path.exists() else utc_now
