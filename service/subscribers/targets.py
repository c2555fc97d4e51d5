"""What one can subscribe to: a page or a list, seen alike."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from sqlalchemy.orm import Session

from service.lists import queries as lists
from service.lists.models import MailingList
from service.pages import queries as pages
from service.pages.models import Page
from service.subscribers.models import Subscription


@dataclass(frozen=True, slots=True)
class Target:
    """A page or a list, with what a consent to it needs."""

    kind: str  # `page` or `list`
    id: int
    slug: str
    name: Mapping[str, str]
    description: Mapping[str, str]
    version: int  # of the description
    languages: tuple[str, ...]  # the first is the default
    timezone: str
    sender_name: str
    sender_address: str
    page_id: int | None  # the page it is, or is shown on
    is_retired: bool

    @property
    def key(self) -> str:
        """How it is written in a request: `page:3`, `list:1`."""
        return f"{self.kind}:{self.id}"

    @classmethod
    def of_page(cls, page: Page) -> Self:
        """The target that *page* is; a page's description has one version."""
        return cls._of("page", page, version=1, page_id=page.id)

    @classmethod
    def of_list(cls, mailing_list: MailingList) -> Self:
        """The target that *mailing_list* is."""
        return cls._of(
            "list", mailing_list, version=mailing_list.version, page_id=mailing_list.page_id
        )

    @classmethod
    def _of(cls, kind: str, row: Page | MailingList, *, version: int, page_id: int | None) -> Self:
        return cls(
            kind=kind,
            id=row.id,
            slug=row.slug,
            name=row.name,
            description=row.description,
            version=version,
            languages=tuple(row.languages),
            timezone=row.timezone,
            sender_name=row.sender_name,
            sender_address=row.sender_address,
            page_id=page_id,
            is_retired=row.retired_at is not None,
        )

    def named(self, locale: str) -> str:
        """Its name in *locale*, else in its own first language."""
        return _word(self.name, locale, self.languages)

    def described(self, locale: str) -> str:
        """Its description in *locale*, else in its own first language."""
        return _word(self.description, locale, self.languages)


def target(session: Session, key: str) -> Target | None:
    """The page or list that *key* (`page:3`) names, retired or not."""
    kind, _, number = key.partition(":")
    if kind == "page":
        page = pages.page_by_id(session, int(number))
        return Target.of_page(page) if page else None
    mailing_list = lists.list_by_id(session, int(number))
    return Target.of_list(mailing_list) if mailing_list else None


def target_of(session: Session, subscription: Subscription) -> Target:
    """The page or list that *subscription* is to."""
    found = target(session, key_of(subscription))
    if found is None:  # the foreign key forbids it
        raise LookupError(key_of(subscription))
    return found


def targets_on(session: Session, page: Page) -> tuple[Target, ...]:
    """What one may ask for on *page*: itself, and the open lists that are its own or no page's."""
    shown = (
        Target.of_list(each)
        for each in lists.lists(session)
        if each.is_open and each.page_id in (page.id, None)
    )
    return (Target.of_page(page), *shown)


def key_of(subscription: Subscription) -> str:
    """How the page or list of *subscription* is written in a request."""
    if subscription.page_id is not None:
        return f"page:{subscription.page_id}"
    return f"list:{subscription.list_id}"


def _word(words: Mapping[str, str], locale: str, languages: tuple[str, ...]) -> str:
    for language in (locale, *languages):
        if words.get(language):
            return words[language]
    return next(iter(words.values()), "")
