"""Fresh links of double opt-in change nothing when they are followed, twice.

Every other kind of mail, and every page: `tests/crawl`.
"""

from datetime import timedelta
from urllib.parse import urlsplit

from service.access import links
from service.access.models import Purpose
from tests.crawl.crawler import Crawler


def letters(town):
    """Every address in every letter, with the tokens that it left with."""
    for letter in town.mails():
        for each in letter.links:
            with town.rt.read() as session:
                url = links.filled(session, each.url, letter.subject, 1, town.rt.clock())
            parts = urlsplit(url)
            yield f"{parts.path}?{parts.query}" if parts.query else parts.path


def test_following_every_link_twice_changes_nothing(
    subscribed, app, client, program, everything, rt, clock
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
    first = Crawler(app, client).follow(starts)
    assert everything() == before
    clock.advance(timedelta(hours=3))
    assert Crawler(app, client).follow(starts) >= {path for path in first if path.startswith("/c/")}
    assert everything() == before
    kinds = {path.split("/")[1] for path in first}
    assert {"a", "c", "p", "u", "mail"} <= kinds
