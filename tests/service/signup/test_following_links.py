"""A crawler that follows every link of every mail and page, twice, changes nothing.

Mail scanners open links, prefetch pages and come back hours later: no GET, and no HEAD, may act.
"""

import re
from datetime import timedelta
from html import unescape
from urllib.parse import urlsplit

from service.access import links
from service.access.models import Purpose

HREF = re.compile(r"""(?:href|src|action|formaction)=["']([^"'#]+)""")
OURS = re.compile(r"/(?:[acpu]/|p\b|mail/(?:en|fr)/subscribe)")  # the site has tests of its own
MOST = 400  # pages; there are fewer


def letters(town):
    """Every address in every letter, with the tokens that it left with."""
    for letter in town.mails():
        for each in letter.links:
            with town.rt.read() as session:
                url = links.filled(session, each.url, letter.subject, 1, town.rt.clock())
            parts = urlsplit(url)
            yield f"{parts.path}?{parts.query}" if parts.query else parts.path


def crawl(client, starts):
    """Follow everything that leads to us from *starts*, GET and HEAD; return what was seen."""
    seen: set[str] = set()
    waiting = list(starts)
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        assert len(seen) < MOST
        seen.add(path)
        client.head(path)
        page = client.get(path)
        assert page.status_code < 500, path
        if page.mimetype == "text/html":
            waiting += (unescape(found) for found in HREF.findall(page.text) if OURS.match(found))
        if "Location" in page.headers:
            waiting.append(urlsplit(page.headers["Location"]).path)
    return seen


def test_following_every_link_twice_changes_nothing(
    subscribed, client, program, everything, rt, clock
):
    """Letters of every kind: confirmations, invitations, links, tests, changes of address."""
    address_id = subscribed.address().id
    program("subscribers").post("/api/v1/invitations", json={"address": "bob@example.org"})
    client.post("/p", data={"address": "ada@example.org"})
    client.post(f"{subscribed.preferences(address_id)}/test")
    subscribed.work_all()
    with rt.read() as session:
        token = links.current(session, Purpose.MANAGE, f"address:{address_id}", clock())
    client.post(f"/p/{token}/address", data={"new_address": "new@example.net"})
    clock.advance(timedelta(minutes=16))
    subscribed.ask(client)  # again: a letter that says so
    subscribed.work_all()

    starts = [
        *letters(subscribed),
        f"/p/{token}",
        subscribed.preferences(address_id),
        subscribed.unsubscribe(subscribed.subscription().id),
        "/mail/en/subscribe",
        "/p",
    ]
    before = everything()
    first = crawl(client, starts)
    assert everything() == before
    clock.advance(timedelta(hours=3))
    assert crawl(client, starts) >= {path for path in first if path.startswith("/c/")}
    assert everything() == before
    kinds = {path.split("/")[1] for path in first}
    assert {"a", "c", "p", "u", "mail"} <= kinds
