"""The service that browsers visit: what it knows at first, and what programs tell it."""

import contextlib
import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from service.access import actions as access
from service.assembly import at_hand
from service.config import read_settings
from service.lists.apply import apply_file
from service.mailbox import reading
from service.mailbox.reading import Contents
from service.mailbox.store import KEPT, open_reader
from service.pages.queries import page_by_slug
from tests.browser.traces import Traces, leave_traces
from tests.e2e.people import follow

SAMPLE = Path(__file__).parents[2] / "service" / "demo" / "sample" / "platforms.yaml"
MODERATOR, PASSWORD = "moderator@example.org", "correct horse battery staple"
ADMIN = "admin@example.org"
SECONDS = 60.0  # what a mail may take

#: Its page has a crowd; nobody but the tests of rollouts in progress writes to it.
CROWDED, CROWD = "comptoir", 100

#: Words long enough to burst what does not wrap.
LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"


@dataclass(frozen=True, slots=True)
class Site:
    """Where the service answers, a key for everything, its folder, and what was there before."""

    url: str
    key: str
    folder: Path
    traces: Traces

    def get(self, path: str) -> dict[str, Any]:
        """Return what the API answers; raises `HTTPError`."""
        return self._asked(path)

    def letters(self, title: str) -> dict[str, Contents]:
        """The crowd's mail whose subject holds *title*, by recipient; nobody has two of them."""
        with contextlib.closing(open_reader(self.folder / "mailbox")) as store:
            found = [
                (each.recipients, reading.read(each.raw))
                for each in store.find("", None, KEPT)
                if re.match(r"p\d+@", each.recipients) and title in reading.subject(each.raw)
            ]
        assert len(dict(found)) == len(found)
        return dict(found)

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Return what the API answers to *body*; raises `HTTPError`."""
        return self._asked(path, json.dumps(body).encode())

    def submit(self, path: str, body: dict[str, Any]) -> str:
        """Hand something in for moderation; return its publication's id."""
        return str(self.post(path, body)["publication"]["id"])

    def approve(self, publication: str) -> str:
        """Approve what is held, as a program may; return its rollout's id."""
        held = self._asked(f"/publications/{publication}")
        self.post(f"/publications/{publication}/approve", {"hash": held["hash"]})
        return str(self._asked(f"/publications/{publication}")["rollout"])

    def wait_until_sent(self, rollout: str, people: int) -> None:
        """Wait until so many people were reached by *rollout*."""
        self.wait_until(f"/rollouts/{rollout}", lambda it: it["deliveries"]["accepted"] >= people)

    def wait_until(self, path: str, holds: Callable[[dict[str, Any]], bool]) -> None:
        """Wait until what the API answers at *path* is so."""
        deadline = time.monotonic() + SECONDS
        while not holds(found := self._asked(path)):
            assert time.monotonic() < deadline, f"it never came: {found}"
            time.sleep(0.1)

    def tell_of_an_incident(self) -> None:
        """Make the first platform's webmail fail, in words that are hard to lay out."""
        incident = {
            "page": "mesange",
            "category": "incident",
            "title": {"fr": f"Webmail lent : {LONG}", "en": f"Slow webmail: {LONG}"},
            "body": {"fr": f"Il répond lentement. {LONG}", "en": f"It answers **slowly**. {LONG}"},
            "components": [{"component": "webmail", "state": "major_disruption"}],
        }
        self.approve(self.submit("/events", incident))
        self.wait_for("Slow webmail", "/mesange/en/")

    def link_in_mail(self, address: str, start: str) -> str:
        """Wait until *address*'s newest mail links to *start*; return that link's path."""
        deadline = time.monotonic() + SECONDS
        while not (found := self._newest_link(address, start)):
            assert time.monotonic() < deadline, f"no link to {start} came to {address}"
            time.sleep(0.05)
        return found

    def _newest_link(self, address: str, start: str) -> str:
        listed = self.wait_for(r"/dev/mailbox/(\d+)", f"/dev/mailbox?to={address}")
        mail = self._read(f"/dev/mailbox/{listed.group(1)}/raw").replace("=\n", "")
        found = re.search(rf"{re.escape(self.url)}({start}[\w.~-]+)", mail)
        return found.group(1) if found else ""

    def wait_for(self, pattern: str, path: str) -> re.Match[str]:
        """Wait until *path* shows *pattern*."""
        deadline = time.monotonic() + SECONDS
        while not (found := re.search(pattern, self._read(path))):
            assert time.monotonic() < deadline, f"{pattern} never came to {path}"
            time.sleep(0.05)
        return found

    def _read(self, path: str) -> str:
        # The pages may be kept for some seconds; here, the newest counts.
        with urlopen(f"{self.url}{path}", timeout=SECONDS) as answer:  # noqa: S310
            return str(answer.read().decode())

    def _asked(self, path: str, body: bytes | None = None) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        request = Request(f"{self.url}/api/v1{path}", body, headers)  # noqa: S310
        with urlopen(request, timeout=SECONDS) as answer:  # noqa: S310
            found: dict[str, Any] = json.load(answer)
            return found


def a_site(folder: Path) -> tuple[str, Traces]:
    """Fill the database in *folder*; return a key for its API, and what was left in it."""
    settings = read_settings({"TOCSIN_DATA_DIR": str(folder), "TOCSIN_SECRET_KEY": "k" * 32})
    with at_hand(settings) as rt, rt.work("cli") as uow:
        apply_file(uow, SAMPLE)
        crowded = page_by_slug(uow.session, CROWDED)
        assert crowded is not None
        follow(uow, crowded.id, range(1, CROWD + 1))
        access.add_staff(uow, MODERATOR, "Maud", "moderator", PASSWORD)
        access.add_staff(uow, ADMIN, "Ada", "admin", PASSWORD)
        _, key = access.create_key(uow, "browser tests", ("submit", "moderate", "rollouts"))
        return key, leave_traces(uow)
