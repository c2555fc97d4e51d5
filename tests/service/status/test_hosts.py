"""service.status.hosts: a page on a host of its own, and addresses that lead nowhere."""

import pytest

from service.app import create_app
from tests.factories import a_component, a_page, a_section

HOST = {"Host": "status.example.net"}


@pytest.fixture
def app(rt, nouns):
    """One of each test's own: it looks for new hosts every few seconds only."""
    return create_app(rt, nouns)


@pytest.fixture
def own(rt) -> None:
    with rt.work() as uow:
        page = a_page(uow, "mail", host="status.example.net")
        a_component(uow, a_section(uow, page), "webmail")
        a_page(uow, "files")


@pytest.mark.usefixtures("own")
class TestOwnHost:
    def test_its_addresses_begin_with_the_language(self, client):
        shown = client.get("/en/", headers=HOST)
        assert shown.status_code == 200
        assert b'href="/en/incidents/"' in shown.data
        assert b"/mail/en/" not in shown.data

    def test_the_root_leads_to_the_readers_language(self, client):
        answer = client.get("/", headers={**HOST, "Accept-Language": "en"})
        assert answer.location == "/en/"

    def test_a_messages_link_leads_to_the_event(self, client):
        answer = client.get("/events/abc", headers={**HOST, "Accept-Language": "fr"})
        assert answer.location == "/fr/events/abc"
        for place in ("channels", "history"):
            answer = client.get(f"/{place}/", headers={**HOST, "Accept-Language": "fr"})
            assert answer.location == f"/fr/{place}/"

    def test_the_long_address_leads_to_the_short_one(self, client):
        answer = client.get("/mail/en/touched?at=x", headers=HOST)
        assert (answer.status_code, answer.location) == (308, "/en/touched?at=x")

    def test_another_pages_name_is_not_found_there(self, client):
        assert client.get("/files/en/", headers=HOST).status_code == 404

    def test_what_clients_of_statuspage_ask_for_is_there(self, client):
        shown = client.get("/API/v2/summary.json", headers=HOST).get_json()
        assert shown["page"]["url"] == "https://status.example.net"

    def test_the_services_own_addresses_stay(self, client):
        assert client.get("/healthz", headers=HOST).status_code == 200
        assert client.get("/api/v1/pages", headers=HOST).status_code == 200
        with client.get("/-/status.css", headers=HOST) as style:
            assert style.status_code == 200

    def test_the_main_host_still_has_it_too(self, client):
        assert b'href="/mail/en/incidents/"' in client.get("/mail/en/").data


@pytest.mark.parametrize("path", ["/%ff", "/wp-login.php", "/.env", "/Mail/"])
def test_what_cannot_be_a_page_is_not_found_at_once(client, path):
    assert client.get(path).status_code == 404


def test_crawlers_are_told_what_to_read(client):
    answer = client.get("/robots.txt")
    assert answer.mimetype == "text/plain"
    assert b"Disallow: /console" in answer.data
