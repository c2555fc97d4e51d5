"""The suite that every channel passes, ours or not: subclass it under pytest.

    from channels.conformance import PushConformance
    from tocsin_postcard import PostcardChannel

    class TestPostcard(PushConformance):
        kind = PostcardChannel

        def address(self, base, manner):
            return f"{base}/hooks/manner-{manner}"

It talks to a real HTTP server on loopback, `channels.peer`. What a protocol says in its own way is
told by the hooks: `settings`, `address`, `answers`, `identity`, `size`, `expected`.
Needs pytest: `pip install tocsin[conformance]`.
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import pytest

from channels.base import (
    Address,
    Host,
    Message,
    Outcome,
    Parcel,
    PullChannel,
    PushChannel,
    Reason,
    Refused,
    Result,
    Scope,
    Slots,
    Traits,
)
from channels.guard import Guard
from channels.outbound import Door
from channels.peer import ANSWERS, RETRY_AFTER, Answer, Manner, Peer, Seen, serving
from channels.specimens import EXTREMES, FEED, HOSTILE, MESSAGE

__all__ = ["Answer", "Manner", "PullConformance", "PushConformance", "Seen"]

PUBLIC = "https://status.example.org"
PATIENCE = 5.0  # seconds for what takes milliseconds: after these it is called stuck
THREADS = 8


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an outcome may be."""

    results: frozenset[Result]
    reasons: frozenset[Reason] = frozenset(Reason)
    scopes: frozenset[Scope] = frozenset(Scope)


def verdict(
    *results: Result, reasons: Sequence[Reason] = (), scopes: Sequence[Scope] = ()
) -> Verdict:
    """Return what an outcome may be; nothing named: anything."""
    return Verdict(frozenset(results), frozenset(reasons or Reason), frozenset(scopes or Scope))


#: What each manner of the far side comes to, unless a protocol cannot tell.
EXPECTED: Mapping[Manner, Verdict] = {
    Manner.OK: verdict(Result.SENT, reasons=[Reason.ACCEPTED]),
    Manner.THROTTLE: verdict(Result.TRANSIENT, Result.NOT_TRIED, reasons=[Reason.THROTTLED]),
    Manner.ERROR: verdict(Result.TRANSIENT, Result.UNKNOWN),
    Manner.GONE: verdict(Result.PERMANENT, reasons=[Reason.GONE], scopes=[Scope.ADDRESS]),
    Manner.HANG: verdict(Result.UNKNOWN, reasons=[Reason.TIMEOUT]),
    Manner.REFUSED: verdict(
        Result.TRANSIENT, Result.NOT_TRIED, scopes=[Scope.LANE, Scope.INSTANCE]
    ),
}


