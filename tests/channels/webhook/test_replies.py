"""channels.replies"""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from channels.base import Reason, Result, Scope
from channels.exchange import Failure, Kind, Phase
from channels.replies import outcome, retry_after
from channels.webhook import WebhookChannel
from tests.channels.endpoints import Endpoint
from tests.channels.webhook.parcels import parcel, sent

ADDRESS, LANE = Scope.ADDRESS, Scope.LANE


class TestAnswer:
    @pytest.mark.parametrize(
        ("path", "told"),
        [
            ("status/204", (Result.SENT, Reason.ACCEPTED, "204")),
            ("huge", (Result.SENT, Reason.ACCEPTED, "200")),
            ("status/410", (Result.PERMANENT, Reason.GONE, "410")),
            ("status/404", (Result.TRANSIENT, Reason.REFUSED, "404")),
            ("status/401", (Result.TRANSIENT, Reason.REFUSED, "401")),
            ("status/413", (Result.TRANSIENT, Reason.TOO_LARGE, "413")),
            ("status/429", (Result.TRANSIENT, Reason.THROTTLED, "429")),
            ("status/499", (Result.TRANSIENT, Reason.REFUSED, "499")),
            ("status/500", (Result.TRANSIENT, Reason.REFUSED, "500")),
            ("status/503", (Result.TRANSIENT, Reason.REFUSED, "503")),
            ("status/504", (Result.TRANSIENT, Reason.TIMEOUT, "504")),
            ("status/777", (Result.TRANSIENT, Reason.PROTOCOL, "777")),
            ("redirect", (Result.TRANSIENT, Reason.PROTOCOL, "302")),
            ("garbage", (Result.TRANSIENT, Reason.PROTOCOL, "protocol")),
            ("reset", (Result.UNKNOWN, Reason.INTERRUPTED, "reset")),
        ],
    )
    def test_an_answer_is_classified(
        self, channel: WebhookChannel, endpoint: Endpoint, path: str, told: tuple[str, ...]
    ):
        found = sent(channel, endpoint, path)
        assert (found.result, found.reason, found.code) == told
        assert found.scope is Scope.ADDRESS

    def test_a_strangers_words_are_cleaned(self, channel: WebhookChannel, endpoint: Endpoint):
        assert sent(channel, endpoint, "status/500").detail == "because of reasons"
        assert len(sent(channel, endpoint, "redirect").detail) < 500

    @pytest.mark.parametrize(
        ("path", "wait"),
        [
            ("status/429/60", 60),
            ("status/503/60", 60),
            ("status/503/999999999", 86_400),
            ("status/429/soon", None),
            ("status/500/60", None),
        ],
    )
    def test_a_wish_to_wait_is_told_within_bounds(
        self, channel: WebhookChannel, endpoint: Endpoint, path: str, wait: float | None
    ):
        told = sent(channel, endpoint, path)
        assert (told.result, told.retry_after) == (Result.TRANSIENT, wait)
        assert (wait is None) or told.reason is Reason.THROTTLED


class TestSilence:
    @pytest.mark.parametrize(
        ("kind", "phase", "means"),
        [
            (Kind.DNS, Phase.BEFORE_REQUEST, (Result.TRANSIENT, LANE, Reason.BAD_DOMAIN)),
            (Kind.TLS, Phase.BEFORE_REQUEST, (Result.TRANSIENT, LANE, Reason.TLS)),
            (Kind.TIMEOUT, Phase.BEFORE_REQUEST, (Result.TRANSIENT, LANE, Reason.TIMEOUT)),
            (Kind.TIMEOUT, Phase.AFTER_REQUEST, (Result.UNKNOWN, ADDRESS, Reason.TIMEOUT)),
            (Kind.TIMEOUT, Phase.NOT_BEGUN, (Result.NOT_TRIED, ADDRESS, Reason.TIMEOUT)),
            (Kind.TLS, Phase.AFTER_REQUEST, (Result.UNKNOWN, ADDRESS, Reason.TLS)),
        ],
    )
    def test_what_is_proven_unsent_differs_from_what_may_have_arrived(
        self, channel: WebhookChannel, kind: Kind, phase: Phase, means: tuple[str, ...]
    ):
        told = outcome(parcel(channel, "https://example.org/"), Failure(kind, "why", phase))
        assert (told.result, told.scope, told.reason) == means
        assert (told.code, told.detail) == (kind, "why")

    @pytest.mark.parametrize("kind", list(Kind))
    def test_every_kind_has_a_reason(self, channel: WebhookChannel, kind: Kind):
        failure = Failure(kind, "", Phase.BEFORE_REQUEST)
        assert outcome(parcel(channel, "https://example.org/"), failure).reason in Reason


class TestRetryAfter:
    @pytest.mark.parametrize(
        ("raw", "seconds"),
        [("0", 0), (" 120 ", 120), ("9" * 400, 86_400), ("-5", None), ("1.5", None), ("", None)],
    )
    def test_seconds(self, raw: str, seconds: float | None):
        assert retry_after(raw) == seconds

    def test_dates(self):
        later = datetime.now(UTC) + timedelta(seconds=600)
        wait = retry_after(format_datetime(later, usegmt=True))
        assert wait is not None
        assert 500 < wait <= 600
        assert retry_after("Mon, 01 Jan 2024 00:00:00 GMT") == 0
        assert retry_after("Mon, 01 Jan 2924 00:00:00 GMT") == 86_400
