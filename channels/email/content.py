"""The HTML part: one column that reads well in light and dark clients, and without styles."""

from collections.abc import Sequence
from functools import lru_cache
from html import escape

import css_inline
import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

from channels.email.facts import SHAPES, Facts, Tone

FOOTER = "%FOOTER%"

_COLOURS = {
    Tone.GOOD: "#1a7f37",
    Tone.NEUTRAL: "#4b5563",
    Tone.WORK: "#1d5fbf",
    Tone.MINOR: "#b45309",
    Tone.MAJOR: "#c2262e",
    Tone.DOWN: "#111827",
}
_ON_DARK = {
    Tone.GOOD: "#4ade80",
    Tone.NEUTRAL: "#e5e7eb",
    Tone.WORK: "#93c5fd",
    Tone.MINOR: "#fbbf24",
    Tone.MAJOR: "#f87171",
    Tone.DOWN: "#ffffff",
}

_STYLE = (
    """
body { margin: 0; padding: 0; background: #f3f4f6; color: #1f2937;
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, Helvetica, Arial, sans-serif; }
.sheet { max-width: 600px; margin: 0 auto; padding: 16px; }
.card { background: #ffffff; border: 1px solid #e5e7eb; border-radius: 8px; padding: 20px 24px; }
.band { border-radius: 6px; padding: 10px 14px; color: #ffffff; font-weight: 600; }
.test { border: 2px dashed #b45309; padding: 8px 12px; font-weight: 600; }
h1 { font-size: 22px; line-height: 1.3; margin: 18px 0 12px; }
table.facts { border-collapse: collapse; margin: 0 0 12px; font-size: 15px; }
table.facts th, table.facts td { text-align: left; vertical-align: top; padding: 3px 12px 3px 0; }
table.facts th { font-weight: 600; }
.name { font-weight: 600; }
.mark { white-space: nowrap; }
.impact { color: #4b5563; font-size: 14px; }
.body a { color: #1d5fbf; }
.body pre { white-space: pre-wrap; background: #f3f4f6; padding: 10px 12px; border-radius: 6px; }
.body code { font: 14px/1.5 ui-monospace, Menlo, Consolas, monospace; }
.body table { border-collapse: collapse; }
.body th, .body td { border: 1px solid #d1d5db; padding: 4px 8px; }
.body blockquote { margin: 0 0 0 4px; padding-left: 12px; border-left: 3px solid #d1d5db; }
a.button { display: inline-block; margin: 8px 8px 0 0; padding: 10px 18px; border-radius: 6px;
  background: #1d5fbf; color: #ffffff; font-weight: 600; text-decoration: none; }
a.second { background: #ffffff; color: #1d5fbf; padding: 9px 17px; border: 1px solid #1d5fbf; }
.preheader { display: none; max-height: 0; overflow: hidden; mso-hide: all; }
@media (prefers-color-scheme: dark) {
  body { background: #111827 !important; color: #e5e7eb !important; }
  .card { background: #1f2937 !important; border-color: #374151 !important;
    color: #e5e7eb !important; }
  .body a, .footer a { color: #93c5fd !important; }
  .footer { color: #9ca3af !important; }
  .impact { color: #9ca3af !important; }
  .body pre { background: #111827 !important; }
  .body blockquote, .body th, .body td { border-color: #4b5563 !important; }
  .second { background: transparent !important; color: #93c5fd !important;
    border-color: #93c5fd !important; }
  .tone-down { background: #000000 !important; }
"""
    + "".join(
        f"  .mark-{tone} {{ color: {colour} !important; }}\n" for tone, colour in _ON_DARK.items()
    )
    + "}\n"
    + "".join(f".tone-{tone} {{ background: {colour}; }}\n" for tone, colour in _COLOURS.items())
    + "".join(f".mark-{tone} {{ color: {colour}; }}\n" for tone, colour in _COLOURS.items())
)

