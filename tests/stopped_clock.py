"""The database's clock, stopped: leases, holds and rates pass when a test says so, and never alone.

What happens to a rollout then depends on the test, not on how fast the machine is.
"""

from dataclasses import dataclass, field
from threading import Event
from typing import Any

from sqlalchemy import event, text

from service.db.engine import Database

START = 1_795_000_000.0  # Unix seconds
EPOCH = 2440587.5  # Julian day of Unix second 0
DAY = 86_400.0

_SHADOW = """
CREATE SCHEMA stopped;
CREATE TABLE stopped.clock (seconds double precision);
INSERT INTO stopped.clock VALUES (0);
CREATE FUNCTION stopped.clock_timestamp() RETURNS timestamptz STABLE LANGUAGE sql
    AS 'SELECT to_timestamp(seconds) FROM stopped.clock';
"""


@dataclass
class StoppedClock:
    """Shadows the clock of *database*, which nobody may have used yet."""

    database: Database
    seconds: float = field(default=START)

    def __post_init__(self) -> None:
        engines = (self.database.engine, self.database.reader)
        self._is_file = engines[0].dialect.name == "sqlite"
        if not self._is_file:
            with self.database.engine.begin() as connection:
                connection.execute(text(_SHADOW))
        for engine in engines:
            engine.dispose()
            event.listen(engine, "connect", self._shadow)
        self.advance(0.0)

    def advance(self, seconds: float) -> None:
        """Let some *seconds* pass."""
        self.seconds += seconds
        if not self._is_file:
            with self.database.engine.begin() as connection:
                given = {"now": self.seconds}
                connection.execute(text("UPDATE stopped.clock SET seconds = :now"), given)

    def _shadow(self, connection: Any, _record: object) -> None:
        if self._is_file:
            connection.create_function("julianday", 1, lambda _now: EPOCH + self.seconds / DAY)
        else:
            connection.execute("SET search_path = stopped, pg_catalog, public")
            connection.commit()


class Waiting(Event):
    """Whoever waits for something lets the database's time pass instead of ours."""

    def __init__(self, clock: StoppedClock) -> None:
        super().__init__()
        self._clock = clock

    def wait(self, timeout: float | None = None) -> bool:
        """Return at once, *timeout* seconds later."""
        if not self.is_set():
            self._clock.advance(timeout or 0.0)
        return self.is_set()
