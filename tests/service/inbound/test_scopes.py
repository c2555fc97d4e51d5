"""What each sender may send, by category, page and list: tried through the API and by mail."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from service.access.actions import create_key
from service.inbound.models import Letter
from service.moderation import senders
from service.moderation.senders import RuleWish, SenderWish
from service.publications.models import Publication
from tests.factories import (
    a_component,
    a_list,
    a_page,
    a_section,
    a_subscriber,
    a_subscription,
    an_address,
)
from tests.service.inbound.test_understanding import HOST, POST, PROOF

WORDS = {"fr": "Bonjour", "en": "Hello"}


@pytest.fixture
def town(rt) -> None:
    """Two pages and two lists, each with somebody who gets it."""
    with rt.work() as uow:
        reader = an_address(uow, a_subscriber(uow), "reader@example.org")
        for slug in ("mail", "shop"):
            page = a_page(uow, slug)
            a_component(uow, a_section(uow, page), f"{slug}-web")
            a_subscription(uow, reader, page)
        for slug in ("travaux", "informations"):
            a_subscription(uow, reader, to_list=a_list(uow, slug))


@pytest.fixture
def program(rt, app, town) -> FlaskClient:
    client: FlaskClient = app.test_client()
    with rt.work() as uow:
        _, token = create_key(uow, "monitoring", ["submit"])
        senders.add_sender(uow, SenderWish("Monitoring", key="monitoring"))
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    return client


def rules(rt, name: str, *wishes: RuleWish) -> None:
    with rt.work() as uow:
        for wish in wishes:
            senders.set_rule(uow, name, wish)


def became(answer: TestResponse) -> str:
    """The state of what was submitted, or why it was refused."""
    said = answer.get_json()
    return str(said["publication"]["state"] if "publication" in said else said["code"])


def about(program: FlaskClient, category: str, page: str, *lists: str) -> str:
    """What becomes of an event that *program* opens."""
    wish: dict[str, object] = {"page": page, "category": category, "title": WORDS, "body": WORDS,
            "lists": list(lists)}  # fmt: skip
    if category == "maintenance":
        times = {"starts_at": "2026-12-01T08:00:00Z", "ends_at": "2026-12-01T09:00:00Z"}
        wish |= {**times, "stage": "scheduled"}
    return became(program.post("/api/v1/events", json=wish))


def to(program: FlaskClient, slug: str) -> str:
    """What becomes of a message that *program* writes to a list."""
    wish = {"title": WORDS, "body": WORDS}
    return became(program.post(f"/api/v1/lists/{slug}/messages", json=wish))


class TestPrograms:
    def test_are_held_trusted_or_refused_by_category_page_and_list(self, rt, program):
        rules(
            rt, "Monitoring",
            RuleWish("trusted", "incident", page="mail"),
            RuleWish("refused", "announcement"),
            RuleWish("refused", list_slug="travaux"),
            RuleWish("trusted", list_slug="informations"),
        )  # fmt: skip
        assert {
            "its own": about(program, "incident", "mail"),
            "another category": about(program, "maintenance", "mail"),
            "another page": about(program, "incident", "shop"),
            "a refused category": about(program, "announcement", "shop"),
            "a refused list as well": about(program, "incident", "mail", "travaux"),
            "a trusted list as well": about(program, "incident", "mail", "informations"),
            "a refused list": to(program, "travaux"),
            "a trusted list": to(program, "informations"),
        } == {
            "its own": "approved",
            "another category": "held",
            "another page": "held",
            "a refused category": "sender_refused",
            "a refused list as well": "sender_refused",
            "a trusted list as well": "approved",
            "a refused list": "sender_refused",
            "a trusted list": "approved",
        }


class TestPeopleByMail:
    def test_are_held_trusted_or_refused_by_list(self, rt, town, arrive):
        with rt.work() as uow:
            senders.add_sender(uow, SenderWish("Ann", address="ann@example.com"))

        def post(slug: str) -> tuple[str, str]:
            arrive(f"{slug}@{HOST}", PROOF + POST)
            with rt.read() as session:
                letter = session.scalars(select(Letter).order_by(Letter.id.desc())).first()
                last = session.scalars(select(Publication).order_by(Publication.id.desc())).first()
            assert letter is not None
            return letter.outcome, last.state if last else ""

        assert post("travaux") == ("held", "held")
        rules(rt, "Ann", RuleWish("trusted", list_slug="travaux"))
        assert post("travaux") == ("held", "approved")
        assert post("informations") == ("held", "held")
        rules(rt, "Ann", RuleWish("refused", list_slug="informations"))
        assert post("informations")[0] == "sender_refused"
