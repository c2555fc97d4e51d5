"""What an address is made of: slugs first, and nothing of a page's name on a host of its own."""

from flask import Flask, has_request_context, request
from werkzeug.routing import BaseConverter, IntegerConverter, Map

#: Where a request for a page's own host keeps the slug of that page.
OWN_HOST = "tocsin.own_host"
LAST_ROW = 2**63 - 1  # the highest number a row can have


class SlugConverter(BaseConverter):
    """The name of something in an address; what looks otherwise is another address."""

    regex = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"


class NumberConverter(IntegerConverter):
    """The number of a row; one that no database holds is another address."""

    def __init__(self, addresses: Map, fixed_digits: int = 0) -> None:
        super().__init__(addresses, fixed_digits, max=LAST_ROW)


def address(path: str) -> str:
    """Return *path* as the host of this request knows it: its own page's name drops out."""
    slug = own_host()
    if slug and f"{path}/".startswith(f"/{slug}/"):
        return path.removeprefix(f"/{slug}") or "/"
    return path


def row_named(name: str, default: int = 0) -> int:
    """Return the row that the query's parameter *name* names; *default* where that is no number.

    What no database holds becomes the nearest that one does: a list then begins or ends there.
    """
    return min(max(0, request.args.get(name, default, type=int)), LAST_ROW)


def own_host() -> str:
    """Return the slug of the page whose own host was asked; "" elsewhere."""
    return str(request.environ.get(OWN_HOST, "")) if has_request_context() else ""


def install(app: Flask) -> None:
    """Let routes of *app* say `<slug:page>` and `<int:row>`, and templates `address(path)`."""
    app.url_map.converters["slug"] = SlugConverter
    app.url_map.converters["int"] = NumberConverter
    app.jinja_env.globals.update(address=address)
