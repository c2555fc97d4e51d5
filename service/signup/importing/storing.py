"""Takes lines over in batches: a few statements each, however many lines there are.

What people chose is never overwritten: a subscription that exists, in whatever state, stays as it
is, and so do language, zone and refusals. Only where they belong (region, group, client, party)
follows the file.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from service.db.base import new_public_id
from service.db.unit_of_work import UnitOfWork
from service.signup import queries_import as queries
from service.signup.actions.requests import CHANNEL
from service.signup.importing.lines import Entry
from service.signup.wording import consent_text
from service.subscribers.filters import Choice
from service.subscribers.hashing import address_hash, erased_key
from service.subscribers.models import (
    ALL_MOMENTS,
    Consent,
    EndReason,
    Method,
    Step,
    ZoneOrigin,
)
from service.subscribers.targets import Target

Pair = tuple[Entry, Target]


@dataclass(slots=True)
class Tally:
    """What became of subscriptions that lines asked for."""

    added: int = 0  # active, with their evidence
    asked: int = 0  # a confirmation is sent
    kept: int = 0  # there already, in whatever state
    refused: int = 0  # its owner said no before
    people: int = 0  # new ones
    wrong: int = 0  # lines that cannot be used
    notes: list[tuple[int, str]] = field(default_factory=list)  # line, why it was left


def store(uow: UnitOfWork, entries: Sequence[Entry], tally: Tally) -> None:
    """Take *entries* over, in order; count in *tally*."""
    people = _people(uow, entries, tally)
    held = queries.held(uow.session, list(people.values()))
    said_no = queries.refusals(uow.session, [_hash(entry) for entry in entries])
    sorted_out: dict[str, list[Pair]] = {"new": [], "ask": [], "ended": []}
    for entry in entries:
        for target in entry.targets:
            key = (people[entry.address.key], target.key)
            if key in held:
                tally.kept += 1
                continue
            held.add(key)  # a later line of the same batch finds it there
            if (_hash(entry), target.key) in said_no:
                _leave(tally, entry, target, "its owner said no before")
                continue
            sorted_out[_fate(entry)].append((entry, target))
    _add(uow, sorted_out["new"], people)
    _ask(uow, sorted_out["ask"])
    _remember(uow, sorted_out["ended"])
    for entry, target in sorted_out["ended"]:
        _leave(tally, entry, target, "it had ended where the file comes from")
    tally.added += len(sorted_out["new"])
    tally.asked += len(sorted_out["ask"])


def _fate(entry: Entry) -> str:
    if entry.said.state == "ended":
        return "ended"
    return "new" if entry.has_evidence else "ask"


def _leave(tally: Tally, entry: Entry, target: Target, why: str) -> None:
    tally.refused += 1
    tally.notes.append((entry.number, f"{target.slug}: {why}"))


def _remember(uow: UnitOfWork, pairs: Sequence[Pair]) -> None:
    """Who said no elsewhere said no."""
    rows = [
        {
            "address_hash": _hash(entry),
            "target": target.key,
            "at": uow.now,
            "reason": entry.said.ended_reason or EndReason.LEFT,
        }
        for entry, target in pairs
    ]
    queries.add_refusals(uow.session, rows)


def _hash(entry: Entry) -> str:
    return address_hash(CHANNEL, entry.address.key)


def _people(uow: UnitOfWork, entries: Sequence[Entry], tally: Tally) -> dict[str, int]:
    """The id of each address by its key; new ones are made, known ones are assigned anew."""
    known = queries.known(uow.session, CHANNEL, [entry.address.key for entry in entries])
    first = {entry.address.key: entry for entry in reversed(entries)}
    fresh = [entry for key, entry in first.items() if key not in known]
    owners = queries.add_subscribers(uow.session, [_subscriber(uow, entry) for entry in fresh])
    former = queries.suppressed(
        uow.session, CHANNEL, [erased_key(CHANNEL, entry.address.key) for entry in fresh]
    )
    rows = [
        _address(uow, entry, owner, former.get(erased_key(CHANNEL, entry.address.key), ""))
        for entry, owner in zip(fresh, owners, strict=True)
    ]
    made = queries.add_addresses(uow.session, rows)
    _assign(uow, [(one, known[key]) for key, one in first.items() if key in known])
    tally.people += len(made)
    return {key: address.id for key, address in known.items()} | dict(
        zip((entry.address.key for entry in fresh), made, strict=True)
    )


def _assign(uow: UnitOfWork, known: Sequence[tuple[Entry, queries.Known]]) -> None:
    """Let known people belong where the file says; an empty cell says nothing."""
    rows = []
    for entry, held in known:
        said = entry.said
        now = {
            "region": said.region or held.region,
            "group_name": said.group or held.group_name,
            "client": said.client or held.client,
            "party": said.party or held.party,
        }
        if any(getattr(held, name) != word for name, word in now.items()):
            rows.append({"number": held.subscriber_id, **now})
    if rows:
        queries.assign(uow.session, rows)


def _subscriber(uow: UnitOfWork, entry: Entry) -> queries.Columns:
    said, first = entry.said, entry.targets[0]
    return {
        "locale": said.language or first.languages[0],
        "timezone": said.timezone or first.timezone,
        "timezone_origin": ZoneOrigin.CHOSEN if said.timezone else ZoneOrigin.FALLBACK,
        "region": said.region,
        "group_name": said.group,
        "client": said.client,
        "party": said.party,
        "external_ref": said.external_ref,
        "created_at": uow.now,
    }


def _address(uow: UnitOfWork, entry: Entry, owner: int, former: str) -> queries.Columns:
    suppressed = former or entry.said.suppressed
    return {
        "subscriber_id": owner,
        "channel": CHANNEL,
        "key": entry.address.key,
        "value": entry.address.value,
        "shown": entry.address.shown,
        "lane": entry.address.lane,
        "secrets": "",
        "created_at": uow.now,
        "suppressed_reason": suppressed,
        "suppressed_at": uow.now if suppressed else None,
    }


def _add(uow: UnitOfWork, pairs: Sequence[Pair], people: dict[str, int]) -> None:
    rows = [
        {
            "address_id": people[entry.address.key],
            "page_id": target.id if target.kind == "page" else None,
            "list_id": target.id if target.kind == "list" else None,
            "state": Consent.ACTIVE,
            "is_everything": not entry.components,
            "categories": entry.categories,
            "minimum_severity": entry.severity,
            "moments": ALL_MOMENTS,
            "created_at": uow.now,
            "active_at": entry.said.consent_at,
        }
        for entry, target in pairs
    ]
    ids = queries.add_subscriptions(uow.session, rows)
    queries.add_followed(
        uow.session,
        [
            {"subscription_id": subscription_id, "component_id": component_id}
            for subscription_id, (entry, _) in zip(ids, pairs, strict=True)
            for component_id in sorted(entry.components)
        ],
    )
    queries.add_records(
        uow.session,
        [
            {
                "subscription_id": subscription_id,
                "at": entry.said.consent_at,
                "action": Step.ACCEPTED,
                "method": Method.IMPORT,
                "target_version": target.version,
                "text": entry.said.consent_text,
                "locale": entry.said.language or target.languages[0],
                "ip": entry.said.consent_ip,
                "agent": "",
                "by": uow.by,
                "message_id": "",
            }
            for subscription_id, (entry, target) in zip(ids, pairs, strict=True)
        ],
    )


def _ask(uow: UnitOfWork, pairs: Sequence[Pair]) -> None:
    """Let the workers mail a confirmation each; they find them by searching."""
    queries.add_requests(
        uow.session,
        [
            {
                "submission": new_public_id(),
                "at": uow.now,
                "due_at": uow.now,
                "channel": CHANNEL,
                "address_key": entry.address.key,
                "target": target.key,
                "network": "",
                "wish": _wish(uow, entry, target),
                "decision": None,
            }
            for entry, target in pairs
        ],
    )


def _wish(uow: UnitOfWork, entry: Entry, target: Target) -> dict[str, object]:
    locale = entry.said.language or target.languages[0]
    choice = Choice(
        everything=not entry.components,
        components=entry.components,
        categories=entry.categories,
        minimum_severity=entry.severity,
    )
    return {
        "value": entry.address.value,
        "shown": entry.address.shown,
        "lane": entry.address.lane,
        "method": Method.IMPORT,
        "ip": "",
        "agent": "",
        "by": uow.by,
        "locale": locale,
        "timezone": entry.said.timezone or "",
        "choice": (choice if target.kind == "page" else Choice()).to_json(),
        "text": consent_text(target, locale),
        "version": target.version,
    }
