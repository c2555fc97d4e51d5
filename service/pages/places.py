"""How the outside reaches a page: below the service's own address, or on a host of its own."""

from urllib.parse import urlsplit

from service.config import Settings
from service.pages.models import Page


def address_of(settings: Settings, page: Page, rest: str = "/") -> str:
    """Return the address of *rest*, which begins with a slash, on *page*."""
    if page.host:
        return f"{urlsplit(settings.public_url).scheme}://{page.host}{rest}"
    return f"{settings.public_url}/{page.slug}{rest}"
