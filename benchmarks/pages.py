"""The public pages: rendering them uncached, and answering from memory.

37 services on a page, 90 days, 400 events with three words each. Every figure is the median of
five runs; the yardstick of the cached ones is the bare server, which answers 30 kB from memory.

    .venv/bin/python benchmarks/pages.py
"""

import random
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy.orm import Session
from werkzeug.test import Client, EnvironBuilder

from service import logs
from service.app import create_app
from service.assembly import at_hand
from service.config import read_settings
from service.events.actions import follow_approvals
from service.events.models import Category, Event, EventStage, EventUpdate, UpdateComponent
from service.pages.models import Component, Page, Section, State
from service.publications.models import Publication, PublicationState, Purpose, Urgency
from service.runtime import Runtime
from service.status.keeping import Kept, Wsgi

SERVICES, EVENTS, RUNS, SECONDS = 37, 400, 5, 1.0
PATHS = ("/mail/en/", "/mail/en/components/service-1", "/mail/api/v2/summary.json",
         "/mail/api/v2/incidents.json")  # fmt: skip


def both(word: str) -> dict[str, str]:
    """The same word in both languages."""
    return {"fr": word, "en": word}


def fill(rt: Runtime) -> None:
    """Write a page with its services and 400 events of the last 90 days, and the log of states."""
    now, chance = rt.clock(), random.Random(7)  # noqa: S311
    with rt.work() as uow:
        page = Page(
            slug="mail", name=both("Mail"), description=both("All of it"),
            languages=["fr", "en"], timezone="Europe/Paris", sender_name="", sender_address="",
            position=1, created_at=now - timedelta(days=200),
        )  # fmt: skip
        uow.session.add(page)
        uow.session.flush()
        sections = [
            Section(page_id=page.id, slug=f"s{n}", name=both(f"Section {n}"), position=n,
                    created_at=page.created_at)
            for n in range(1, 6)
        ]  # fmt: skip
        uow.session.add_all(sections)
        uow.session.flush()
        components = [
            Component(page_id=page.id, section_id=sections[n % 5].id, slug=f"service-{n}",
                      name=both(f"Service {n}"), description=both("What it does for people."),
                      impact=both("What people cannot do when it fails."), position=n,
                      created_at=page.created_at)
            for n in range(1, SERVICES + 1)
        ]  # fmt: skip
        uow.session.add_all(components)
        uow.session.flush()
        ids = [each.id for each in components]
        for _ in range(EVENTS):
            _tell(uow.session, page.id, ids, now - timedelta(days=chance.uniform(0.5, 89)), chance)
    while True:
        with rt.work() as uow:
            if not follow_approvals(uow, 500):
                return


def _tell(
    session: Session, page_id: int, ids: list[int], began: datetime, chance: random.Random
) -> None:
    event = Event(page_id=page_id, category=Category.INCIDENT, title=both("It is slow"),
                  created_at=began, created_by="staff:1")  # fmt: skip
    session.add(event)
    session.flush()
    touched = {key: chance.choice([State.MINOR, State.MAJOR, State.DOWN])
               for key in chance.sample(ids, chance.choice([1, 1, 2, 3]))}  # fmt: skip
    stages = (EventStage.INVESTIGATING, EventStage.MONITORING, EventStage.RESOLVED)
    for no, stage in enumerate(stages, start=1):
        at = began + timedelta(minutes=30 * no)
        publication = Publication(
            purpose=Purpose.BULK, state=PublicationState.APPROVED,
            subject=f"event:{event.public_id}", sequence=no, category="incident",
            urgency=Urgency.NORMAL, content={}, audience={}, plan={}, hash="",
            submitted_by="staff:1", created_at=at, expires_at=at, started_at=at,
        )  # fmt: skip
        session.add(publication)
        session.flush()
        over = stage is EventStage.RESOLVED
        update = EventUpdate(
            event_id=event.id, no=no, stage=stage, body=both("We are **looking** at it. " * 6),
            starts_at=began, ends_at=at if over else None, publication_id=publication.id,
            created_at=at, created_by="staff:1",
        )  # fmt: skip
        session.add(update)
        session.flush()
        session.add_all(
            UpdateComponent(update_id=update.id, component_id=key,
                            state=State.OPERATIONAL if over else state)
            for key, state in touched.items()
        )  # fmt: skip


def rate(call: Callable[[], object]) -> float:
    """Return how often a second *call* can be made, the median of several runs."""
    rates = []
    for _ in range(RUNS):
        count, began = 0, time.perf_counter()
        while time.perf_counter() - began < SECONDS:
            call()
            count += 1
        rates.append(count / (time.perf_counter() - began))
    return statistics.median(rates)


def asking(app: Wsgi, path: str, **headers: str) -> Callable[[], None]:
    """Return a call that asks *app*, as a WSGI server would."""
    given = [(name.replace("_", "-"), value) for name, value in headers.items()]
    environ = EnvironBuilder(path=path, headers=given).get_environ()

    def ask() -> None:
        for _ in app(dict(environ), lambda *_: None):
            pass

    return ask


def main() -> None:
    """Fill a database, and print the figures as a table."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {"TOCSIN_DATA_DIR": folder, "TOCSIN_LOG_LEVEL": "error",
                       "TOCSIN_DATABASE_URL": f"sqlite:///{Path(folder) / 'pages.db'}"}  # fmt: skip
        settings = read_settings(environment)
        logs.configure(settings)
        with at_hand(settings) as rt:
            now = datetime.now(UTC)
            fill(replace(rt, clock=lambda: now))
            app = create_app(rt)
            kept = Kept(app.wsgi_app, lambda: 0.0)
            print("| what | kB | kB packed | uncached ms | cached/s | 304/s |")
            print("|---|---|---|---|---|---|")
            for path in PATHS:
                client = Client(kept)
                plain = client.get(path)
                packed = client.get(path, headers={"Accept-Encoding": "gzip"})
                uncached = 1000 / rate(asking(app.wsgi_app, path))
                cached = rate(asking(kept, path, Accept_Encoding="gzip"))
                same = rate(asking(kept, path, If_None_Match=plain.headers["ETag"]))
                print(
                    f"| {path} | {len(plain.data) / 1000:.0f} | {len(packed.data) / 1000:.1f} "
                    f"| {uncached:.0f} | {cached:,.0f} | {same:,.0f} |"
                )


if __name__ == "__main__":
    main()
