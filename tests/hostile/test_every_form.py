"""Every form there is, found by walking the pages, given hostile text.

Those of the console, of the public pages, and behind the links in mails. What follows from it is
looked at too: mails whose headers would be split, cells of exports that would be formulas.
"""

import csv
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from html.parser import HTMLParser
from io import BytesIO
from urllib.parse import urljoin, urlsplit

import pytest
from werkzeug.exceptions import HTTPException

from service.access.models import Scope
from tests.crawl import happenings
from tests.crawl.conftest import far_side, postbox, rt, settings, world
from tests.crawl.world import OWNER, posted
from tests.factories import both
from tests.hostile.test_every_route import EXPIRED

__all__ = ["far_side", "postbox", "rt", "settings", "world"]
STARTS = ("/console", "/", "/mail/en", "/mail/en/subscribe", "/p", "/lists/travaux/en")
EACH = 2  # pages of one kind that are looked at
#: Where the forms behind the links of mails lead.
BEHIND_LINKS = {
    "acting.act", "confirm.answer", "unsubscribe.one_click", "own.erase", "own.send",
    "own.change_address", "own.add_lists", "own.add_way", "preferences.save", "preferences.go",
    "own_webhooks.decide",
}  # fmt: skip
#: What each field that takes text holds, in turn: alone, then all at once.
WORDS = (
    "\0", "x\r\nBcc: eve@example.org\r\n\r\n.", "\u202egnp.exe", "<script>alert(1)</script>",
    "=cmd|' /C calc'!A0", "\U0001f514\ufeff" + "x" * 70_000, b"\xed\xa0\x80",
)  # fmt: skip
FORMULAS = ("=", "+", "-", "@", "\t", "\r")  # what spreadsheets compute
ALONE = ("\0", "<script>alert(1)</script>")
TYPED = {"text", "search", "email", "url", "tel", "password", "number", "textarea", "date",
         "datetime-local", "time", "hidden"}  # fmt: skip


@pytest.fixture
def database_url(laundry):
    """PostgreSQL alone: it refuses what SQLite lets pass."""
    url = laundry.lend()
    yield url
    laundry.take_back(url)


@dataclass
class Form:
    """A form as a browser would send it."""

    page: str
    action: str
    method: str
    values: dict[str, str] = field(default_factory=dict)
    typed: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)