class PushConformance:
    """What a channel that sends keeps to."""

    kind: ClassVar[Callable[..., PushChannel]]
    expected: ClassVar[Mapping[Manner, Verdict]] = EXPECTED
    answers: ClassVar[Mapping[Manner, Answer]] = ANSWERS  # the far side's own words
    secrets: ClassVar[tuple[str, ...]] = ()
    refused_addresses: ClassVar[Sequence[str]] = ("", " ", "\x00", "nonsense", "https://10.0.0.1/")
    hears_pauses: ClassVar[bool] = True  # does the far side say for how long
    largest: ClassVar[int] = 1_000_000  # of a rendition, as `size` counts it

    def settings(self, base: str) -> Mapping[str, Any]:
        """Return the configuration of a channel whose service lives at *base*."""
        return {}

    def address(self, base: str, manner: Manner) -> str:
        """Return an address, as a person would write it, that behaves in *manner*."""
        raise LookupError("say where the far side lives: def address(self, base, manner)")

    def identity(self, seen: Seen) -> object:
        """Return what tells the far side that an attempt repeats another."""
        return seen.body

    def size(self, rendition: Any) -> int:
        """Return what counts against `largest`: bytes or characters."""
        return len(rendition) if isinstance(rendition, str | bytes) else len(repr(rendition))

    @pytest.fixture
    def peer(self) -> Iterator[Peer]:
        """The far side."""
        with serving(Peer(self.answers)) as peer:
            yield peer

    @pytest.fixture
    def built(self, peer: Peer) -> Iterator[Callable[..., PushChannel]]:
        """Build channels that may go to the peer, or wherever *guard* lets them."""
        made: list[PushChannel] = []
        doors: list[Door] = []

        def build(manner: Manner = Manner.OK, guard: Guard | None = None) -> PushChannel:
            doors.append(Door(peer.guard if guard is None else guard))
            config = self.kind.Config.model_validate(self.settings(peer.base(manner)))  # type: ignore[attr-defined]
            made.append(
                self.kind(config, Host(PUBLIC, doors[-1], lambda _, at: at.replace(tzinfo=None)))
            )
            return made[-1]

        yield build
        peer.over.set()
        for channel in made:
            channel.close()
        for door in doors:
            door.close()

    @pytest.fixture
    def channel(self, built: Callable[..., PushChannel]) -> PushChannel:
        """The channel, on good terms with the peer."""
        return built()

    def test_keeps_the_contract(self, channel: PushChannel) -> None:
        assert isinstance(channel, PushChannel)
        assert isinstance(channel.traits, Traits)
        assert channel.traits.batch >= 1
        assert channel.traits.per_lane >= 1

    def test_an_address_is_read_the_same_again(self, channel: PushChannel, peer: Peer) -> None:
        address = self._address(channel, peer, Manner.OK)
        assert isinstance(address, Address)
        assert channel.parse_address(address.value) == address
        assert channel.parse_address(f"  {address.value} \n") == address
        assert address.key
        assert address.lane

    def test_an_address_is_shown_masked(self, channel: PushChannel, peer: Peer) -> None:
        address = self._address(channel, peer, Manner.OK)
        assert address.shown
        assert address.value not in address.shown

    def test_what_is_no_address_is_refused_with_a_field_and_a_code(
        self, channel: PushChannel
    ) -> None:
        for raw in self.refused_addresses:
            with pytest.raises(Refused) as refused:
                channel.parse_address(raw)
            assert refused.value.field, raw
            assert refused.value.code, raw

    def test_nothing_leaves_before_sending(self, channel: PushChannel, peer: Peer) -> None:
        self._address(channel, peer, Manner.OK)
        channel.render(MESSAGE, "en", "UTC")
        assert peer.seen == ()

    def test_rendering_is_pure(self, channel: PushChannel) -> None:
        first, again = (channel.render(MESSAGE, "en", "Europe/Paris") for _ in range(2))
        assert first == again

    def test_a_language_that_is_missing_falls_back(self, channel: PushChannel) -> None:
        assert channel.render(MESSAGE, "zz", "UTC")

    @pytest.mark.parametrize("message", EXTREMES, ids=range(len(EXTREMES)))
    def test_the_worst_messages_stay_within_the_limit_and_arrive(
        self, channel: PushChannel, peer: Peer, message: Message
    ) -> None:
        rendition = channel.render(message, "en", "UTC")
        assert self.size(rendition) <= self.largest
        parcel = replace(self._parcel(channel, peer, Manner.OK), rendition=rendition)
        assert self._send(channel, [parcel])[0].result is Result.SENT

    @pytest.mark.parametrize("manner", Manner)
    def test_each_manner_of_the_far_side_is_understood(
        self, built: Callable[..., PushChannel], peer: Peer, manner: Manner
    ) -> None:
        channel = built(manner)
        seconds = 1.0 if manner is Manner.HANG else PATIENCE
        (outcome,) = self._send(channel, [self._parcel(channel, peer, manner)], seconds)
        allowed = self.expected[manner]
        assert outcome.result in allowed.results, outcome
        assert outcome.reason in allowed.reasons, outcome
        assert outcome.scope in allowed.scopes, outcome

    def test_a_pause_that_is_asked_for_is_handed_on(self, channel: PushChannel, peer: Peer) -> None:
        if self.hears_pauses:
            (outcome,) = self._send(channel, [self._parcel(channel, peer, Manner.THROTTLE)])
            assert outcome.retry_after == pytest.approx(RETRY_AFTER, abs=1)

    def test_each_parcel_gets_one_outcome(self, channel: PushChannel, peer: Peer) -> None:
        manners = [Manner.OK, Manner.ERROR, Manner.GONE, Manner.OK]
        parcels = [self._parcel(channel, peer, each, n) for n, each in enumerate(manners)]
        told = self._send(channel, parcels)
        assert sorted(each.parcel.id for each in told) == sorted(each.id for each in parcels)
        assert self._send(channel, []) == []

    def test_what_is_too_late_to_begin_is_not_tried(self, channel: PushChannel, peer: Peer) -> None:
        parcels = [self._parcel(channel, peer, Manner.OK, n) for n in range(3)]
        told = self._send(channel, parcels, seconds=-1.0)
        assert {each.result for each in told} == {Result.NOT_TRIED}
        assert len(told) == len(parcels)
        assert peer.seen == ()

    def test_the_deadline_holds_over_all(self, channel: PushChannel, peer: Peer) -> None:
        parcels = [self._parcel(channel, peer, Manner.HANG, n) for n in range(12)]
        told = self._send(channel, parcels, seconds=0.5)  # would take minutes one by one
        assert {each.result for each in told}.isdisjoint({Result.SENT, Result.PERMANENT})
        assert len(told) == len(parcels)

    def test_a_repeated_attempt_is_recognised(self, channel: PushChannel, peer: Peer) -> None:
        parcel = self._parcel(channel, peer, Manner.ERROR)
        self._send(channel, [parcel])
        self._send(channel, [replace(parcel, attempt=2)])
        assert len({self.identity(each) for each in peer.seen}) == 1
        assert len(peer.seen) >= 2  # noqa: PLR2004 - two attempts

    def test_eight_threads_do_not_mix_their_outcomes(
        self, channel: PushChannel, peer: Peer
    ) -> None:
        def send(thread: int) -> None:
            parcels = [self._parcel(channel, peer, Manner.OK, 100 * thread + n) for n in range(10)]
            told = self._send(channel, parcels, seconds=20.0)
            assert sorted(each.parcel.id for each in told) == sorted(each.id for each in parcels)
            assert {each.result for each in told} == {Result.SENT}

        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(send, range(THREADS)))

    def test_a_strange_rendition_is_an_outcome_and_no_exception(
        self, channel: PushChannel, peer: Peer
    ) -> None:
        good, bad = (self._parcel(channel, peer, Manner.OK, n) for n in range(2))
        told = self._send(channel, [replace(bad, rendition=object()), good])
        found = {each.parcel.id: each.result for each in told}
        assert found[good.id] is Result.SENT
        assert found[bad.id] in (Result.PERMANENT, Result.TRANSIENT)

    def test_all_traffic_passes_the_guard(
        self, built: Callable[..., PushChannel], channel: PushChannel, peer: Peer
    ) -> None:
        parcel = self._parcel(channel, peer, Manner.OK)
        guarded = built(guard=Guard(ports=(80, 443, peer.server_port)))
        (outcome,) = self._send(guarded, [parcel])
        assert peer.seen == ()
        assert outcome.result is not Result.SENT

    def test_secrets_stay_out_of_outcomes(self, channel: PushChannel, peer: Peer) -> None:
        parcels = [self._parcel(channel, peer, each, n) for n, each in enumerate(self.answers)]
        for outcome in self._send(channel, parcels):
            for secret in (*self.secrets, outcome.parcel.address.value):
                assert secret not in outcome.code + outcome.detail + outcome.reference

    def test_closing_twice_is_harmless(self, channel: PushChannel) -> None:
        channel.close()
        channel.close()

    def _address(self, channel: PushChannel, peer: Peer, manner: Manner) -> Address:
        return channel.parse_address(self.address(peer.base(manner), manner))

    def _parcel(self, channel: PushChannel, peer: Peer, manner: Manner, number: int = 0) -> Parcel:
        return Parcel(
            id=f"pub_specimen-{number}",
            attempt=1,
            address=self._address(channel, peer, manner),
            rendition=channel.render(MESSAGE, "en", "UTC"),
            slots=Slots("You follow Mail.", f"{PUBLIC}/u/token", f"{PUBLIC}/p/token"),
            secrets=self.secrets,
        )

    def _send(
        self, channel: PushChannel, parcels: Sequence[Parcel], seconds: float = PATIENCE
    ) -> list[Outcome]:
        """Send in a thread of its own: a channel that is stuck fails its test and no other."""
        told: list[Outcome] = []
        failed: list[BaseException] = []

        def run() -> None:
            try:
                told.extend(channel.send(parcels, time.monotonic() + seconds))
            except BaseException as error:  # noqa: BLE001 - shown below
                failed.append(error)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        thread.join(max(seconds, 0) + PATIENCE)
        assert not thread.is_alive(), "send did not end at its deadline"
        assert not failed, f"send raised {failed[0]!r}"
        return told


