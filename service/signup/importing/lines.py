"""One line of a file of subscribers: what it may say, and what is wrong with it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from channels.base import Address, Refused
from channels.email.address import parse_address
from service.errors import Fault, Invalid
from service.subscribers.filters import CATEGORIES, SEVERITIES, bits
from service.subscribers.models import Categories, EndReason
from service.subscribers.targets import Target
from service.web.forms import faults_of
from service.web.parsing import Instant, Language, Line, Prose, ZoneName

#: Spreadsheets take a cell that begins so for a formula; an apostrophe before it says text.
FORMULA = ("=", "+", "-", "@", "\t", "\r")
COLUMNS = (
    "address", "subscriptions", "language", "timezone", "categories", "minimum_severity",
    "region", "group", "client", "party", "external_ref",
    "consent_at", "consent_text", "consent_ip", "state", "ended_reason", "suppressed",
)  # fmt: skip

#: RFC 5321 and 5322: local parts that need no closer look than this.
_DOT_ATOM = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
LONGEST_LOCAL, LONGEST_PLAIN = 64, 200

Word = Annotated[str, Line(120, least=0)]


def _nothing(value: Any) -> Any:
    return None if value == "" else value


def _listed(value: Any) -> Any:
    return value.split() if isinstance(value, str) else value


Listed = Annotated[tuple[str, ...], BeforeValidator(_listed)]


class Said(BaseModel):
    """What a line says; an empty cell says nothing."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    address: Annotated[str, Line(254)]
    subscriptions: Listed
    language: Annotated[Language | None, BeforeValidator(_nothing)] = None
    timezone: Annotated[ZoneName | None, BeforeValidator(_nothing)] = None
    categories: Listed = ()
    minimum_severity: Word = ""
    region: Word = ""
    group: Word = ""
    client: Word = ""
    party: Word = ""
    external_ref: Word = ""
    consent_at: Annotated[Instant | None, BeforeValidator(_nothing)] = None
    consent_text: Annotated[str, Prose(4000, least=0)] = ""
    consent_ip: Word = ""
    # As an export writes them: what ended elsewhere does not begin here.
    state: Literal["", "active", "pending", "ended"] = ""
    ended_reason: Annotated[EndReason | None, BeforeValidator(_nothing)] = None
    suppressed: Literal["", "bounce", "staff"] = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A line that can be used."""

    number: int  # of the line, from 1
    address: Address
    targets: tuple[Target, ...]
    said: Said
    categories: int
    severity: int
    components: frozenset[int] = frozenset()  # ids of those they follow; none: everything

    @property
    def has_evidence(self) -> bool:
        """Whether it says when and to what its owner agreed; else they are asked."""
        agreed = self.said.consent_at is not None and bool(self.said.consent_text)
        return agreed and self.said.state != "pending"


def understand(
    number: int, given: Mapping[str, Any], targets: Mapping[str, Target], now: datetime
) -> Entry:
    """Return what a line says; *targets* by `page:slug` and `list:slug`. Raises `Invalid`."""
    said = _said(given)
    faults = [
        Fault("/subscriptions", f"there is no {name}; write page:SLUG or list:SLUG", "unknown")
        for name in said.subscriptions
        if name not in targets
    ]
    if not said.subscriptions:
        faults.append(Fault("/subscriptions", "name a page or a list", "nothing"))
    if said.consent_at and said.consent_at > now:
        faults.append(Fault("/consent_at", "this is in the future", "future"))
    if said.minimum_severity not in ("", *SEVERITIES):
        faults.append(Fault("/minimum_severity", f"use one of {', '.join(SEVERITIES)}", "unknown"))
    if faults:
        raise Invalid(faults)
    return Entry(
        number=number,
        address=_address(said.address),
        targets=tuple(targets[name] for name in dict.fromkeys(said.subscriptions)),
        said=said,
        categories=bits("categories", Categories, said.categories or CATEGORIES),
        severity=SEVERITIES.index(said.minimum_severity or SEVERITIES[0]),
    )


def _said(given: Mapping[str, Any]) -> Said:
    plain = {key: _plain(value) for key, value in given.items()}
    try:
        return Said.model_validate(plain)
    except ValidationError as error:
        raise Invalid(faults_of(error)) from None


def _address(raw: str) -> Address:
    local, _, domain = raw.rpartition("@")
    is_plain = len(raw) <= LONGEST_PLAIN and len(local) <= LONGEST_LOCAL
    try:
        if not is_plain or not _DOT_ATOM.fullmatch(local):
            return parse_address(raw)
        like = _at(domain)
    except Refused as refused:
        raise Invalid([Fault("/address", refused.detail, refused.code)]) from None
    rest = like.value[1:]  # what follows the `x`
    return Address(f"{local.casefold()}{rest}", f"{local}{rest}", f"{local[0]}…{rest}", like.lane)


@lru_cache(maxsize=4096)
def _at(domain: str) -> Address:
    """An address there: files hold few domains, and checking one is most of the work."""
    return parse_address(f"x@{domain}")


def _plain(value: Any) -> Any:
    """A cell without the apostrophe that kept a spreadsheet from computing it."""
    if isinstance(value, str) and value.startswith("'") and value[1:].startswith(FORMULA):
        return value[1:]
    return value


def safe(value: str) -> str:
    """Return a cell that no spreadsheet computes."""
    return f"'{value}" if value.startswith(FORMULA) else value
