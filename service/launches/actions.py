"""What can be done with a launch plan."""

from dataclasses import replace

from channels.registry import Registry
from service.audit.actions import record
from service.db.base import new_public_id
from service.db.unit_of_work import UnitOfWork
from service.errors import Conflict, NotFound, invalid
from service.launches import queries
from service.launches.models import Launch, LaunchMark, LaunchSeed, LaunchTrouble
from service.launches.plan import LaunchPlan
from service.launches.standing import Item, standing
from service.publications import queries as publications
from service.publications.actions import Draft
from service.publications.freezing import thaw
from service.publications.models import Publication, Purpose, Urgency
from service.publications.plans import URGENT
from service.rollouts.actions import send_single
from service.rollouts.deciding import decided
from service.rollouts.models import DecisionKind, RolloutState
from service.rollouts.queries import states
from service.subscribers.actions import Person, find_or_create, parse
from service.subscribers.audience import Audience
from service.subscribers.models import ZoneOrigin

CHANNEL = "email"


def apply(uow: UnitOfWork, plan: LaunchPlan) -> Launch:
    """Make the launch called as *plan* says be what it says; ticks and tests stay.

    A message that was written anew stands for its newest revision. Raises `Invalid` for a
    publication that does not exist.
    """
    publication = None
    if plan.publication:
        publication = publications.by_public_id(uow.session, plan.publication)
        if publication is None:
            raise invalid("/publication", f"there is no publication {plan.publication}", "unknown")
        publication = publications.newest_revision(uow.session, publication)
        plan = plan.model_copy(update={"publication": publication.public_id})
    launch = queries.by_slug(uow.session, plan.slug)
    if launch is None:
        launch = Launch(slug=plan.slug, created_at=uow.now)
        uow.session.add(launch)
    launch.plan, launch.updated_at = plan.to_json(), uow.now
    launch.publication_id = publication.id if publication else None
    uow.session.flush()
    record(uow, "launch.applied", f"launch:{launch.public_id}", slug=plan.slug)
    return launch


def tick(uow: UnitOfWork, slug: str, key: str, comment: str = "") -> Launch:
    """Note that a check is done. Raises `NotFound`, and `Conflict` for what is found out."""
    launch = _launch(uow, slug)
    if _item(uow, launch, key).is_found:
        raise Conflict("this is found out by itself: it can only be waived", code="found")
    return _marked(uow, launch, key, comment, is_waived=False)


def waive(uow: UnitOfWork, slug: str, key: str, comment: str) -> Launch:
    """Go without a check, for a reason. Raises `NotFound`, and `Invalid` without a comment."""
    launch = _launch(uow, slug)
    _item(uow, launch, key)
    if not comment.strip():
        raise invalid("/comment", "say why it may be left out", "missing")
    return _marked(uow, launch, key, comment, is_waived=True)


def reopen(uow: UnitOfWork, slug: str, key: str, comment: str = "") -> Launch:
    """Take a tick or a waiver back."""
    launch = _launch(uow, slug)
    mark = queries.marks(uow.session, launch.id).get(key)
    if mark is None:
        raise NotFound(f"nobody ticked or waived {key}")
    uow.session.delete(mark)
    record(uow, "launch.reopened", f"launch:{launch.public_id}", check=key, comment=comment)
    return launch


def send_tests(uow: UnitOfWork, channels: Registry, slug: str) -> int:
    """Send the content as it is to each seed address that has not got it; return how many.

    Raises `NotFound`, `Conflict` without a message, `Invalid` for an address that cannot be.
    """
    launch = _launch(uow, slug)
    publication = _publication(uow, launch)
    tested = queries.seeds(uow.session, launch.id, publication.hash)
    missing = [each for each in LaunchPlan.model_validate(launch.plan).seeds if each not in tested]
    for address in missing:
        uow.session.add(
            LaunchSeed(
                launch_id=launch.id,
                address=address,
                hash=publication.hash,
                rollout_id=_send(uow, channels, publication, address),
                sent_at=uow.now,
            )
        )
    record(uow, "launch.tested", f"launch:{launch.public_id}", hash=publication.hash,
           count=len(missing))  # fmt: skip
    return len(missing)


