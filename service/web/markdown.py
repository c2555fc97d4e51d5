"""Markdown that people write → HTML that is safe to show: the one place where it happens."""

from collections.abc import Sequence
from functools import cache, lru_cache

import nh3
from flask import Flask
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

_TAGS = {
    "a", "blockquote", "br", "code", "em", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "s",
    "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
_SCHEMES = {"http", "https", "mailto", "tel"}
_HIGHEST = 4  # a body stands below the page's, the section's and the event's own headings


@lru_cache(maxsize=4096)  # a page shows the same words again and again
def to_html(text: str) -> Markup:
    """Return Markdown as sanitised HTML: none of the author's own, no images, no relative links."""
    parser = _parser()
    environment: dict[str, object] = {}
    tokens = parser.parse(text, environment)
    _lower_headings(tokens)
    html = parser.renderer.render(tokens, parser.options, environment)
    safe = nh3.clean(
        html,
        tags=_TAGS,
        attributes={"a": {"href", "title"}, "ol": {"start"}},
        url_schemes=_SCHEMES,
        link_rel="noopener noreferrer nofollow",
    )
    return Markup(safe)  # noqa: S704 - the allow-list has just been applied


def install(app: Flask) -> None:
    """Give the templates of *app* the filter `markdown`."""
    app.jinja_env.filters["markdown"] = to_html


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "breaks": True})
    parser.enable(["table", "strikethrough"]).disable(["image", "html_block", "html_inline"])
    parser.validateLink = _leads_out  # type: ignore[method-assign]
    return parser


def _leads_out(url: str) -> bool:
    # The same text goes out by mail and in feeds, where a relative link leads nowhere.
    return url.partition(":")[0].lower() in _SCHEMES and ":" in url


def _lower_headings(tokens: Sequence[Token]) -> None:
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1]) + _HIGHEST - 1)}"