class Reader(HTMLParser):
    """What a page leads to, and its forms."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.page = page
        self.links: list[str] = []
        self.forms: list[Form] = []
        self.choosing = ""

    def handle_starttag(self, tag, attrs):
        given = {name: value or "" for name, value in attrs}
        if tag == "a":
            self.links.append(urljoin(self.page, given.get("href", "")))
        elif tag == "form":
            action = urljoin(self.page, given.get("action") or self.page)
            self.forms.append(Form(self.page, action, given.get("method", "get").upper()))
        elif self.forms and tag in ("input", "textarea", "select", "button", "option"):
            self.take(self.forms[-1], tag, given)

    def take(self, form, tag, given):
        name, kind = given.get("name", ""), given.get("type", "text") if tag == "input" else tag
        if kind == "select":
            self.choosing = name
        elif kind == "option":
            form.values.setdefault(self.choosing, given.get("value", ""))
        elif name == "csrf_token":
            pass  # of who walked; who sends has their own in a header
        elif name and kind == "file":
            form.files.append(name)
        elif name and kind in TYPED:
            form.typed.append(name)
            form.values[name] = given.get("value", "")
        elif name and ("checked" in given or kind == "button"):
            form.values.setdefault(name, given.get("value", "on"))


def read(client, path):
    answer = client.get(path)
    assert answer.status_code < 500, path
    reader = Reader(path)
    if answer.mimetype == "text/html":
        assert "<script>alert" not in answer.text, path
        reader.feed(answer.text)
    elif answer.mimetype == "text/csv":
        cells = [cell for row in csv.reader(answer.text.splitlines()) for cell in row]
        assert [each for each in cells if each.startswith(FORMULAS)] == [], path
    answer.close()
    return reader


def kind_of(app, url, method="GET"):
    """The endpoint that answers *url*, or "" where none of ours does."""
    try:
        return app.url_map.bind("localhost").match(urlsplit(url).path, method)[0]
    except HTTPException:
        return ""


def forms_of(app, client, starts):
    """Every kind of form that pages from *starts* on lead to."""
    looked: dict[str, int] = {}
    found: dict[tuple[str, ...], Form] = {}
    seen: set[str] = set()
    waiting = list(starts)
    while waiting:
        url = waiting.pop(0).partition("#")[0]
        kind = kind_of(app, url)
        enough = looked.get(kind, 0) >= EACH and url not in starts
        if url in seen or not kind or urlsplit(url).netloc or enough:
            continue
        seen.add(url)
        looked[kind] = looked.get(kind, 0) + 1
        reader = read(client, url)
        waiting += reader.links
        for form in reader.forms:
            key = (form.method, kind_of(app, form.action, form.method), *sorted(form.values))
            found.setdefault(key, form)
    return list(found.values()), seen


def fillings(form):
    """What is written into *form*, one after another."""
    names = form.typed
    for word in WORDS:
        yield form.values | dict.fromkeys(names, word)
    for name in names:
        for word in ALONE:
            yield form.values | {name: word}


def send(client, form, values):
    """Send *form* as it stands in a browser; half a character stays half a character."""
    if form.method == "GET":
        return client.get(form.action, query_string=values)
    files = {name: (BytesIO(b"\0=cmd|x\r\n\xff"), "x\r\nBcc: e.csv") for name in form.files}
    return client.post(form.action, data=values | files)


@pytest.fixture
def furnished(world, program, far_side):
    """Somebody who follows a page, is invited, moves; an endpoint put forward; an event held."""
    api = program(*Scope)
    happenings.subscribe(world)
    posted(api, "/invitations", {"address": "bob@example.org"})
    wish = {"url": far_side.url, "owner": OWNER, "follow": "everything", "format": "standard",
            "categories": ["incident"], "language": "en"}  # fmt: skip
    assert world.visitor().post("/mail/en/webhooks", data=wish).status_code == 303
    event = {"page": "mail", "category": "incident", "title": both("Down"), "body": both("It is.")}
    happenings.approve(world, api, posted(api, "/events", event)["publication"]["id"])
    posted(api, "/events", event)
    world.tick()
    return world


def test_hostile_text_in_any_field_of_any_form_is_refused_or_kept_as_text(furnished, app, staff):
    linked = sorted({link for each in furnished.letters() for link in each.links()})
    theirs, _ = forms_of(app, furnished.visitor(), linked)
    ours, _ = forms_of(app, staff("admin"), STARTS)
    wrong: list[tuple[str, str, str, int]] = []
    statuses: set[tuple[str, int]] = set()
    for form in (*theirs, *ours):
        client = staff("admin")  # some end every session
        for values in fillings(form):
            answer = send(client, form, values)
            statuses.add((form.method, answer.status_code // 100))
            shown = answer.text if answer.mimetype == "text/html" else ""
            expired, unsafe = EXPIRED in shown, "<script>alert" in shown
            split = any(name.lower() == "bcc" for name, _ in answer.headers)
            if answer.status_code >= 500 or unsafe or split or expired:
                wrong.append((form.page, form.action, str(values)[:200], answer.status_code))
            answer.close()
    assert wrong == []
    behind = {kind_of(app, form.action, form.method) for form in theirs}
    assert BEHIND_LINKS - behind == set()
    assert len(ours) > 40
    assert {("POST", 3), ("POST", 4)} <= statuses  # some was taken, some refused
    forms_of(app, staff("admin"), STARTS)  # nothing that was kept comes back as markup
    furnished.wait(timedelta(hours=1), steps=3)
    letters = furnished.letters()
    assert len(letters) > len(linked) / 4
    for letter in letters:
        assert set(Counter(name.lower() for name in letter.mail).values()) == {1}, letter.mail
        assert "Bcc" not in letter.mail
        assert "<script>alert" not in letter.mail.get_body(("html",)).get_content()
