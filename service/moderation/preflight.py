"""Looks over the very mails that would leave, before they do: made, signed and read again."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Protocol, runtime_checkable

from sqlalchemy.orm import Session

from channels.base import Parcel, PushChannel
from channels.registry import Unavailable
from service.deliveries.brief import Brief, read_brief
from service.deliveries.parcels import Composer, Going
from service.deliveries.queries.people import Person
from service.moderation.queries_sample import sample
from service.publications.models import Publication
from service.runtime import Runtime
from service.subscribers.audience import Audience

SAMPLE = 20  # people of each language
LARGEST = 100_000  # bytes: from 102 kB on, the largest provider cuts a mail, and its footer
ONCE = (
    "from", "to", "subject", "date", "message-id", "mime-version", "content-type", "list-id",
    "list-unsubscribe", "list-unsubscribe-post", "auto-submitted",
)  # fmt: skip
NEEDED = ("from", "to", "subject", "date", "message-id")
_LINK = re.compile(r"https?://[^\s\"'<>)\]]+")
_PLACEHOLDER = re.compile(r"\{\{?\s*\w+\s*\}?\}|%[A-Z]{3,}%|\$\{\w+\}")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; *grade*: `good`, `warn` or `bad`."""

    code: str
    grade: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """The mails of one language: how many were made, and what was found."""

    language: str
    count: int
    findings: tuple[Finding, ...]

    @property
    def grade(self) -> str:
        """The worst there is."""
        grades = {each.grade for each in self.findings}
        return next((each for each in ("bad", "warn") if each in grades), "good")


@runtime_checkable
class Proves(Protocol):
    """A channel that shows a mail as it leaves."""

    def proof(self, parcel: Parcel) -> tuple[bytes, bool | None]: ...


def preflight(rt: Runtime, session: Session, publication: Publication) -> tuple[Report, ...]:
    """Return what a look at the mails of *publication* finds; empty where mail is not enabled."""
    try:
        channel = rt.channels.push("email")
    except Unavailable:
        return ()
    if not isinstance(channel, Proves):
        return ()
    brief, composer = read_brief(session, publication.id, rt.clock()), Composer(rt)
    audience = Audience.from_json(publication.audience)
    reports = []
    for language in brief.message.texts:
        people = sample(session, audience, "email", language, SAMPLE)
        parcels, failed = _parcels(composer, brief, channel, people)
        mails = [channel.proof(each) for each in parcels]
        findings = (*_of(mails, parcels, rt.settings.public_url), *_unmade(failed))
        reports.append(Report(language, len(people), findings))
    return tuple(reports)


def _parcels(
    composer: Composer, brief: Brief, channel: PushChannel, people: Sequence[Person]
) -> tuple[list[Parcel], int]:
    going = [Going(person, 1, person.consent_id) for person in people if person.consent_id]
    _, parcels, failed = composer.compose(brief, "email", channel, going)
    return parcels, len(failed)


def _of(
    mails: Sequence[tuple[bytes, bool | None]], parcels: Sequence[Parcel], public_url: str
) -> Iterator[Finding]:
    if not mails:
        yield Finding("nobody", "warn")
        return
    read = [message_from_bytes(raw, policy=policy.default) for raw, _ in mails]
    yield _headers(read)
    yield _parts(read)
    yield _unsubscribe(read, parcels)
    yield _links(read, public_url)
    yield _placeholders(read, parcels)
    yield _signatures([proved for _, proved in mails])
    largest = max(len(raw) for raw, _ in mails)
    yield Finding("size", "good" if largest < LARGEST else "warn", f"{largest / 1000:.1f}")


def _headers(mails: Sequence[EmailMessage]) -> Finding:
    wrong = {
        name
        for mail in mails
        for name in ONCE
        if len(mail.get_all(name, [])) > 1 or (name in NEEDED and name not in mail)
    }
    return _finding("headers", sorted(wrong))


def _parts(mails: Sequence[EmailMessage]) -> Finding:
    missing = {
        kind for mail in mails for kind in ("plain", "html") if not _body(mail, kind).strip()
    }
    return _finding("parts", sorted(missing))


def _unsubscribe(mails: Sequence[EmailMessage], parcels: Sequence[Parcel]) -> Finding:
    missing = set()
    for mail, parcel in zip(mails, parcels, strict=True):
        url = parcel.slots.unsubscribe_url
        if not url or url not in str(mail.get("List-Unsubscribe", "")):
            missing.add("List-Unsubscribe")
        missing |= {kind for kind in ("plain", "html") if not url or url not in _body(mail, kind)}
    return _finding("unsubscribe", sorted(missing))


def _links(mails: Sequence[EmailMessage], public_url: str) -> Finding:
    bodies = (_body(mail, kind) for mail in mails for kind in ("plain", "html"))
    bare = {
        url
        for body in bodies
        for url in _LINK.findall(body)
        if url.startswith("http:") and not url.startswith(f"{public_url}/")
    }
    own = [public_url] if public_url.startswith("http:") else []
    return Finding("links", "warn" if bare or own else "good", ", ".join([*own, *sorted(bare)[:3]]))


def _placeholders(mails: Sequence[EmailMessage], parcels: Sequence[Parcel]) -> Finding:
    wrong = set[str]()
    for mail, parcel in zip(mails, parcels, strict=True):
        words = f"{mail['Subject']}\n{_body(mail, 'plain')}"
        wrong |= set(_PLACEHOLDER.findall(words))
        if parcel.address.value not in str(mail["To"]) or not parcel.slots.why:
            wrong.add(parcel.address.shown)
    return _finding("placeholders", sorted(wrong)[:3])


def _signatures(proved: Sequence[bool | None]) -> Finding:
    if any(each is False for each in proved):
        return Finding("dkim", "bad")
    return Finding("unsigned", "warn") if None in proved else Finding("dkim", "good")


def _unmade(count: int) -> Iterator[Finding]:
    if count:
        yield Finding("unmade", "bad", str(count))


def _finding(code: str, wrong: Sequence[str]) -> Finding:
    return Finding(code, "bad" if wrong else "good", ", ".join(wrong))


def _body(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    return str(part.get_content()) if part else ""
