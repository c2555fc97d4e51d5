"""Which subscribers an export brings: by the rules that every import of subscribers keeps."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TypeVar

from sqlalchemy.orm import Session

from service.errors import Invalid
from service.pages.models import Page
from service.signup import queries_import as held
from service.signup.actions.requests import CHANNEL
from service.signup.importing.lines import Entry, understand
from service.subscribers.hashing import address_hash
from service.subscribers.targets import Target
from service.transfers.plan import Person, Plan, Verdict, Wish
from service.transfers.shapes import SubscriberShape

BATCH = 2000  # addresses of one statement
NOBODY = "—"

Item = TypeVar("Item")


def decide_people(
    session: Session, plan: Plan, wish: Wish, given: Sequence[SubscriberShape], now: datetime
) -> None:
    """Decide on subscribers: what people chose here is never overwritten."""
    target = Target.of_page(plan.page or _page_to_be(plan, wish))
    usable = [
        person
        for number, each in enumerate(given, 1)
        if (person := _person(plan, wish, target, number, each, now)) is not None
    ]
    seen: set[str] = set()
    for batch in in_batches(usable, BATCH):
        _sort_out(session, plan, target, batch, seen)


def in_batches(items: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    """Yield *items* in order, *size* at a time."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _page_to_be(plan: Plan, wish: Wish) -> Page:
    """The page that is made first: nobody can have said anything about it yet."""
    name = {wish.language: plan.page_name}
    return Page(
        id=0, slug=wish.page, name=name, description={}, languages=[wish.language],
        timezone=plan.zone, sender_name="", sender_address="",
    )  # fmt: skip


def _person(
    plan: Plan, wish: Wish, target: Target, number: int, each: SubscriberShape, now: datetime
) -> Person | None:
    name = each.email or each.endpoint or each.phone_number or NOBODY
    fault = _fault(plan, each)
    if fault is None:
        try:
            entry = _entry(wish, target, number, each, now)
        except Invalid as refusal:
            fault = ("unusable", refusal.faults[0].detail)
        else:
            known = tuple(plan.known[key] for key in each.components if key in plan.known)
            return Person(entry, known)
    plan.note(Verdict.REFUSED, "subscriber", name, *fault)
    return None


def _fault(plan: Plan, each: SubscriberShape) -> tuple[str, str] | None:
    if each.page_access_user_id:
        return "private", ""  # it saw a page that not everybody sees
    if not each.email or each.mode not in ("", "email"):
        return "not_mail", each.mode
    if each.quarantined_at:
        return "quarantined", ""
    if each.components and not any(key in plan.known for key in each.components):
        return "no_component", ""  # everything would be more than they asked for
    return None


def _entry(wish: Wish, target: Target, number: int, each: SubscriberShape, now: datetime) -> Entry:
    name = f"page:{target.slug}"
    given: dict[str, object] = {
        "address": each.email,
        "subscriptions": name,
        "language": wish.language,
    }
    if wish.consent_text and each.created_at:
        given |= {"consent_at": each.created_at, "consent_text": wish.consent_text}
    return understand(number, given, {name: target}, now)


def _sort_out(
    session: Session, plan: Plan, target: Target, batch: Sequence[Person], seen: set[str]
) -> None:
    keys = [person.entry.address.key for person in batch]
    known = held.known(session, CHANNEL, keys)
    has = held.held(session, [each.id for each in known.values()])
    said_no = held.refusals(session, [address_hash(CHANNEL, key) for key in keys])
    for person in batch:
        address = person.entry.address
        here = known.get(address.key)
        if address.key in seen or (here and (here.id, target.key) in has):
            plan.note(Verdict.LEFT, "subscriber", address.shown, "here")
        elif (address_hash(CHANNEL, address.key), target.key) in said_no:
            plan.note(Verdict.REFUSED, "subscriber", address.shown, "said_no")
        else:
            plan.people.append(person)
            why = "evidence" if person.entry.has_evidence else "asked"
            plan.note(Verdict.MADE, "subscriber", address.shown, why)
        seen.add(address.key)
