"""What staff, authors and owners of endpoints are mailed about."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from flask.testing import FlaskClient

from channels.webhook.formats import Format
from service.access.models import Staff
from service.bounces.models import Storm
from service.deliveries.models import Circuit
from service.events.handbook import DutyWish, save_duty
from service.inbound.server import Inbound
from service.launches import actions as launches
from service.launches.plan import LaunchPlan, Party
from service.moderation import actions as moderation
from service.moderation import senders
from service.moderation.agreeing import Rules, set_rules
from service.moderation.senders import SenderWish
from service.pages.queries import page_by_slug
from service.posts.actions import submit_message
from service.posts.wishes import PostWish
from service.rollouts import actions as rollouts
from service.rollouts.models import PauseReason
from service.subscribers.models import Address, Frequency, Subscriber
from tests.crawl.happenings import STEP, approve
from tests.crawl.world import HOST, OWNER, World, posted
from tests.factories import both
from tests.service.inbound.conftest import Peer

#: What the server in front says of a mail whose signature it has checked.
PROVEN = (
    b"Authentication-Results: mx.example.org; dkim=pass header.d=example.com header.s=k1\n"
    b"From: Ann <ann@example.com>\nSubject: Works\n"
)
#: A maintenance that says everything by itself.
AUTOMATION = {"starts_itself": True, "ends_itself": True, "tells_start": True, "tells_end": True,
              "tells_before": True}  # fmt: skip


def an_event(category: str, **given: Any) -> dict[str, Any]:
    """What a program says of a new event."""
    words = {"title": both("Disks"), "body": both("A word.")}
    return {"page": "mail", "category": category, **words, **given}


def staff(world: World, role: str) -> str:
    """Who acts, by role."""
    with world.rt.read() as session:
        return f"staff:{session.query(Staff).filter_by(role=role).one().id}"


def publish(world: World, program: FlaskClient) -> None:
    """A list's members get a message."""
    words = {"title": both("Works"), "body": both("Tonight.")}
    made = posted(program, "/lists/travaux/messages", words)
    approve(world, program, made["publication"]["id"])


def moderate(world: World, program: FlaskClient) -> None:
    """What an author submits ends in every way there is."""
    author, admin = staff(world, "author"), staff(world, "admin")
    ends: tuple[tuple[str, Callable[..., object], tuple[str, ...]], ...] = (
        (admin, moderation.approve, ()),
        (admin, moderation.reject, ("Not now.",)),
        (admin, moderation.discard, ()),
    )
    for by, end, words in ends:
        seen = _submitted(world, author)
        with world.rt.work(by) as uow:
            end(uow, *seen, *words)
    name, _ = _submitted(world, author)
    with world.rt.work(author) as uow:
        moderation.withdraw(uow, name)
    _submitted(world, author)  # and nobody decides
    world.wait(STEP)
    with world.rt.work(admin) as uow:
        set_rules(uow, Rules(quorum=2))
    made = posted(program, "/events", an_event("incident", components=[{"component": "smtp"}]))
    world.wait(STEP)
    approve(world, program, made["publication"]["id"])
    with world.rt.work(admin) as uow:
        set_rules(uow, Rules())
    for _ in range(8):
        world.sleep()


def _in(now: datetime, hours: float) -> str:
    return (now + timedelta(hours=hours)).isoformat()


def _submitted(world: World, by: str) -> tuple[str, str]:
    wish = PostWish(both("Works"), both("Tonight."))
    with world.rt.work(by) as uow:
        made = submit_message(uow, world.rt.settings, "travaux", wish).publication
    world.tick()
    return made.public_id, made.hash


