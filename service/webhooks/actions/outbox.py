"""What waits for endpoints besides deliveries: claimed, sent and settled one by one."""

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from channels.base import Address as Parsed
from channels.base import Message, Outcome, Parcel, PushChannel, Result
from channels.outcomes import complete
from channels.webhook.catalogue import KINDS
from channels.webhook.formats import Bodies
from scheduling.backoff import WEBHOOK, next_try
from service.access.sealing import unseal
from service.audit.actions import record
from service.db.base import new_public_id
from service.db.unit_of_work import UnitOfWork
from service.deliveries import circuits, journal
from service.deliveries.queries import circuits as circuit_queries
from service.publications.freezing import freeze, thaw
from service.queue import Actor
from service.runtime import Runtime
from service.subscribers.models import Address
from service.tracing import sending
from service.webhooks import queries
from service.webhooks.models import Notice

AT_ONCE = 32
PER_ENDPOINT = 2
LOOKED_AT = 200
LEASE = 60.0  # seconds
TEST = "endpoint.test"
RETRIED = frozenset({Result.TRANSIENT, Result.UNKNOWN})


@dataclass(frozen=True, slots=True)
class Going:
    """A notice on its way."""

    notice_id: int
    fence: int
    parcel: Parcel


def put(
    uow: UnitOfWork, addresses: Sequence[int], kind: str, content: Message | Mapping[str, Any]
) -> Sequence[Notice]:
    """Let some endpoints be told *content*, a message or a notice, at once."""
    notices = [
        Notice(address_id=address_id, kind=kind, due_at=uow.now, **_document(content))
        for address_id in addresses
    ]
    uow.session.add_all(notices)
    uow.session.flush()
    if notices:
        uow.enqueue(Actor.NOTIFY, "webhook")
    return notices


def _document(content: Message | Mapping[str, Any]) -> dict[str, Any]:
    parcel = f"msg_{new_public_id()}"
    if isinstance(content, Message):
        return {"parcel": parcel, "content": {"message": freeze(replace(content, id=parcel))}}
    return {"parcel": parcel, "content": {"notice": {**content, "id": parcel}}}


def claim(uow: UnitOfWork, channel: PushChannel) -> Sequence[Going]:
    """Lease what may leave now: two for an endpoint at most, nothing for one that is spared.

    What waits for an endpoint that is told nothing is given up, but for tests.
    """
    found = queries.due_notices(uow.session, uow.now, LOOKED_AT)
    spared = circuit_queries.spared(uow.session, {address.id for _, address in found})
    share: Counter[int] = Counter()
    going: list[Going] = []
    for notice, address in found:
        if address.suppressed_at is not None and notice.kind != TEST:
            notice.done_at, notice.result = uow.now, "skipped"
        elif address.id in spared and notice.kind != TEST:
            continue
        elif share[address.id] < PER_ENDPOINT and len(going) < AT_ONCE:
            share[address.id] += 1
            going.append(Going(notice.id, notice.fence + 1, _parcel(uow, channel, notice, address)))
    queries.lease(uow.session, [each.notice_id for each in going], LEASE)
    return going


def settle(uow: UnitOfWork, going: Going, outcome: Outcome) -> None:
    """Write down what came of a notice, and when it is tried again."""
    notice = queries.held_notice(uow.session, going.notice_id, going.fence)
    if notice is None:  # the lease ran out and another worker has it
        return
    circuits.judge(uow, [(notice.address_id, outcome)])
    again = None
    if outcome.result in RETRIED and notice.kind != TEST:
        again = next_try(WEBHOOK, notice.attempt, uow.now, notice.id)
    journal.note(uow, notice.address_id, notice.kind, outcome, again)
    notice.lease_until = 0.0
    if outcome.result is Result.NOT_TRIED:
        return
    if again is None:
        notice.done_at, notice.result = uow.now, outcome.result.value
        _tell_exhausted(uow, notice, outcome)
    else:
        notice.attempt, notice.due_at = notice.attempt + 1, again


def _tell_exhausted(uow: UnitOfWork, notice: Notice, outcome: Outcome) -> None:
    # Of operators' own events nothing is told: a watcher that fails would hear of itself for ever.
    kind = KINDS.get(notice.kind)
    if outcome.result in RETRIED and kind is not None and not kind.for_operators:
        record(
            uow,
            "delivery.exhausted",
            f"address:{notice.address_id}",
            channel=queries.CHANNEL,
            count=1,
            deliveries=[notice.parcel],
            reasons=[outcome.reason.value],
        )


def send_due(rt: Runtime, channel: PushChannel) -> int:
    """Send what is due until nothing is; return how many left. No transaction is open meanwhile."""
    left = 0
    while not rt.stopping.is_set():
        with rt.work("worker") as uow:
            going = claim(uow, channel)
        if not going:
            break
        by_parcel = {each.parcel.id: each for each in going}
        parcels = [each.parcel for each in going]
        with sending(rt.tracer, "webhook", len(parcels)):
            sent = channel.send(parcels, time.monotonic() + LEASE / 2)
            for outcome in complete(parcels, sent):
                with rt.work("worker") as uow:
                    settle(uow, by_parcel[outcome.parcel.id], outcome)
        left += len(going)
    return left


def _parcel(uow: UnitOfWork, channel: PushChannel, notice: Notice, address: Address) -> Parcel:
    return Parcel(
        id=notice.parcel,
        attempt=notice.attempt,
        address=Parsed(address.key, address.value, address.shown, address.lane),
        rendition=_rendition(uow, channel, notice),
        secrets=tuple(unseal(address.secrets).split()) if address.secrets else (),
        options=address.options or {},
    )


def _rendition(uow: UnitOfWork, channel: PushChannel, notice: Notice) -> Any:
    content = notice.content or {}
    if "notice" in content:
        return Bodies.of_notice(content["notice"])
    if notice.publication_id is not None:
        content = {"message": queries.publication(uow.session, notice.publication_id).content}
    return channel.render(thaw(content["message"]), "en", "UTC")
