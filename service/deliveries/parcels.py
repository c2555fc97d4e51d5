"""Turns people into parcels: a rendition made once, and what differs from one to the next."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import structlog

from channels.base import (
    Address,
    Message,
    Outcome,
    Parcel,
    PushChannel,
    Reason,
    Result,
    Scope,
    Slots,
)
from service.access import links, sealing
from service.access.envelopes import Door, sealed
from service.access.models import Purpose as LinkPurpose
from service.deliveries.brief import Brief
from service.deliveries.queries.people import Person
from service.deliveries.wording import in_language, reply_hint, why
from service.publications.models import Purpose
from service.runtime import Runtime

log = structlog.get_logger(__name__)

CONFIRMED_BY_REPLY = frozenset({"signup.confirm", "signup.invite"})  # types a reply answers
RENDITIONS = 2048  # kept per process: two languages in every zone, twice over


@dataclass(frozen=True, slots=True)
class Going:
    """Somebody who is written to in this batch."""

    person: Person
    attempt: int
    subscription_id: int | None
    thread: str = ""
    stage: int = 0  # how far the rollout is, for programs
    stages: int = 0


@dataclass(slots=True)
class Composer:
    """Makes parcels for one process."""

    rt: Runtime
    _renditions: dict[tuple[int, str, str, str], Any] = field(default_factory=dict)

    def compose(
        self, brief: Brief, name: str, channel: PushChannel, going: Sequence[Going]
    ) -> tuple[dict[str, int], list[Parcel], list[Outcome]]:
        """Return the n of each parcel id, the parcels, and an outcome for each unrenderable one."""
        numbers: dict[str, int] = {}
        parcels: list[Parcel] = []
        failed: list[Outcome] = []
        for each in going:
            key = parcel_id(brief.publication.public_id, each.person.n)
            numbers[key] = each.person.n
            try:
                parcels.append(self._parcel(key, brief, name, channel, each))
            except Exception as error:
                # One that cannot be made must not take the others of its batch along.
                log.exception("parcel_failed", parcel=key)
                failed.append(_unrendered(key, each, error))
        return numbers, parcels, failed

    def _parcel(
        self, key: str, brief: Brief, name: str, channel: PushChannel, going: Going
    ) -> Parcel:
        person = going.person
        return Parcel(
            id=key,
            attempt=going.attempt,
            address=_address(person, sealing.opened(person.value)),
            rendition=self._rendition(brief, name, channel, person.locale, person.timezone),
            slots=self._slots(brief, going),
            secrets=_secrets(person.secrets),
            options=person.options or {},
        )

    def _rendition(
        self, brief: Brief, name: str, channel: PushChannel, locale: str, timezone: str
    ) -> Any:
        zone = brief.zone_of(timezone)
        if brief.purpose is not Purpose.BULK:
            return channel.render(self._answerable(brief), locale, zone)
        key = (brief.publication.id, name, locale, zone)
        if key not in self._renditions:
            if len(self._renditions) >= RENDITIONS:
                self._renditions.clear()
            self._renditions[key] = _render(channel, brief, locale, zone)
        rendition = self._renditions[key]
        if isinstance(rendition, Exception):
            raise rendition
        return rendition

    def _answerable(self, brief: Brief) -> Message:
        """A confirmation that can be answered by mail, where somebody listens."""
        message = brief.message
        if message.type not in CONFIRMED_BY_REPLY or not self.rt.settings.takes_mail:
            return message
        local = sealed(Door.CONFIRM, brief.permit.subscription)
        answer = replace(message.sender, reply_to=f"{local}@{self.rt.settings.mail_host}")
        texts = {
            language: replace(text, body=f"{text.body}\n\n{reply_hint(language)}")
            for language, text in message.texts.items()
        }
        return replace(message, sender=answer, texts=texts)

    def _slots(self, brief: Brief, going: Going) -> Slots:
        back = sealed(Door.BOUNCE, brief.publication.id, going.person.n)
        if brief.purpose is not Purpose.BULK:
            return Slots(thread=going.thread, return_path=back)
        listens = self.rt.settings.takes_mail
        url = self.rt.settings.public_url
        leave = links.stateless(LinkPurpose.UNSUBSCRIBE, f"subscription:{going.subscription_id}")
        change = links.stateless(LinkPurpose.PREFERENCES, f"address:{going.person.address_id}")
        return Slots(
            why=why(going.person.locale, _sources(brief, going.person), brief.about),
            unsubscribe_url=f"{url}/u/{leave}",
            preferences_url=f"{url}/p/{change}",
            thread=going.thread,
            return_path=back,
            unsubscribe_mail=sealed(Door.LEAVE, going.subscription_id or 0) if listens else "",
            complaints=sealed(Door.COMPLAINT, brief.publication.id, going.person.n)
            if listens
            else "",
            stage=going.stage,
            stages=going.stages,
        )


def parcel_id(publication: str, n: int) -> str:
    """What the outside calls a delivery: the same on every attempt."""
    return f"{publication}-{n}"


def _address(person: Person, value: str) -> Address:
    return Address(person.key, value, person.shown, person.lane)


def _secrets(sealed: str) -> tuple[str, ...]:
    return tuple(sealing.unseal(sealed).split()) if sealed else ()


def _sources(brief: Brief, person: Person) -> Sequence[str]:
    return [
        in_language(brief.names.get(target, {}), person.locale)
        for bit, target in enumerate(brief.targets)
        if person.matched >> bit & 1
    ]


def _render(channel: PushChannel, brief: Brief, locale: str, zone: str) -> Any:
    try:
        return channel.render(brief.message, locale, zone)
    except Exception as error:  # noqa: BLE001 - kept, and raised for each who would get it
        return error


def _unrendered(key: str, going: Going, error: Exception) -> Outcome:
    return Outcome(
        Parcel(key, going.attempt, _address(going.person, going.person.value), rendition=None),
        Result.PERMANENT,
        Scope.MESSAGE,
        Reason.RENDER,
        detail=type(error).__name__,
    )
