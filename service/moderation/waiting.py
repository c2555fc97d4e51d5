"""How long something may wait in the queue before somebody hears of it again. Pure."""

from datetime import datetime, timedelta

#: Until the first reminder, by category; what is not named waits as long as information does.
PATIENCE = {"incident": timedelta(minutes=15), "maintenance": timedelta(hours=4)}
INFORMATION = timedelta(hours=48)
EXPIRY = timedelta(days=7)  # of what nobody touches
CLAIM = timedelta(minutes=30)  # a claim holds others off this long
ESCALATION = 2  # the reminder that reaches the backup as well
MOST_REMINDERS = 8


def patience(category: str) -> timedelta:
    """Return how long something of *category* waits for its first reminder."""
    return PATIENCE.get(category, INFORMATION)


def next_reminder(category: str, since: datetime, reminders: int) -> datetime:
    """Return when the next reminder after *reminders* is due: each takes twice as long."""
    times: int = 2 ** min(reminders, MOST_REMINDERS)
    return since + patience(category) * times
