"""Statuspage's history feeds: one entry an incident or maintenance, with all that was said."""

from collections.abc import Sequence

from markupsafe import Markup

from channels.base import Feed, Item
from service.status.feeds import EPOCH
from service.status.stories import Story
from service.status.v2 import Board
from service.web.dates import moment
from service.web.i18n import localised, translate
from service.web.markdown import to_html

MOST = 50


def compose(board: Board, told: Sequence[Story], host: str, self_url: str) -> Feed:
    """Return the feed of what was *told*, newest first; with nothing told, it says so."""
    newest = sorted(told, key=lambda story: story.begins, reverse=True)[:MOST]
    name = localised(board.page.name, board.language)
    title = translate(board.language, "status.feed.history.title", page=name)
    prefix = f"tag:{host},{EPOCH}"
    items = tuple(_item(board, story, prefix) for story in newest)
    return Feed(
        id=f"{prefix}:history/{board.page.public_id}",
        title=title,
        description=title,
        language=board.language,
        url=f"{board.url}/",
        self_url=self_url,
        updated_at=board.updated_at,
        items=items or (_nothing(board, prefix),),
    )


def _item(board: Board, story: Story, prefix: str) -> Item:
    return Item(
        id=f"{prefix}:Incident/{story.event.public_id}",
        title=localised(story.event.title, board.language),
        html=str(Markup("").join(_paragraphs(board, story))),
        url=board.permalink(story.event.public_id),
        published_at=story.entries[-1].at,
    )


def _paragraphs(board: Board, story: Story) -> list[Markup]:
    zone, language = board.page.timezone, board.language
    return [
        Markup("<p><small>{}</small><br><strong>{}</strong></p>{}").format(
            moment(entry.at, zone, "long", language),
            translate(language, f"stage.{entry.update.stage}"),
            to_html(localised(entry.update.body, language)),
        )
        for entry in story.entries
    ]


def _nothing(board: Board, prefix: str) -> Item:
    return Item(
        id=f"{prefix}:history/{board.page.public_id}/nothing",
        title=translate(board.language, "status.feed.all.nothing"),
        html=str(Markup("<p>{}</p>").format(translate(board.language, "status.feed.standing"))),
        url=f"{board.url}/",
        published_at=board.page.created_at,
    )
