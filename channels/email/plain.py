"""The text part: Markdown read as a person would write it in plain text."""

from collections.abc import Callable
from functools import lru_cache

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode

from channels.email.facts import SHAPES, Facts

_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")


def as_text(facts: Facts) -> str:
    """Return the text of a mail, without its footer; lines end with LF."""
    colon = facts.words.colon
    blocks = [f"{SHAPES[facts.tone]} {' — '.join(filter(None, (facts.headline, facts.source)))}"]
    if facts.test:
        blocks.append(f"*** {facts.words.test} ***")
    blocks.append(facts.title)
    blocks.append("\n".join(f"{label}{colon}{day}" for label, day in facts.moments))
    blocks.append(_affected(facts))
    blocks.append(markdown_as_text(facts.body))
    blocks.append("\n".join(f"{label}{colon.rstrip()}\n{url}" for label, url in facts.links))
    return "\n\n".join(block for block in blocks if block) + "\n"


@lru_cache(maxsize=32)
def markdown_as_text(markdown: str) -> str:
    """Return *markdown* as plain text; the same words go to every time zone."""
    tokens: list[Token] = _MARKDOWN.parse(markdown)
    return _blocks(SyntaxTreeNode(tokens), "\n\n")


def _affected(facts: Facts) -> str:
    if not facts.affected:
        return ""
    colon = facts.words.colon
    lines = [f"{facts.words.affected}{colon.rstrip()}"]
    for touched in facts.affected:
        impact = f" — {touched.impact}" if touched.impact else ""
        lines.append(f"{SHAPES[touched.tone]} {touched.name}{colon}{touched.state}{impact}")
    return "\n".join(lines)


def _blocks(node: SyntaxTreeNode, gap: str) -> str:
    return gap.join(filter(None, (_block(child) for child in node.children)))


def _block(node: SyntaxTreeNode) -> str:
    return _SHAPES.get(node.type, _inline)(node)


def _list(node: SyntaxTreeNode) -> str:
    items = []
    first = int(node.attrs.get("start", 1))
    for number, item in enumerate(node.children, first):
        mark = f"{number}. " if node.type == "ordered_list" else "- "
        items.append(_indented(_blocks(item, "\n"), mark, " " * len(mark)))
    return "\n".join(items)


def _indented(text: str, first: str, others: str) -> str:
    return first + text.replace("\n", f"\n{others}")


def _quote(node: SyntaxTreeNode) -> str:
    return _indented(_blocks(node, "\n\n"), "> ", "> ")


def _code(node: SyntaxTreeNode) -> str:
    return _indented(node.content.rstrip("\n"), "    ", "    ")


def _row(node: SyntaxTreeNode) -> str:
    return " | ".join(_inline(cell) for cell in node.children)


def _rows(node: SyntaxTreeNode) -> str:
    return _blocks(node, "\n")


_SHAPES: dict[str, Callable[[SyntaxTreeNode], str]] = {
    "bullet_list": _list,
    "ordered_list": _list,
    "blockquote": _quote,
    "fence": _code,
    "code_block": _code,
    "hr": lambda _: "----",
    "table": _rows,
    "thead": _rows,
    "tbody": _rows,
    "tr": _row,
}


def _inline(node: SyntaxTreeNode) -> str:
    match node.type:
        case "text" | "code_inline" | "image":
            return node.content
        case "softbreak" | "hardbreak":
            return "\n"
        case "link":
            return _link(node)
        case _:
            return "".join(_inline(child) for child in node.children)


def _link(node: SyntaxTreeNode) -> str:
    label, url = "".join(_inline(child) for child in node.children), str(node.attrs["href"])
    return url if label in {url, url.removeprefix("mailto:")} else f"{label} ({url})"
