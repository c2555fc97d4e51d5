"""The conformance suites of chats and text messages."""

import json
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import pytest

from channels.base import PushChannel, Refused, Result
from channels.chat import DiscordChannel, SlackChannel, TeamsChannel
from channels.conformance import EXPECTED, Manner, PushConformance, Seen, Verdict, verdict
from channels.guard import Guard
from channels.peer import ANSWERS, RETRY_AFTER, Answer, Peer
from channels.sms import LONGEST, SmsChannel
from channels.specimens import EXTREMES

__all__ = ["TestDiscord", "TestSlack", "TestSms", "TestTeams"]

ON_LOOPBACK = {"hosts": "127.0.0.1"}


class _Hooks(PushConformance):
    """What the chats' suites share."""

    refused_addresses = (
        *PushConformance.refused_addresses,
        "https://example.org/hooks/1",
        "http://127.0.0.1.example.org/",
    )

    def settings(self, base: str) -> Mapping[str, Any]:
        return ON_LOOPBACK

    def address(self, base: str, manner: Manner) -> str:
        return f"{base}/services/T0/B0/manner-{manner}"


class TestSlack(_Hooks):
    """Slack, which says what is wrong in one word."""

    kind = SlackChannel
    largest = 40_000
    answers: ClassVar[Mapping[Manner, Answer]] = {
        **ANSWERS,
        Manner.GONE: Answer(404, b"no_service"),
    }

    def test_nobody_is_pinged_and_no_link_is_renamed(self, channel: PushChannel) -> None:
        hostile = _hostile(channel)
        assert "<!channel>" not in hostile
        assert "&lt;!channel&gt;" in hostile


class TestTeams(_Hooks):
    """Teams, which answers 202 before anything is shown."""

    kind = TeamsChannel
    largest = 28_000
    answers: ClassVar[Mapping[Manner, Answer]] = {
        **ANSWERS,
        Manner.OK: Answer(202),
        Manner.GONE: Answer(404, b'{"error":{"code":"WorkflowNotFound"}}'),
    }


class TestDiscord(_Hooks):
    """Discord, whose headers say how long to wait."""

    kind = DiscordChannel
    largest = 12_000
    answers: ClassVar[Mapping[Manner, Answer]] = {
        **ANSWERS,
        Manner.OK: Answer(204),
        Manner.THROTTLE: Answer(
            429,
            b'{"message": "You are being rate limited.", "retry_after": 7.25}',
            {"retry-after": "8", "x-ratelimit-reset-after": f"{RETRY_AFTER}.25"},
        ),
        Manner.GONE: Answer(404, b'{"message": "Unknown Webhook", "code": 10015}'),
    }

    def test_nobody_is_pinged(self, channel: PushChannel) -> None:
        assert '"allowed_mentions":{"parse":[]}' in _hostile(channel)


class TestSms(PushConformance):
    """A gateway that takes JSON; each number says how it behaves."""

    kind = SmsChannel
    refused_addresses = ("", "12", "0612345678", "+33 6 12", "+0123456789", "nonsense")
    largest = LONGEST
    secrets: ClassVar[tuple[str, ...]] = ("a-gateway-token",)
    expected: ClassVar[Mapping[Manner, Verdict]] = {
        **EXPECTED,
        Manner.ERROR: verdict(Result.UNKNOWN),  # it may have left: never twice
    }

    def settings(self, base: str) -> Mapping[str, Any]:
        return {"url": f"{base}/send", "token": self.secrets[0], "sender": "Tocsin"}

    def address(self, base: str, manner: Manner) -> str:
        return f"+3361234560{list(Manner).index(manner)}"

    @pytest.fixture(autouse=True)
    def _numbers(self, peer: Peer) -> None:
        def manner_of(seen: Seen) -> Manner:
            return list(Manner)[int(json.loads(seen.body)["to"][-1])]

        peer.manner_of = manner_of  # type: ignore[method-assign]

    def test_all_traffic_passes_the_guard(
        self, built: Callable[..., PushChannel], channel: PushChannel, peer: Peer
    ) -> None:
        """A gateway inside is refused when the channel is configured."""
        with pytest.raises(Refused):
            built(guard=Guard())
        assert peer.seen == ()

    def size(self, rendition: Any) -> int:
        return len(rendition)


def _hostile(channel: PushChannel) -> str:
    return b"".join(channel.render(each, "en", "UTC") for each in EXTREMES).decode()