_INLINER = css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)
_BLOCKS = {"blockquote", "br", "hr", "li", "ol", "p", "pre", "ul"}
_HEADINGS = {"h2", "h3", "h4", "h5", "h6"}
_TABLES = {"table", "tbody", "td", "th", "thead", "tr"}
_TAGS = {"a", "code", "del", "em", "s", "strong"} | _BLOCKS | _HEADINGS | _TABLES
_SCHEMES = {"http", "https", "mailto", "tel"}


def _markdown() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    markdown.add_render_rule("image", _image)
    markdown.add_render_rule("heading_open", _heading)
    markdown.add_render_rule("heading_close", _heading)
    return markdown


def _image(_renderer: object, tokens: Sequence[Token], index: int, *_: object) -> str:
    # A picture would tell its host who reads the mail, and when: only its words are kept.
    return escape(tokens[index].content)


def _heading(_renderer: object, tokens: Sequence[Token], index: int, *_: object) -> str:
    level = min(6, int(tokens[index].tag[1]) + 1)  # the title of the mail is the only h1
    return f"<h{level}>" if tokens[index].nesting == 1 else f"</h{level}>\n"


_MARKDOWN = _markdown()


@lru_cache(maxsize=32)
def markdown_as_html(markdown: str) -> str:
    """Return *markdown* as HTML that holds nothing active and loads nothing.

    The same words go to every time zone.
    """
    return nh3.clean(
        _MARKDOWN.render(markdown),
        tags=_TAGS,
        attributes={"a": {"href"}, "ol": {"start"}},
        url_schemes=_SCHEMES,
    )


def as_html(facts: Facts, preheader: str) -> str:
    """Return the document of a mail, with `FOOTER` once behind all that people wrote."""
    return _INLINER.inline(
        f"""<!DOCTYPE html>
<html lang="{escape(facts.language)}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>{escape(facts.title)}</title><style>{_STYLE}</style></head><body>
<div class="preheader">{escape(preheader)}</div>
<div class="sheet"><div class="card">
{_head(facts)}
<div class="body">{markdown_as_html(facts.body)}</div>
{_buttons(facts)}
</div>
{FOOTER}
</div></body></html>
"""
    )


def _head(facts: Facts) -> str:
    source = f" — {escape(facts.source)}" if facts.source else ""
    test = f'<p class="test">{escape(facts.words.test)}</p>' if facts.test else ""
    return (
        f'<div class="band tone-{facts.tone}">{SHAPES[facts.tone]} {escape(facts.headline)}'
        f"{source}</div>{test}<h1>{escape(facts.title)}</h1>{_moments(facts)}{_affected(facts)}"
    )


def _moments(facts: Facts) -> str:
    rows = "".join(
        f"<tr><th>{escape(label)}</th><td>{escape(day)}</td></tr>\n" for label, day in facts.moments
    )
    return f'<table class="facts" role="presentation">\n{rows}</table>' if rows else ""


def _affected(facts: Facts) -> str:
    rows = "".join(
        f'<tr><td class="mark mark-{touched.tone}">{SHAPES[touched.tone]}</td>'
        f'<td><span class="name">{escape(touched.name)}</span> — {escape(touched.state)}'
        f"{_impact(touched.impact)}</td></tr>"
        for touched in facts.affected
    )
    heading = f'<tr><th colspan="2">{escape(facts.words.affected)}</th></tr>'
    return f'<table class="facts">{heading}{rows}</table>' if rows else ""


def _impact(words: str) -> str:
    return f'<br><span class="impact">{escape(words)}</span>' if words else ""


def _buttons(facts: Facts) -> str:
    """The first is what is asked for; the others stand back."""
    buttons = "".join(
        f'<a class="button{" second" if place else ""}" href="{escape(url)}">{escape(label)}</a> '
        for place, (label, url) in enumerate(facts.links)
    )
    return f"<p>{buttons}</p>" if buttons else ""
