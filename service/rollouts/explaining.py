"""Why somebody did, or did not, get a message: everything that decided, in one answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from channels.base import Refused
from channels.registry import Registry, Unavailable
from service.deliveries.models import DeliveryEvent, Outcome
from service.deliveries.queries.people import source_names
from service.errors import NotFound
from service.publications.freezing import thaw
from service.publications.models import Publication
from service.publications.plans import Plan
from service.rollouts.models import Decision, Rollout, Stage, Wave
from service.rollouts.proving import language_of
from service.rollouts.queries import accounting, planning, states
from service.rollouts.queries.accounting import Recipient
from service.rollouts.reach import known_zone
from service.subscribers.audience import Audience
from service.subscribers.models import Address
from service.subscribers.queries_preview import Standing, standing_of


@dataclass(frozen=True, slots=True)
class Account:
    """One delivery and all that decided about it."""

    recipient: Recipient
    clock: str  # the zone whose hours counted
    language: str  # the one they read
    targets: tuple[tuple[str, dict[str, str]], ...]  # whose subscription let it through
    place: int | None  # among those on the ramp; None outside it
    stage: Stage | None
    zones: tuple[str, ...]  # their schedule class
    waves: Sequence[Wave]
    opened_by: Decision | None  # what opened their stage
    waits_until: datetime | None  # a single message: its next attempt
    attempts: Sequence[Outcome]
    echoes: Sequence[DeliveryEvent]


@dataclass(frozen=True, slots=True)
class Explanation:
    """The answer for one address: its account, or why it has none."""

    address: Address
    publication: Publication
    rollout: Rollout
    account: Account | None
    standing: Standing | None  # of whom it was not sent to, as things are now; None: never asked
    joined_after: bool  # concerned now, but they agreed after it was planned


def explain(
    session: Session,
    channels: Registry,
    rollout: Rollout,
    raw: str,
    now: datetime,
    channel: str | None = None,
) -> Explanation:
    """Return why address *raw* did or did not get what *rollout* sends.

    Without *channel* any is looked at, and one it was sent to comes first. Raises `NotFound`
    where nobody is reached there.
    """
    found = accounting.addresses(session, list(_keys(channels, raw, channel)), channel)
    if not found:
        raise NotFound("nobody known is reached at this address")
    numbers = {each.id: accounting.number_of(session, rollout.id, each.id) for each in found}
    address = next((each for each in found if numbers[each.id] is not None), found[0])
    publication = session.get_one(Publication, rollout.publication_id)
    audience, number = Audience.from_json(publication.audience), numbers[address.id]
    if number is not None:
        account = _account(session, rollout, publication, audience, number)
        return Explanation(address, publication, rollout, account, None, joined_after=False)
    standing = standing_of(session, audience, address.id, now)
    agreed = accounting.newest_consent(session, address.id, audience.targets)
    late = bool(rollout.planned_at and agreed and agreed >= rollout.planned_at)
    joined = standing is Standing.CONCERNED and late
    return Explanation(address, publication, rollout, None, standing, joined_after=joined)


def _keys(channels: Registry, raw: str, channel: str | None) -> set[str]:
    """How the address may be stored: as each channel writes it."""
    keys = {raw.strip(), raw.strip().lower()}
    for name in (channel,) if channel else channels.push_names():
        try:
            keys.add(channels.push(name).parse_address(raw.strip()).key)
        except (Refused, Unavailable):
            continue  # this channel has no such address
    return keys


def _account(
    session: Session, rollout: Rollout, publication: Publication, audience: Audience, number: int
) -> Account:
    recipient = accounting.recipient(session, rollout.id, number)
    names = source_names(session, audience.pages, audience.lists)
    stage = accounting.stage_at(session, rollout.id, recipient.rank)
    segments = {each.no: tuple(each.zones) for each in planning.segments(session, rollout.id)}
    opened = (
        _opening(states.decisions(session, rollout.id), states.stages(session, rollout.id), stage)
        if stage
        else None
    )
    fallback = Plan.model_validate(publication.plan).fallback_zone
    return Account(
        recipient=recipient,
        clock=known_zone(recipient.timezone, fallback),
        language=language_of(thaw(publication.content).texts, recipient.locale),
        targets=tuple(
            (kind, names.get((kind, key), {}))
            for bit, (kind, key) in enumerate(audience.targets)
            if recipient.matched >> bit & 1
        ),
        place=accounting.place(session, rollout.id, recipient.rank) if stage else None,
        stage=stage,
        zones=segments.get(recipient.segment, ()),
        waves=accounting.waves_of(session, stage.id, recipient.segment) if stage else (),
        opened_by=opened,
        waits_until=accounting.waits_until(session, rollout.id, number),
        attempts=accounting.attempts(session, rollout.id, number, number).get(number, ()),
        echoes=accounting.echoes(session, rollout.id, number),
    )


def _opening(
    decisions: Sequence[Decision], stages: Sequence[Stage], stage: Stage
) -> Decision | None:
    """The decision that opened *stage*: its start, or the go or override on the one before."""
    before = next((each.id for each in stages if each.no == stage.no - 1), stage.id)
    opening = ("start",) if stage.no == 1 else ("go", "override")
    return next(
        (each for each in decisions if each.stage_id == before and each.kind in opening), None
    )
