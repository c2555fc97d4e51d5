"""The contract between the service and every channel, ours or a third party's.

Frozen values cross this border, in both directions: no table row, no request, no setting. The
service decides who, when and whether; a channel checks addresses, renders, makes one attempt.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Protocol, runtime_checkable

from pydantic import BaseModel


class Result(StrEnum):
    """What is known after one attempt."""

    SENT = "sent"  # the far side took responsibility
    TRANSIENT = "transient"  # refused for now: worth another try
    PERMANENT = "permanent"  # refused for good
    UNKNOWN = "unknown"  # it may or may not have been taken
    NOT_TRIED = "not_tried"  # proven unsent; costs no attempt


class Scope(StrEnum):
    """How much a failure condemns."""

    MESSAGE = "message"  # this rendition: nobody would get it
    ADDRESS = "address"  # this recipient
    LANE = "lane"  # everybody behind the same provider or host
    INSTANCE = "instance"  # the whole channel: our relay, our credentials


class Reason(StrEnum):
    """Why an attempt ended as it did: the closed list that counters and gates use."""

    ACCEPTED = "accepted"
    UNKNOWN_RECIPIENT = "unknown_recipient"
    BAD_DOMAIN = "bad_domain"
    MAILBOX_FULL = "mailbox_full"
    MAILBOX_DISABLED = "mailbox_disabled"
    GONE = "gone"  # the endpoint says it will never come back
    THROTTLED = "throttled"
    POLICY = "policy"  # our reputation or our rights, not the recipient
    CONTENT = "content"  # this message is refused
    TOO_LARGE = "too_large"
    REFUSED = "refused"  # refused without a reason we know
    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    TLS = "tls"
    AUTH = "auth"
    PROTOCOL = "protocol"  # the far side does not speak the protocol
    BLOCKED = "blocked"  # the network guard does not go there
    INTERRUPTED = "interrupted"  # the connection ended after everything was sent
    RENDER = "render"
    SILENT = "silent"  # the channel reported nothing: recorded by the core


class Refused(ValueError):
    """An address cannot be used on this channel; *code* names the rule for a translated message."""

    def __init__(self, field_name: str, code: str, detail: str) -> None:
        super().__init__(f"{field_name}: {detail}")
        self.field, self.code, self.detail = field_name, code, detail


@dataclass(frozen=True, slots=True)
class Address:
    """Where someone is reached, as one channel understands it."""

    key: str  # equal for two spellings of the same address
    value: str  # what is sent to
    shown: str  # masked: safe in logs and pages
    lane: str  # what fails together: the mail provider, the host of an endpoint


@dataclass(frozen=True, slots=True)
class Sender:
    """In whose name a message leaves."""

    name: str
    address: str  # an e-mail address, whatever the channel
    reply_to: str | None = None
    list_id: str | None = None  # RFC 2919, without brackets: `travaux.notify.example.org`
    help_url: str | None = None
    archive_url: str | None = None


@dataclass(frozen=True, slots=True)
class Text:
    """The words of a message in one language; *body* is Markdown without HTML."""

    title: str
    body: str


@dataclass(frozen=True, slots=True)
class Touched:
    """A component that a message is about; names and impact by language."""

    id: str
    name: Mapping[str, str]
    state: str  # a component state, as in the glossary
    impact: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Link:
    """A labelled call to act, label by language; a confirmation has Accept and Refuse."""

    label: Mapping[str, str]
    url: str


@dataclass(frozen=True, slots=True)
class Message:
    """What is to be said, before any channel or language is chosen."""

    id: str  # the publication's public id
    type: str  # `incident.created`, `message.published`, `signup.confirm` …
    category: str  # a category of event, else `message`, `confirmation` or `staff`
    stage: str  # investigating … or "" where the category has none
    severity: str  # none, minor, major, critical
    texts: Mapping[str, Text]  # by language; at least one
    sender: Sender
    source: Mapping[str, str]  # name of the page or list, by language
    url: str  # permanent link; "" where there is none
    subject: str  # id of the event, list or person the message is about
    sequence: int  # grows by one with each message about the same subject
    published_at: datetime
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    touched: tuple[Touched, ...] = ()
    links: tuple[Link, ...] = ()
    bulk: bool = True  # carries list and unsubscribe headers
    test: bool = False

    def text(self, locale: str) -> Text:
        """The words in *locale*, else in the first language there is."""
        return self.texts.get(locale) or next(iter(self.texts.values()))


@dataclass(frozen=True, slots=True)
class Slots:
    """What differs from one recipient to the next, spliced into a rendition made once."""

    why: str = ""  # why this person receives it, in their language, plain text
    unsubscribe_url: str = ""  # RFC 8058 one-click; "" for mail that is not bulk
    preferences_url: str = ""
    thread: str = ""  # parcel id of the first message of the same subject to this recipient
    return_path: str = ""  # local part that bounces come back to; "" where nobody listens
    unsubscribe_mail: str = ""  # local part whose mail ends the same as `unsubscribe_url`
    complaints: str = ""  # local part that reports of complaints come to
    stage: int = 0  # how far the rollout is that brings it; 0: none does
    stages: int = 0


@dataclass(frozen=True, slots=True)
class Parcel:
    """One message to one address."""

    id: str  # the same on every attempt: Message-ID and webhook-id derive from it
    attempt: int  # counted from 1
    address: Address
    rendition: Any  # made by this channel's `render`
    slots: Slots = Slots()
    secrets: tuple[str, ...] = field(default=(), repr=False)  # newest first
    options: Mapping[str, str] = field(default_factory=dict)  # what its owner chose: a format …


@dataclass(frozen=True, slots=True)
class Trace:
    """What went over the wire in one attempt, for whoever has to find out why it failed."""

    request: Mapping[str, str]  # headers, as sent
    sent: bytes = b""  # the body, as sent
    status: int = 0  # 0: no answer
    headers: Mapping[str, str] = field(default_factory=dict)  # of the answer
    body: bytes = b""  # of the answer, its first 4 KiB
    address: str = ""  # what the name resolved to
    timings: Mapping[str, float] = field(default_factory=dict)  # seconds until each step ended


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one attempt came to."""

    parcel: Parcel
    result: Result
    scope: Scope
    reason: Reason
    code: str = ""  # as the far side gave it: `550 5.1.1`, `503`
    detail: str = ""  # its words, cleaned and cut to 500 characters
    retry_after: float | None = None  # seconds, where the far side asked
    reference: str = ""  # its own id for what it took
    trace: Trace | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Traits:
    """What the service must know to drive a channel well."""

    bulk: bool  # sent by slices along the ramp; otherwise one by one, at once
    repeatable: bool  # may an UNKNOWN be sent again without harm?
    batch: int  # parcels a `send` likes at once
    per_lane: int  # in flight towards one lane
    big_lanes: frozenset[str] = frozenset()  # lanes that get slices of their own


