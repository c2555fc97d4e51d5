"""channels.chat: what each vendor's own words mean; the suites play the rest."""

import json
from typing import Any

import pytest

from channels.base import Address, Outcome, Parcel, Reason, Result
from channels.chat import ChatConfig, DiscordChannel, TeamsChannel
from channels.exchange import Reply
from channels.outbound import Door
from channels.replies import LONGEST_WAIT
from tests.channels.samples import a_host

PARCEL = Parcel("a", 1, Address("a", "a", "a", "lane"), b"{}")


def read(
    kind: type[DiscordChannel | TeamsChannel], door: Door, status: int, body: Any, **headers: str
) -> Outcome:
    """What a vendor's answer comes to."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    channel = kind(ChatConfig(), a_host(door))
    return channel.reading(PARCEL, Reply(status, named, json.dumps(body).encode(), "", 0.0))


@pytest.mark.parametrize(
    ("status", "body"),
    [(404, {"code": 10015}), (404, {}), (410, {}), (401, {"code": 50027})],
)
def test_a_hook_that_discord_will_never_know_again_is_gone(door, status, body):
    found = read(DiscordChannel, door, status, body)
    assert (found.result, found.reason) == (Result.PERMANENT, Reason.GONE)


@pytest.mark.parametrize(
    ("status", "body"),
    [(404, {"code": 10003}), (404, {"code": "?"}), (401, {}), (401, [1]), (403, {}), (500, "x")],
)
def test_what_may_pass_is_tried_again(door, status, body):
    assert read(DiscordChannel, door, status, body).result is Result.TRANSIENT


@pytest.mark.parametrize(
    ("headers", "body", "wait"),
    [
        ({"x_ratelimit_reset_after": "1.5", "retry_after": "2"}, {"retry_after": 9}, 1.5),
        ({"retry_after": "2"}, {"retry_after": 9}, 2.0),
        ({}, {"retry_after": 0.75, "global": True}, 0.75),
        ({"x_ratelimit_reset_after": "inf"}, {"retry_after": 1e9}, LONGEST_WAIT),
        ({"x_ratelimit_reset_after": "soon"}, "<html>", None),
    ],
)
def test_discord_says_how_long_to_wait_in_three_places(door, headers, body, wait):
    found = read(DiscordChannel, door, 429, body, **headers)
    assert (found.reason, found.retry_after) == (Reason.THROTTLED, wait)


def test_teams_says_how_long_to_wait_in_one_and_forgets_workflows_for_good(door):
    found = read(TeamsChannel, door, 429, {}, retry_after="17")
    assert (found.result, found.reason) == (Result.TRANSIENT, Reason.THROTTLED)
    assert found.retry_after == 17.0
    gone = read(TeamsChannel, door, 404, {"error": {"code": "WorkflowNotFound"}})
    assert (gone.result, gone.reason) == (Result.PERMANENT, Reason.GONE)
