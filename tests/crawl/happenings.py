"""What has to happen for every kind of mail to be sent, a kind after the other."""

from datetime import timedelta
from typing import Any

from flask.testing import FlaskClient

from service.events.models import Category, EventStage
from service.events.stages import STAGES
from tests.crawl.world import ADA, World, posted
from tests.factories import both

STEP = timedelta(minutes=16)  # so long one letter to an address takes the place of the next


def subscribe(world: World) -> None:
    """Ada asks for everything and accepts, asks again, is invited, and looks after herself."""
    visitor = world.visitor()
    wish = {"address": ADA, "targets": ["page"], "follow": "everything", "language": "en",
            "categories": ["incident", "maintenance", "action_required", "announcement"],
            "timezone": "Europe/Paris"}  # fmt: skip
    visitor.post("/mail/en/subscribe", data=wish)
    world.tick()
    visitor.post(world.link(ADA, "/c/"), data={"answer": "accept"})
    world.wait(STEP)
    visitor.post("/mail/en/subscribe", data=wish)
    world.wait(STEP)
    visitor.post("/p", data={"address": ADA})
    world.tick()
    mine = world.link(ADA, "/p/")
    visitor.post(f"{mine}/test")
    visitor.post(f"{mine}/address", data={"new_address": "new@example.net"})
    world.wait(STEP)


def invite(world: World, program: FlaskClient) -> None:
    """A program proposes a list to Ada, who accepts."""
    posted(program, "/invitations", {"address": ADA, "lists": ["travaux"]})
    world.tick()
    world.visitor().post(world.link(ADA, "/c/"), data={"answer": "accept"})
    world.wait(STEP)


def tell(world: World, program: FlaskClient) -> None:
    """An event of every category goes through all its stages."""
    for category, stages in STAGES.items():
        path = _opened(world, program, category)
        for stage in stages[1:]:
            if stage is not EventStage.CANCELLED:
                _say(world, program, path, stage)
    planned = _opened(world, program, Category.MAINTENANCE)
    later = {"starts_at": _at(world, 30), "ends_at": _at(world, 31)}
    _say(world, program, planned, EventStage.SCHEDULED, **later)
    _say(world, program, planned, EventStage.CANCELLED)


def _opened(world: World, program: FlaskClient, category: Category, **given: Any) -> str:
    body: dict[str, Any] = {
        "page": "mail",
        "category": category,
        "title": both("Mail"),
        "body": both("A word."),
    }
    if category in (Category.INCIDENT, Category.MAINTENANCE):
        body["components"] = [{"component": "webmail"}]
    if category is Category.MAINTENANCE:
        body |= {"starts_at": _at(world, 2), "ends_at": _at(world, 3)}
    made = posted(program, "/events", body | given)
    approve(world, program, made["publication"]["id"])
    return f"/events/{made['event']['id']}/updates"


def _say(world: World, program: FlaskClient, path: str, stage: EventStage, **given: Any) -> None:
    made = posted(program, path, {"stage": stage, "body": both("More."), **given})
    approve(world, program, made["publication"]["id"])


def approve(world: World, program: FlaskClient, publication: str) -> None:
    """Approve what is held, and let it leave."""
    held = program.get(f"/api/v1/publications/{publication}").get_json()
    posted(program, f"/publications/{publication}/approve", {"hash": held["hash"]})
    world.wait(STEP)


def _at(world: World, hours: float) -> str:
    return (world.clock.now + timedelta(hours=hours)).isoformat()