def roll_out(world: World, program: FlaskClient) -> None:
    """A launch begins, is in trouble, waits for somebody, and is over."""
    held: dict[str, Any] = posted(program, "/events", an_event("announcement"))["publication"]
    plan = LaunchPlan(
        slug="disks",
        title="Disks",
        publication=held["id"],
        responsible="Ada",
        backup="Grace",
        seeds=("seed@example.org",),
        checks=(),
        parties=(
            Party(key="sales", contacts=("sales@example.org",)),
            Party(key="security", is_standby=True, contacts=("security@example.org",)),
        ),
    )
    with world.rt.work(staff(world, "admin")) as uow:
        launches.apply(uow, plan)
        launches.send_tests(uow, world.rt.channels, "disks")
    world.tick()
    approve(world, program, held["id"])
    name = program.get(f"/api/v1/publications/{held['id']}").get_json()["rollout"]
    with world.rt.work("ticker") as uow:
        rollouts.pause(uow, name, PauseReason.CLOCK, "The clock jumped.")
    world.wait(STEP)
    with world.rt.work(staff(world, "admin")) as uow:
        rollouts.resume(uow, name)
    world.wait(timedelta(hours=2), steps=3)


def remind(world: World, program: FlaskClient) -> None:
    """Maintenances and actions required remind; so is staff, of news and roles."""
    world.sleep()
    now, smtp = world.clock.now, [{"component": "smtp"}]
    times = {"starts_at": _in(now, 2), "ends_at": _in(now, 3)}
    for wish in (
        an_event("maintenance", components=smtp, automation=AUTOMATION, **times),
        an_event("action_required", ends_at=_in(now, 72), automation={"tells_before": True}),
        an_event("incident", components=smtp, next_update_at=_in(now, 1)),
    ):
        approve(world, program, posted(program, "/events", wish)["publication"]["id"])
    with world.rt.work() as uow:
        page = page_by_slug(uow.session, "mail")
        assert page is not None
        holder = int(staff(world, "author").partition(":")[2])
        save_duty(uow, page, "", DutyWish("Lead", "Decides.", holder))
    world.wait(timedelta(hours=5), steps=10)
    for _ in range(2):
        world.sleep()


def digest(world: World, program: FlaskClient) -> None:
    """Ada wants a daily mail."""
    with world.rt.work() as uow:
        for person in uow.session.query(Subscriber):
            person.frequency = Frequency.DAILY
    publish(world, program)
    for _ in range(2):
        world.sleep()


def look_after_endpoints(world: World, program: FlaskClient, url: str) -> None:
    """The owner of an endpoint is asked, warned, and told that it is over."""
    wish = {"url": url, "owner": OWNER, "follow": "everything", "format": Format.STANDARD,
            "categories": ["incident"], "language": "en"}  # fmt: skip
    answer = world.visitor().post("/mail/en/webhooks", data=wish)
    assert answer.status_code == 303, answer.text
    world.tick()
    mine = world.link(OWNER, "/h/")
    page = world.visitor().get(mine).text
    wishes = page.partition("/wishes/")[2].partition('"')[0]
    world.visitor().post(f"{mine}/wishes/{wishes}", data={})
    world.tick()
    for hours in (25, 73):
        with world.rt.work() as uow:
            endpoint = uow.session.query(Address).filter_by(channel="webhook").one()
            since = uow.now - timedelta(hours=hours)
            uow.session.merge(
                Circuit(address_id=endpoint.id, failures=10, failing_since=since, probe_at=1e12)
            )
        world.wait(STEP)


def write_in(world: World) -> None:
    """Mails come in that are answered or passed on; a provider refuses everybody."""
    with world.rt.work() as uow:
        senders.add_sender(uow, SenderWish("Ann", address="ann@example.com"))
        uow.session.add(Storm(lane="example.net", began_at=uow.now, hard=60, sent=100))
    door = Inbound(world.rt, "127.0.0.1", 0)
    door.start()
    peer = Peer(door.port)
    peer.send("ann@example.com", [f"travaux@{HOST}"], PROVEN + b"\n")
    peer.send("eve@example.com", [f"travaux-owner@{HOST}"], b"From: e@x.org\nSubject: Hi\n\nHi\n")
    peer.close()
    door.stop()
    world.tick()
