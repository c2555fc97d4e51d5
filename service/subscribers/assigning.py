"""What staff, programs and imports say of somebody: where they belong, never a consent."""

from dataclasses import asdict, dataclass, replace

from scheduling import zones
from service.audit.actions import record
from service.db.unit_of_work import UnitOfWork
from service.errors import NotFound
from service.subscribers import queries
from service.subscribers.models import Subscriber, ZoneOrigin


@dataclass(frozen=True, slots=True)
class Assignment:
    """The cohorts somebody belongs to; None leaves what there is, "" takes it away."""

    region: str | None = None
    group: str | None = None
    client: str | None = None
    party: str | None = None
    external_ref: str | None = None


def assigned(person: Subscriber) -> Assignment:
    """What somebody is assigned to now."""
    return Assignment(
        person.region, person.group_name, person.client, person.party, person.external_ref
    )


def assign(uow: UnitOfWork, subscriber_id: int, wish: Assignment) -> bool:
    """Assign somebody to cohorts; says whether that changed anything. Raises `NotFound`."""
    person = queries.locked_subscriber(uow.session, subscriber_id)
    if person is None or person.erased_at is not None:
        raise NotFound("there is no such subscriber")
    before = assigned(person)
    given = {name: value for name, value in asdict(wish).items() if value is not None}
    after = replace(before, **given)
    if after == before:
        return False
    person.region, person.group_name = after.region or "", after.group or ""
    person.client, person.party = after.client or "", after.party or ""
    person.external_ref = after.external_ref or ""
    if after.region != before.region:
        _place(person)
    record(uow, "subscriber.assigned", f"subscriber:{person.id}", **given)
    return True


def _place(person: Subscriber) -> None:
    """Take the clock of a country that has only one for whoever chose none."""
    zone = zones.of_region(person.region)
    if zone and person.timezone_origin is not ZoneOrigin.CHOSEN:
        person.timezone, person.timezone_origin = zone, ZoneOrigin.REGION
