"""Slack, Teams and Discord: each by the incoming webhook that an operator made there."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from http import HTTPStatus
from math import isfinite
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from channels.base import Address, Host, Message, Outcome, Parcel, Reason, Refused, Result, Traits
from channels.exchange import Failure, Reply
from channels.posting import Post, parse_url, post_all
from channels.replies import LONGEST_WAIT, outcome
from channels.short import Short, shorten

WRONG_HOOK = frozenset({"no_service", "invalid_token", "channel_is_archived", "channel_not_found"})
UNKNOWN_WEBHOOK, INVALID_TOKEN = 10015, 50027  # Discord's own numbers: deleted; its secret is wrong


class ChatConfig(BaseModel):
    """Where hooks may live; the default is the vendor's own."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    hosts: str = Field(default="", description="Hosts of hooks, apart by commas; `.x.y`: below it.")


class Chat:
    """What the three have in common: a hook for an address, one POST for a message."""

    Config: ClassVar[type[BaseModel]] = ChatConfig
    # Nobody there recognises a message that comes twice.
    traits = Traits(bulk=False, repeatable=False, batch=16, per_lane=2)
    proves_by_code: ClassVar[bool] = True
    hosts: ClassVar[tuple[str, ...]]
    most: ClassVar[int]  # characters of a text

    def __init__(self, config: ChatConfig, host: Host) -> None:
        self._host = host
        given = tuple(each.strip().lower() for each in config.hosts.split(",") if each.strip())
        self._allowed = given or self.hosts

    def parse_address(self, raw: str) -> Address:
        address = parse_url(self._host.http, raw)
        if not any(_is_below(address.lane, each) for each in self._allowed):
            detail = f"this is no hook of {' or '.join(self._allowed)}"
            raise Refused("address", "host", detail)
        return address

    def render(self, message: Message, locale: str, zone: str) -> bytes:
        """Return the JSON that the vendor takes."""
        short = shorten(message, locale, zone, self._host, self.most)
        text = json.dumps(self.content(short), ensure_ascii=False, separators=(",", ":"))
        return text.encode("utf-8", "replace")

    def send(self, parcels: Sequence[Parcel], deadline: float) -> Iterator[Outcome]:
        return post_all(
            self._host.http, parcels, self.post, deadline, self.traits.per_lane, self.reading
        )

    def close(self) -> None:
        """There is nothing to let go: the door belongs to the host."""

    def content(self, short: Short) -> Mapping[str, Any]:
        """Return *short* in the vendor's words."""
        raise LookupError("each vendor has its own")

    def post(self, parcel: Parcel) -> Post:
        """Return the request for *parcel*."""
        if not isinstance(parcel.rendition, bytes):
            raise TypeError("a rendition of another channel")
        return Post(parcel.address.value, parcel.rendition)

    def reading(self, parcel: Parcel, came: Reply | Failure) -> Outcome:
        """Return what *came* means; a hook that is not there any more is gone."""
        found = outcome(parcel, came)
        if isinstance(came, Reply) and self.is_gone(came):
            return replace(found, result=Result.PERMANENT, reason=Reason.GONE)
        return found

    def is_gone(self, reply: Reply) -> bool:
        """Tell whether *reply* says that the hook will never work again."""
        return reply.status in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)


class SlackChannel(Chat):
    """Slack's incoming webhooks."""

    hosts = ("hooks.slack.com", "hooks.slack-gov.com")
    most = 2500

    def content(self, short: Short) -> Mapping[str, Any]:
        # What they read as markup is three characters (Slack, "Escaping text").
        title, body, touched = (_escaped(each) for each in (short.title, short.body, short.touched))
        head = f"*{_escaped(short.headline)}*" if short.headline else ""
        link = f"<{short.url.replace('|', '%7C').replace('>', '%3E')}>" if short.url else ""
        shown = "\n".join(filter(None, (head, f"*{title}*", touched, body, link)))
        return {
            "text": _escaped(short.text(self.most)),
            "mrkdwn": False,
            "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": shown[:3000]}}],
        }

    def is_gone(self, reply: Reply) -> bool:
        said = reply.body.decode("utf-8", "replace").strip()
        return reply.status == HTTPStatus.GONE or said in WRONG_HOOK


class TeamsChannel(Chat):
    """Teams' Workflows: an adaptive card; 202 says that it was accepted, not that it was shown."""

    hosts = (".logic.azure.com", ".powerplatform.com", ".powerautomate.com")
    most = 5000

    def content(self, short: Short) -> Mapping[str, Any]:
        blocks = [
            {"type": "TextBlock", "text": _plain(short.headline), "isSubtle": True, "wrap": True},
            {"type": "TextBlock", "text": _plain(short.title), "weight": "Bolder", "size": "Large",
             "wrap": True},
            {"type": "TextBlock", "text": _plain(short.touched), "wrap": True},
            {"type": "TextBlock", "text": _plain(short.body), "wrap": True},
        ]  # fmt: skip
        card = {
            "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
            "type": "AdaptiveCard",
            "version": "1.4",
            "body": [block for block in blocks if block["text"]],
        }
        if short.url:
            card["actions"] = [
                {"type": "Action.OpenUrl", "title": short.source or "Status", "url": short.url}
            ]
        kind = "application/vnd.microsoft.card.adaptive"
        return {"type": "message", "attachments": [{"contentType": kind, "content": card}]}


class DiscordChannel(Chat):
    """Discord's webhooks; nobody is pinged, whatever the text says."""

    hosts = ("discord.com", "discordapp.com", "ptb.discord.com", "canary.discord.com")
    most = 1900

    def content(self, short: Short) -> Mapping[str, Any]:
        text = short.text(self.most)
        return {"content": text, "allowed_mentions": {"parse": []}, "flags": 4}

    def reading(self, parcel: Parcel, came: Reply | Failure) -> Outcome:
        found = super().reading(parcel, came)
        if isinstance(came, Reply) and came.status == HTTPStatus.TOO_MANY_REQUESTS:
            # Their header has fractions, the standard one whole seconds rounded up; where
            # both are missing, the body may say it.
            wait = _seconds(came.headers.get("x-ratelimit-reset-after", "")) or found.retry_after
            wait = wait or _seconds(_said(came).get("retry_after", ""))
            return replace(found, retry_after=wait, reason=Reason.THROTTLED)
        return found

    def is_gone(self, reply: Reply) -> bool:
        match reply.status:
            case HTTPStatus.NOT_FOUND:
                return _code(reply) in (0, UNKNOWN_WEBHOOK)
            case HTTPStatus.UNAUTHORIZED:
                return _code(reply) == INVALID_TOKEN
        return reply.status == HTTPStatus.GONE


def _is_below(host: str, allowed: str) -> bool:
    return host == allowed or (allowed.startswith(".") and host.endswith(allowed))


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _plain(text: str) -> str:
    # Adaptive cards read a little Markdown: a link could be given another name.
    return text.replace("[", "\uff3b").replace("]", "\uff3d")


def _seconds(raw: object) -> float | None:
    try:
        wait = float(str(raw))
    except ValueError:
        return None
    return min(max(0.0, wait), LONGEST_WAIT) if isfinite(wait) else None


def _code(reply: Reply) -> int:
    code = _said(reply).get("code", 0)
    return code if isinstance(code, int) else -1


def _said(reply: Reply) -> Mapping[str, Any]:
    try:
        said = json.loads(reply.body)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}