@runtime_checkable
class PushChannel(Protocol):
    """A channel that sends."""

    traits: Traits

    def parse_address(self, raw: str) -> Address:
        """Return the address that *raw* names; raises `Refused`. Never touches the network."""
        ...

    def render(self, message: Message, locale: str, zone: str) -> Any:
        """Return *message* as this channel sends it; pure, and within the channel's limits."""
        ...

    def send(self, parcels: Sequence[Parcel], deadline: float) -> Iterator[Outcome]:
        """Make one attempt for each parcel and yield one outcome for each, as known, in any order.

        No sleep, no retry; never raises. *deadline* is on `time.monotonic`: what is not known by
        then is UNKNOWN, what was not begun NOT_TRIED. Called from several threads at once.
        """
        ...

    def close(self) -> None:
        """Let go of connections and threads."""
        ...


@runtime_checkable
class Verifies(Protocol):
    """A push channel whose addresses prove themselves by answering a challenge."""

    def challenge(self, address: Address, secrets: tuple[str, ...], nonce: str) -> Outcome:
        """Ask *address* to prove itself with *nonce*; SENT means it did."""
        ...


@runtime_checkable
class ByCode(Protocol):
    """A push channel that people read: a code sent there and typed elsewhere proves an address."""

    proves_by_code: bool


@runtime_checkable
class FromBrowser(Protocol):
    """A push channel whose addresses a browser makes, for whoever sits before it."""

    application_server_key: str  # what `pushManager.subscribe` is given


@dataclass(frozen=True, slots=True)
class Span:
    """When something takes place, for calendars."""

    uid: str  # permanent: `ev_1@host`
    sequence: int  # grows with each word about it
    starts_at: datetime
    ends_at: datetime | None
    text: str  # plain
    is_cancelled: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of a feed."""

    id: str  # permanent: `tag:host,2026:update/ID`
    title: str  # plain text
    html: str  # sanitised
    url: str
    published_at: datetime
    categories: tuple[str, ...] = ()
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Feed:
    """What a pull channel turns into a document; newest item first."""

    id: str
    title: str
    description: str
    language: str
    url: str  # the page it belongs to
    self_url: str
    updated_at: datetime
    items: tuple[Item, ...]


@runtime_checkable
class PullChannel(Protocol):
    """A channel that people fetch."""

    media_type: str

    def document(self, feed: Feed) -> bytes:
        """Return *feed* as a document; the same feed gives the same bytes."""
        ...


class HttpReply(Protocol):
    """What came back for one outgoing request."""

    status: int
    headers: Mapping[str, str]  # lower-case names
    body: bytes  # cut at the cap
    address: str  # the address that was connected to
    seconds: float


class HttpDoor(Protocol):
    """The only way out over HTTP: guarded, one deadline, no redirect."""

    def post(
        self, url: str, body: bytes, headers: Mapping[str, str], seconds: float
    ) -> HttpReply: ...


@dataclass(frozen=True, slots=True)
class Host:
    """What the service lends to a channel."""

    public_url: str  # without a trailing slash
    http: HttpDoor
    local: Callable[[str, datetime], datetime]  # (zone, instant) → naive wall clock


class Channel(Protocol):
    """What an entry point names: a class built from a validated configuration."""

    Config: ClassVar[type[BaseModel]]

    def __init__(self, config: Any, host: Host) -> None: ...
