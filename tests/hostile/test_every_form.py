"""Every form of the console and of the public pages, found by walking them, given hostile text."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from io import BytesIO
from urllib.parse import urljoin, urlsplit

import pytest
from werkzeug.exceptions import HTTPException

from tests import factories
from tests.hostile.test_every_route import EXPIRED
from tests.web import a_key

STARTS = ("/console", "/", "/mail/en", "/mail/en/subscribe", "/p", "/lists/travaux/en")
EACH = 2  # pages of one kind that are looked at
#: What each field that takes text holds, in turn: alone, then all at once.
WORDS = (
    "\0", "x\r\nBcc: eve@example.org\r\n\r\n.", "\u202egnp.exe", "<script>alert(1)</script>",
    "=cmd|' /C calc'!A0", "\U0001f514\ufeff" + "x" * 70_000, b"\xed\xa0\x80",
)  # fmt: skip
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
        if url in seen or not kind or urlsplit(url).netloc or looked.get(kind, 0) >= EACH:
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
def furnished(rt, app):
    """A page, a list, people, and an event that waits for a moderator."""
    with rt.work("test") as uow:
        page = factories.a_page(uow)
        section = factories.a_section(uow, page)
        factories.a_component(uow, section)
        a_list = factories.a_list(uow)
        subscriber = factories.a_subscriber(uow)
        address = factories.an_address(uow, subscriber)
        factories.a_subscription(uow, address, to_list=a_list)
    key = {"Authorization": f"Bearer {a_key(rt, 'submit')}", "Idempotency-Key": "an-event-1"}
    body = {"page": "mail", "category": "incident", "stage": "investigating",
            "title": {"en": "Down"}, "body": {"en": "It is."}}  # fmt: skip
    answer = app.test_client().post("/api/v1/events", json=body, headers=key)
    assert answer.status_code in (201, 202), answer.text


@pytest.mark.usefixtures("furnished")
def test_hostile_text_in_any_field_of_any_form_is_refused_or_kept_as_text(app, staff):
    forms, _ = forms_of(app, staff("admin"), STARTS)
    wrong: list[tuple[str, str, str, int]] = []
    statuses: set[tuple[str, int]] = set()
    for form in forms:
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
    assert len(forms) > 40
    assert {("POST", 3), ("POST", 4)} <= statuses  # some was taken, some refused
    forms_of(app, staff("admin"), STARTS)  # nothing that was kept comes back as markup