class PullConformance:
    """What a channel that people fetch keeps to."""

    kind: ClassVar[Callable[..., PullChannel]]

    def settings(self) -> Mapping[str, Any]:
        """Return the channel's configuration."""
        return {}

    def titles(self, document: bytes) -> Sequence[str]:
        """Return the titles that an independent reader finds in *document*."""
        raise LookupError("say how a reader takes it: def titles(self, document)")

    @pytest.fixture
    def channel(self) -> Iterator[PullChannel]:
        """The channel."""
        door = Door(Guard())
        config = self.kind.Config.model_validate(self.settings())  # type: ignore[attr-defined]
        yield self.kind(config, Host(PUBLIC, door, lambda _, at: at.replace(tzinfo=None)))
        door.close()

    def test_keeps_the_contract(self, channel: PullChannel) -> None:
        assert isinstance(channel, PullChannel)
        assert "/" in channel.media_type

    def test_the_same_feed_gives_the_same_bytes(self, channel: PullChannel) -> None:
        assert channel.document(FEED) == channel.document(FEED)

    def test_a_reader_finds_its_items(self, channel: PullChannel) -> None:
        assert list(self.titles(channel.document(FEED))) == [FEED.items[0].title]

    def test_the_worst_items_spoil_nothing(self, channel: PullChannel) -> None:
        assert len(self.titles(channel.document(HOSTILE))) == len(HOSTILE.items)

    def test_a_feed_without_items_is_a_document(self, channel: PullChannel) -> None:
        assert list(self.titles(channel.document(replace(FEED, items=())))) == []