def acknowledge(uow: UnitOfWork, slug: str, address: str) -> Launch:
    """Note that somebody saw the test of this very content at *address*. Raises `NotFound`."""
    launch = _launch(uow, slug)
    test = queries.seeds(uow.session, launch.id, _publication(uow, launch).hash).get(address)
    if test is None:
        raise NotFound("this content was not sent there")
    test.acknowledged_at, test.acknowledged_by = uow.now, uow.by
    record(uow, "launch.acknowledged", f"launch:{launch.public_id}", hash=test.hash)
    return launch


def declare_trouble(uow: UnitOfWork, slug: str, comment: str) -> Launch:
    """Note that something is wrong; parties on standby are told of it. Nothing is stopped.

    Raises `NotFound`, `Invalid` without a comment.
    """
    launch = _launch(uow, slug)
    if not comment.strip():
        raise invalid("/comment", "say what is wrong: those on standby read it", "missing")
    about = launch.publication_id
    rollout = states.of_publication(uow.session, about) if about else None
    if rollout is None or rollout.state is RolloutState.CANCELLED:  # its approval was taken back
        trouble = LaunchTrouble(launch_id=launch.id, at=uow.now, by=uow.by, comment=comment)
        uow.session.add(trouble)
        record(uow, "launch.trouble", f"launch:{launch.public_id}", comment=comment)
    else:
        decided(uow, rollout, DecisionKind.TROUBLE, comment=comment)
    return launch


def _launch(uow: UnitOfWork, slug: str) -> Launch:
    launch = queries.by_slug(uow.session, slug)
    if launch is None:
        raise NotFound(f"there is no launch {slug}")
    return launch


def _publication(uow: UnitOfWork, launch: Launch) -> Publication:
    if launch.publication_id is None:
        raise Conflict("no message belongs to this launch yet", code="no_message")
    return uow.session.get_one(Publication, launch.publication_id)


def _item(uow: UnitOfWork, launch: Launch, key: str) -> Item:
    items = standing(uow.session, launch).items
    found = next((each for each in items if each.key == key), None)
    if found is None:
        known = ", ".join(each.key for each in items)
        raise NotFound(f"there is no check {key}; use one of: {known}")
    return found


def _marked(uow: UnitOfWork, launch: Launch, key: str, comment: str, *, is_waived: bool) -> Launch:
    mark = queries.marks(uow.session, launch.id).get(key)
    if mark is None:
        mark = LaunchMark(launch_id=launch.id, key=key)
        uow.session.add(mark)
    mark.is_waived, mark.at, mark.by, mark.comment = is_waived, uow.now, uow.by, comment
    uow.session.flush()
    verb = "launch.waived" if is_waived else "launch.ticked"
    record(uow, verb, f"launch:{launch.public_id}", check=key, comment=comment)
    return launch


def _send(uow: UnitOfWork, channels: Registry, publication: Publication, address: str) -> int:
    message, zone = thaw(publication.content), str(publication.plan["fallback_zone"])
    language = next(iter(message.texts))
    parsed = parse(channels, CHANNEL, address, "/seeds")
    place = find_or_create(uow, CHANNEL, parsed, Person(language, zone, ZoneOrigin.FALLBACK))
    draft = Draft(
        purpose=Purpose.STAFF,
        # A subject of its own: a test neither answers nor replaces anything.
        message=replace(message, subject=f"test:{new_public_id()}", bulk=False, test=True),
        audience=Audience(addresses=(place.id,)),
        plan=URGENT,
        urgency=Urgency.CRITICAL,
        expires_at=publication.expires_at,
    )
    return send_single(uow, draft, place.id).id
