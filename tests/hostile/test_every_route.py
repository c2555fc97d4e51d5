"""What holds for every address there is: headers, form tokens, no 5xx."""

import re

import pytest
from werkzeug.routing import BuildError

from service.app import create_app
from service.web.callers import CallerKind, mark_of

WRITING = ("POST", "PUT", "PATCH", "DELETE")
#: Posts that anybody may send from anywhere: none acts for who is signed in, none trusts a cookie.
WITHOUT_PROOF = {
    "mail_reports.take",  # signed by the provider
    "own.send_link", "own_webhooks.ask", "signup.subscribe",  # mail their owner, who decides
    "shell.choose_language", "shell.choose_theme",  # a cookie of the looks
}  # fmt: skip
EXPIRED = "This form was open for too long"  # fault.csrf
#: What others may show in a frame.
FRAMED = {"status_recap.widget", "mailbox.framed"}
VALUES = {"language": "en", "form": "rss", "kind": "components", "shelf": "incidents", "step": "x"}


@pytest.fixture
def database_url(sqlite_template, tmp_path):
    """Nothing here is about SQL."""
    copy = tmp_path / "tocsin.db"
    copy.write_bytes(sqlite_template.read_bytes())
    return f"sqlite:///{copy}"


def routes(app):
    """Every address with its methods and who may call it."""
    for rule in app.url_map.iter_rules():
        yield address(app, rule), rule, mark_of(app.view_functions[rule.endpoint])


def address(app, rule):
    """An address that the rule matches."""
    words = {name: VALUES.get(name, "x") for name in rule.arguments}
    choices = dict(re.findall(r"<any\(([^,)]+)[^)]*\):(\w+)>", rule.rule))
    words |= {name: first.strip() for first, name in choices.items()}
    numbers = re.findall(r"<int[^:]*:(\w+)>", rule.rule)
    words |= dict.fromkeys(numbers, 1) | ({"year": 2026, "month": 11} if "year" in words else {})
    words |= dict.fromkeys(re.findall(r"<string\(minlength=8\):(\w+)>", rule.rule), "x" * 8)
    with app.test_request_context():
        try:
            return app.url_map.bind("localhost").build(rule.endpoint, words)
        except BuildError as error:
            raise AssertionError(f"say what {rule.rule} needs in VALUES") from error


class TestEveryRoute:
    def test_sends_the_headers_and_survives_a_stranger_and_an_administrator(self, app, staff):
        wrong = []
        for who in (app.test_client(), staff("admin")):
            for path, rule, mark in routes(app):
                answer = who.get(path)
                answer.close()  # some are files
                policy = answer.headers["Content-Security-Policy"]
                framed = rule.endpoint in FRAMED and answer.status_code == 200
                private = mark.kind in (CallerKind.STAFF, CallerKind.FORM, CallerKind.LINK)
                holds = {
                    "no 5xx": answer.status_code < 500 or path == "/readyz",
                    "sniffing": answer.headers["X-Content-Type-Options"] == "nosniff",
                    "frames": framed or answer.headers.get("X-Frame-Options") == "DENY",
                    "scripts": "'unsafe-" not in policy.replace("style-src 'unsafe-inline'", ""),
                    "elsewhere": "http" not in policy or framed,
                    "transport": "Strict-Transport-Security" in answer.headers,
                    "referrer": "Referrer-Policy" in answer.headers,
                    "request": "X-Request-ID" in answer.headers,
                    "kept": not private or answer.headers["Cache-Control"] == "no-store",
                }
                wrong += [(path, rule.endpoint, name) for name, held in holds.items() if not held]
        assert wrong == []

    def test_of_staff_needs_the_forms_token_to_change_anything(self, app, staff):
        browser = staff("admin")
        del browser.environ_base["HTTP_X_CSRFTOKEN"]
        open_doors = []
        for path, rule, mark in routes(app):
            if mark.kind in (CallerKind.STAFF, CallerKind.FORM):
                for method in rule.methods & set(WRITING):
                    answer = browser.open(path, method=method)
                    if answer.status_code != 400 or EXPIRED not in answer.text:
                        open_doors.append((method, path, answer.status_code))
        assert open_doors == []

    def test_that_changes_something_asks_who_calls(self, app):
        free = {
            rule.endpoint
            for _, rule, mark in routes(app)
            if mark.kind is CallerKind.PUBLIC and rule.methods & set(WRITING)
        }
        assert free == WITHOUT_PROOF

    def test_of_the_api_is_closed_without_a_key_and_to_the_cookies_of_staff(self, rt):
        app = create_app(rt)
        open_doors = []
        for number, (path, rule, mark) in enumerate(routes(app)):
            if mark.kind is CallerKind.API_KEY:
                for method in rule.methods - {"HEAD", "OPTIONS"}:
                    # Wrong keys are counted by address.
                    there = {"REMOTE_ADDR": f"2001:db8::{number:x}"}
                    answer = app.test_client().open(path, method=method, environ_base=there)
                    if answer.status_code != 401:
                        open_doors.append((method, path, answer.status_code))
        assert open_doors == []
