"""Messages to lists: held for a moderator, whoever sends them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from channels.base import Message, Sender
from service.config import Settings
from service.db.base import new_public_id
from service.db.unit_of_work import UnitOfWork
from service.errors import Fault, Invalid, NotFound
from service.launches.following import follow
from service.lists import queries as lists
from service.lists.models import MailingList
from service.moderation.handling import check_rewriting
from service.moderation.submitting import submit
from service.posts.wishes import PostWish
from service.publications import queries as publications
from service.publications.actions import Draft, decide
from service.publications.models import Publication, PublicationState, Purpose, Urgency
from service.publications.plans import PLANNED
from service.publications.terms import Defaults, settle
from service.publications.texts import missing_languages, texts, unpaired
from service.subscribers.audience import Audience
from service.subscribers.queries_audience import size

LASTS = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a wish comes to; *reach* is how many addresses would get it now."""

    draft: Draft
    reach: int
    warnings: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class Held:
    """A message that now waits for a moderator."""

    publication: Publication
    proposal: Proposal


def try_message(
    session: Session, settings: Settings, now: datetime, slug: str, wish: PostWish
) -> Proposal:
    """Return what a message to list *slug* would come to; raises `NotFound`, `Invalid`."""
    to = lists.list_by_slug(session, slug)
    if to is None:
        raise NotFound(f"there is no list {slug}")
    if faults := list(unpaired(wish.title, wish.body)):
        raise Invalid(faults)
    draft = _draft(settings, now, to, wish, f"list:{to.public_id}:{new_public_id()}")
    reach = size(session, draft.audience)
    return Proposal(draft, reach, tuple(_warnings(to, wish, reach)))


def submit_message(uow: UnitOfWork, settings: Settings, slug: str, wish: PostWish) -> Held:
    """Hold a message to list *slug* for a moderator; raises `NotFound`, `Invalid`."""
    proposal = try_message(uow.session, settings, uow.now, slug, wish)
    return Held(submit(uow, proposal.draft), proposal)


def replace_message(
    uow: UnitOfWork,
    settings: Settings,
    slug: str,
    public_id: str,
    wish: PostWish,
    *,
    seen: str | None = None,
) -> Held:
    """Write a held message anew: a new revision, held in its turn.

    *seen* is the hash of what was replaced, None for whatever it is. Raises `NotFound`, `Invalid`,
    and `Conflict` once it is decided, is not what was seen, or is claimed by somebody else.
    """
    proposal = try_message(uow.session, settings, uow.now, slug, wish)
    old = publications.by_public_id(uow.session, public_id)
    if old is None or not _same_list(old.subject, proposal.draft.message.subject):
        raise NotFound(f"list {slug} has no message {public_id}")
    check_rewriting(uow, old)
    decide(uow, public_id, PublicationState.REPLACED, old.hash if seen is None else seen)
    url = archived_at(settings, slug, old.subject) if proposal.draft.message.url else ""
    message = replace(proposal.draft.message, subject=old.subject, url=url)
    publication = submit(uow, replace(proposal.draft, message=message))
    publication.revision = old.revision + 1
    follow(uow, old, publication)
    return Held(publication, proposal)


def archived_at(settings: Settings, slug: str, subject: str) -> str:
    """Return the permanent address of a message; *subject* keeps its name over revisions."""
    return f"{settings.public_url}/lists/{slug}/{subject.rpartition(':')[2]}"


def _same_list(one: str, other: str) -> bool:
    return one.rpartition(":")[0] == other.rpartition(":")[0]


def _draft(
    settings: Settings, now: datetime, to: MailingList, wish: PostWish, subject: str
) -> Draft:
    # Each message is a subject of its own: a newer one neither replaces nor answers it.
    archive = f"{settings.public_url}/lists/{to.slug}/" if to.has_archive else None
    settled = settle(wish.terms, Defaults(PLANNED, Urgency.NORMAL, LASTS, to.timezone), now)
    return Draft(
        purpose=Purpose.BULK,
        message=Message(
            id="",
            type="message.published",
            category="message",
            stage="",
            severity="none",
            texts=texts(wish.title, wish.body),
            sender=Sender(
                name=to.sender_name or next(iter(to.name.values())),
                address=to.sender_address or settings.mail_from,
                list_id=f"{to.slug}.{settings.mail_host}",
                help_url=archive or f"{settings.public_url}/",
                archive_url=archive,
            ),
            source=to.name,
            url=archived_at(settings, to.slug, subject) if to.has_archive else "",
            subject=subject,
            sequence=0,
            published_at=now,
        ),
        audience=Audience(lists=(to.id,), category="message"),
        plan=settled.plan,
        urgency=settled.urgency,
        expires_at=settled.expires_at,
    )


def _warnings(to: MailingList, wish: PostWish, reach: int) -> Iterator[Fault]:
    yield from missing_languages(wish.body, to.languages)
    if not reach:
        yield Fault("/", "the list has no members: it cannot be approved as it is", "empty")
