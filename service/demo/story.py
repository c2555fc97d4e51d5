"""The story: upstream announces a maintenance, a moderator approves, the world is told."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from threading import Event
from time import monotonic
from typing import Any

from service.demo.stage import PAGE, Cast

POLL = 0.3  # seconds between two looks
PATIENCE = 120.0  # seconds for endpoints to prove themselves, and for planning
OVER = ("completed", "aborted", "expired", "cancelled")
ENDPOINTS = {
    "/crm": {},
    "/monitoring": {"components": ["webmail", "mail-programs"]},
    "/chat-bot": {"categories": ["incident", "maintenance"]},
}
#: The default plan, but for a first stage that even a small audience can be judged by.
PLAN = {
    "growth": {"kind": "percent", "steps": [2, 10, 30, 60, 100]},
    "gate": {"refused_good": 0.03, "refused_bad": 0.2},
}
TITLE = {
    "fr": "Migration du stockage du courrier",
    "en": "Mail storage moves to new servers",
}
BODY = {
    "fr": "Le webmail et les logiciels de messagerie seront **en lecture seule pendant deux "
    "heures**. Les messages qui arrivent entre-temps sont gardés, puis remis dans l’ordre.\n\n"
    "Vous n’avez rien à faire.",
    "en": "Webmail and mail programs will be **read-only for two hours**. Messages that arrive "
    "meanwhile are kept and then delivered in order.\n\nThere is nothing for you to do.",
}


@dataclass(frozen=True, slots=True)
class Frame:
    """What the API said at one instant."""

    at: float  # real seconds since the approval
    now: datetime  # on the plan's clock
    rollout: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Announced:
    """A rollout that has begun, and how many people it may reach."""

    rollout: str
    audience: int
    event: str


def connect_endpoints(cast: Cast) -> int:
    """Register the sample endpoints and wait until they have proved themselves; count them."""
    waiting = []
    for path, filters in ENDPOINTS.items():
        wish = {"url": cast.consumer.url(path), "page": PAGE, "filters": filters}
        made = cast.upstream.post("/endpoints", wish)
        cast.consumer.secrets[path] = made["secret"]
        waiting.append(made["id"])
    return sum(_until(partial(_is_active, cast, each)) for each in waiting)


def announce(cast: Cast) -> Announced:
    """Submit the announcement as the upstream system, approve it as a moderator."""
    starts = (cast.clock() + timedelta(days=12)).replace(hour=21, minute=0, second=0, microsecond=0)
    wish = {
        "page": PAGE,
        "category": "maintenance",
        "title": TITLE,
        "body": BODY,
        "lists": ["travaux"],
        "components": [{"component": "webmail"}, {"component": "mail-programs"}],
        "starts_at": starts.isoformat(),
        "ends_at": (starts + timedelta(hours=2)).isoformat(),
        "plan": PLAN,
    }
    held = cast.upstream.post("/events", wish)
    publication = held["publication"]
    verdict = {"hash": publication["hash"], "comment": "Checked in both languages."}
    approved = cast.moderator.post(f"/publications/{publication['id']}/approve", verdict)
    return Announced(approved["rollout"], held["audience"], held["event"]["id"])


def follow(cast: Cast, announced: Announced, limit: float) -> Iterator[Frame]:
    """Yield where the rollout stands until it is over, or *limit* real seconds have passed."""
    began, pause = monotonic(), Event()
    while True:
        rollout = cast.moderator.get(f"/rollouts/{announced.rollout}")
        elapsed = monotonic() - began
        yield Frame(elapsed, cast.clock(), rollout)
        if rollout["state"] in OVER or elapsed > limit:
            return
        pause.wait(POLL)


def proof(cast: Cast, announced: Announced) -> Iterator[dict[str, Any]]:
    """Yield what became of each recipient, page after page."""
    after: int | None = 0
    while after is not None:
        page = f"/rollouts/{announced.rollout}/deliveries?limit=1000&after={after}"
        answer = cast.moderator.get(page)
        yield from answer["deliveries"]
        after = answer["next"]


def _is_active(cast: Cast, endpoint: str) -> bool:
    return bool(cast.upstream.get(f"/endpoints/{endpoint}")["state"] == "active")


def _until(condition: Callable[[], bool]) -> bool:
    deadline, pause = monotonic() + PATIENCE, Event()
    while not condition():
        if monotonic() > deadline:
            return False
        pause.wait(POLL)
    return True
