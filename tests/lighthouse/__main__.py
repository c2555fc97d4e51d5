"""Four pages as Lighthouse sees them on a slow phone: at least 95 of 100 in each category.

`python -m tests.lighthouse` (`make lighthouse`) serves the demo's sample data, lets Lighthouse
visit, prints what it gave, and ends with 1 if a page has less for another reason than those that
we chose. Not among the tests: its figure of performance depends on how busy the machine is.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import select

from service.access import links
from service.access.models import Purpose
from service.assembly import at_hand
from service.demo import stage
from service.events.models import Category, Event
from service.pages.models import Page
from service.subscribers.models import Address
from tests.processes import free_port, serving

LIGHTHOUSE = Path(__file__).parent / "node_modules/lighthouse/cli/index.js"
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
LEAST = 95  # of 100
#: What may cost a page more. Who has a preference link may unsubscribe its owner: search engines
#: are asked to leave it alone, on purpose, and Lighthouse takes points off for that.
ON_PURPOSE = {"preference": {"seo": ["is-crawlable"]}}
FLAGS = "--headless=new --no-sandbox --disable-gpu"
PEOPLE = 50


def main() -> None:
    """Serve, visit, print one line a page, and pass on the verdict."""
    browser, node = shutil.which("chromium"), shutil.which("node")
    if browser is None or node is None or not LIGHTHOUSE.exists():
        sys.exit("Lighthouse needs chromium, node and its own package: run `make lighthouse`")
    failed = False
    with tempfile.TemporaryDirectory() as place:
        paths = pages(Path(place, "data"))
        with serving(Path(place, "data"), TOCSIN_LOG_LEVEL="warning") as service:
            for name, path in paths.items():
                url = f"http://127.0.0.1:{service.port}{path}"
                seen = visit([node, str(LIGHTHOUSE), url], browser)
                scores = {kind: score(seen, kind) for kind in CATEGORIES}
                print(json.dumps({"page": name, **scores}), flush=True)
                short = [kind for kind in CATEGORIES if scores[kind] < LEAST]
                for kind in short:
                    print(f"  {kind}: {', '.join(costs(seen, kind))}", flush=True)
                allowed = ON_PURPOSE.get(name, {})
                failed |= any(costs(seen, kind) != allowed.get(kind) for kind in short)
    sys.exit(failed)


def pages(folder: Path) -> Mapping[str, str]:
    """Fill the database in *folder* with the sample; return the paths to visit by name."""
    cast = stage.prepare(folder, f"127.0.0.1:{free_port()}", PEOPLE)
    cast.consumer.close()
    incidents = (
        select(Event.public_id, Page.slug)
        .join(Page, Page.id == Event.page_id)
        .where(Event.category == Category.INCIDENT)
        .order_by(Event.id)
        .limit(1)
    )
    with at_hand(cast.settings) as rt, rt.read() as session:
        incident, page = session.execute(incidents).one()
        address = session.scalars(select(Address.id).order_by(Address.id).limit(1)).one()
        token = links.stateless(Purpose.PREFERENCES, f"address:{address}")
    return {
        "overview": f"/{page}/en/",
        "incident": f"/{page}/en/events/{incident}",
        "subscribe": f"/{page}/en/subscribe",
        "preference": f"/p/{token}",
    }


def visit(command: list[str], browser: str) -> dict[str, Any]:
    """Return Lighthouse's report; raises `CalledProcessError` if it could not visit."""
    wish = (
        f"--only-categories={','.join(CATEGORIES)}",
        f"--chrome-flags={FLAGS}",
        "--output=json",
        "--quiet",
    )
    environment = {**os.environ, "CHROME_PATH": browser}
    asked = partial(subprocess.run, [*command, *wish], env=environment, stdout=subprocess.PIPE)
    ran = asked(check=False)
    if ran.returncode:  # Chromium now and then starts to record too late: once more, then
        ran = asked(check=True)
    report: dict[str, Any] = json.loads(ran.stdout)
    return report


def score(seen: Mapping[str, Any], kind: str) -> int:
    """What a page got in a category, of 100; raises `ValueError` if Lighthouse could not tell."""
    given = seen["categories"][kind]["score"]
    if given is None:
        raise ValueError(f"Lighthouse gave nothing for {kind}: {seen.get('runtimeError')}")
    # Cut, not rounded: 94.9 is less than 95.
    return int(100 * given + 1e-9)


def costs(seen: Mapping[str, Any], kind: str) -> list[str]:
    """The audits of a category that cost a page points."""
    return [
        part["id"]
        for part in seen["categories"][kind]["auditRefs"]
        if part["weight"] and seen["audits"][part["id"]]["score"] not in (None, 1)
    ]


if __name__ == "__main__":
    main()
