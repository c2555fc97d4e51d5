"""What an address is made of: slugs first, and nothing of a page's name on a host of its own."""

from flask import Flask, has_request_context, request
from werkzeug.routing import BaseConverter

#: Where a request for a page's own host keeps the slug of that page.
OWN_HOST = "tocsin.own_host"


class SlugConverter(BaseConverter):
    """The name of something in an address; what looks otherwise is another address."""

    regex = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"


def address(path: str) -> str:
    """Return *path* as the host of this request knows it: its own page's name drops out."""
    slug = own_host()
    if slug and f"{path}/".startswith(f"/{slug}/"):
        return path.removeprefix(f"/{slug}") or "/"
    return path


def own_host() -> str:
    """Return the slug of the page whose own host was asked; "" elsewhere."""
    return str(request.environ.get(OWN_HOST, "")) if has_request_context() else ""


def install(app: Flask) -> None:
    """Let routes of *app* say `<slug:page>`, and templates `address(path)`."""
    app.url_map.converters["slug"] = SlugConverter
    app.jinja_env.globals.update(address=address)
