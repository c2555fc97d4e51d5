"""What is asked: the service with the demo's past, keys that may do anything, names of things."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session

from service.access.actions import create_key
from service.access.models import Scope
from service.assembly import at_hand
from service.demo import stage
from service.events.models import Event, EventUpdate
from service.lists.models import MailingList
from service.moderation.models import Sender
from service.pages.models import Component, Page, Section
from service.publications.models import Publication
from service.rollouts.models import Rollout
from service.subscribers.models import Address
from tests.processes import Service, free_port, serving

PEOPLE = 50
KEYS = 40  # a key may ask 1 200 times a minute, a fuzzer asks faster
MOST = 5
REAL = 0.8  # of the cases name something that is there

#: Where the names of things come from, by the parameter that takes one.
NAMES: Mapping[str, Sequence[InstrumentedAttribute[str] | InstrumentedAttribute[int]]] = {
    "event_id": (Event.public_id,),
    "update_id": (EventUpdate.public_id,),
    "publication_id": (Publication.public_id,),
    "rollout_id": (Rollout.public_id,),
    "sender_id": (Sender.public_id,),
    "slug": (Page.slug, MailingList.slug),
    "page": (Page.slug,),
    "section": (Section.slug,),
    "component": (Component.slug,),
    "number": (Address.subscriber_id,),
    "endpoint_id": (Address.id,),
}


@dataclass(frozen=True, slots=True)
class Target:
    """A running service, and what a stranger would need luck to guess."""

    service: Service
    keys: Sequence[str]
    names: Mapping[str, Sequence[str | int]]

    @property
    def description(self) -> str:
        """Where its OpenAPI is."""
        return f"http://127.0.0.1:{self.service.port}/api/v1/openapi.json"

    def write_settings(self, file: Path, given: str) -> None:
        """Write schemathesis' settings: those *given*, and the names of things."""
        known = {name: values for name, values in self.names.items() if values}
        lines = [given]
        for name, values in known.items():
            lines += [f"[dictionaries.{name}]", f"values = {json.dumps(values)}"]
        lines.append("[parameters]")
        for name in known:
            taken = f'{{dictionary = "{name}", probability = {REAL}}}'
            lines.append(f'"path.{name}" = {taken}')
        file.write_text("\n".join(lines))


@contextmanager
def a_target(folder: Path) -> Iterator[Target]:
    """Run the service on the demo's sample data, in *folder*."""
    cast = stage.prepare(folder, f"127.0.0.1:{free_port()}", PEOPLE)
    cast.consumer.close()
    with at_hand(cast.settings) as rt:
        with rt.work("hostile") as uow:
            keys = [create_key(uow, f"hostile {n}", list(Scope))[1] for n in range(KEYS)]
        with rt.read() as session:
            names = {name: _some(session, columns) for name, columns in NAMES.items()}
    # Wrong keys are counted by address: let each case come from one of its own.
    with serving(folder, TOCSIN_TRUSTED_PROXIES="1", TOCSIN_LOG_LEVEL="warning") as service:
        yield Target(service, keys, names)


def _some(
    session: Session,
    columns: Sequence[InstrumentedAttribute[str] | InstrumentedAttribute[int]],
) -> list[str | int]:
    found: list[str | int] = []
    for column in columns:
        found += session.scalars(select(column).limit(MOST))
    return found
