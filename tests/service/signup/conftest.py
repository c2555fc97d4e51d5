"""A runtime with mail that is kept, webhooks that are real, and what every story needs."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from ipaddress import ip_network
from typing import Any

import pytest
from sqlalchemy import select

from channels import outbound
from channels.base import Address, Host, Message
from channels.email.address import parse_address
from channels.registry import Registry
from channels.webhook.channel import WebhookChannel, WebhookConfig
from scheduling import zones
from service.access import links
from service.access.models import Purpose
from service.db.base import Base
from service.db.engine import open_database
from service.db.unit_of_work import UnitOfWork
from service.pages.models import Page
from service.publications.freezing import thaw
from service.publications.models import Publication
from service.runtime import Runtime
from service.signup.actors import search, sign_up
from service.subscribers.models import Address as AddressRow
from service.subscribers.models import Subscription
from service.webhooks.actors import notify
from tests.factories import a_component, a_list, a_page, a_section
from tests.fakes import MONDAY, Postman
from tests.service.signup.programs import Program


class Mail(Postman):
    """Keeps mail, and reads addresses as the real channel does."""

    def parse_address(self, raw: str) -> Address:
        return parse_address(raw)


@pytest.fixture
def far_side() -> Iterator[Program]:
    """A program on loopback that is sent challenges."""
    with Program() as program:
        yield program


@pytest.fixture
def rt(settings, far_side, clock, queue) -> Iterator[Runtime]:
    door = outbound.Door(outbound.Guard((ip_network("127.0.0.0/8"),), ports=(far_side.port,)))
    host = Host(settings.public_url, door, zones.wall_clock)
    webhook = WebhookChannel(WebhookConfig(seconds=2), host)
    database = open_database(settings.database_url)
    channels = Registry({"email": Mail(), "webhook": webhook}, {}, {})
    yield Runtime(settings, database, channels, queue, clock)
    channels.close()
    door.close()
    database.close()


@dataclass
class Town:
    """A page with three components in two sections, and two lists."""

    rt: Runtime
    ids: dict[str, int] = field(default_factory=dict)

    def ask(self, client: Any, address: str = "ada@example.org", **given: Any) -> Any:
        """Send the public form of the page."""
        values = {
            "address": address,
            "targets": ["page"],
            "follow": "everything",
            "categories": ["incident", "maintenance", "action_required", "announcement"],
            "language": "en",
            "timezone": "Europe/Paris",
        }
        return client.post("/mail/en/subscribe", data={**values, **given})

    def work(self) -> None:
        """Do the jobs that were announced, as a worker would."""
        jobs, self.rt.queue.jobs = self.rt.queue.jobs, []  # type: ignore[attr-defined]
        for job in jobs:
            if job.actor == "sign_up":
                sign_up(self.rt, job.subject)
            elif job.actor == "notify":
                notify(self.rt, job.subject)

    def work_all(self) -> None:
        """Do the jobs, and those that they lead to."""
        while any(job.actor == "sign_up" for job in self.rt.queue.jobs):  # type: ignore[attr-defined]
            self.work()

    def search(self) -> None:
        """Look for what was lost, as a worker does."""
        search(self.rt)

    def page(self, uow: UnitOfWork) -> Page:
        """The page, to give to factories."""
        return uow.session.get_one(Page, self.ids["page"])

    def mails(self) -> list[Message]:
        """All that was composed, oldest first."""
        with self.rt.read() as session:
            rows = session.scalars(select(Publication).order_by(Publication.id)).all()
            return [thaw(row.content) for row in rows]

    def token(self, subject: str = "") -> str:
        """The token that the newest confirmation (about *subject*) leaves with, expired or not."""
        confirmations = [mail for mail in self.mails() if mail.type == "signup.confirm"]
        about = subject or confirmations[-1].subject
        with self.rt.read() as session:
            token = links.current(session, Purpose.SIGNUP, about, MONDAY)
        assert token
        return token

    def subscription(self, target: str = "page") -> Subscription:
        """The only subscription there is to the page or to a list."""
        column = Subscription.page_id if target == "page" else Subscription.list_id
        with self.rt.read() as session:
            return session.scalars(select(Subscription).where(column == self.ids[target])).one()

    def address(self) -> AddressRow:
        """The only address there is."""
        with self.rt.read() as session:
            return session.scalars(select(AddressRow)).one()

    def address_of(self, channel: str) -> AddressRow:
        """The only address of a channel."""
        with self.rt.read() as session:
            return session.scalars(select(AddressRow).where(AddressRow.channel == channel)).one()

    def subscription_of(self, address_id: int) -> Subscription:
        """The only subscription of an address."""
        of_it = Subscription.address_id == address_id
        with self.rt.read() as session:
            return session.scalars(select(Subscription).where(of_it)).one()

    def preferences(self, address_id: int) -> str:
        """The preference page of an address."""
        return f"/p/{links.stateless(Purpose.PREFERENCES, f'address:{address_id}')}"

    def unsubscribe(self, subscription_id: int) -> str:
        """The one-click address of a subscription."""
        return f"/u/{links.stateless(Purpose.UNSUBSCRIBE, f'subscription:{subscription_id}')}"


@pytest.fixture
def town(rt) -> Town:
    town = Town(rt)
    with rt.work() as uow:
        page = a_page(uow)
        town.ids["page"] = page.id
        core = a_section(uow, page, "core")
        office = a_section(uow, page, "office")
        for section, slugs in ((core, ("webmail", "smtp")), (office, ("calendar",))):
            town.ids[section.slug] = section.id
            for slug in slugs:
                town.ids[slug] = a_component(uow, section, slug).id
        for slug in ("informations", "travaux"):
            town.ids[slug] = a_list(uow, slug).id
    return town


@pytest.fixture
def subscribed(town: Town, client) -> Town:
    """The town, where Ada has accepted the page's messages."""
    town.ask(client)
    town.work()
    client.post(f"/c/{town.token()}", data={"answer": "accept"})
    return town


Snapshot = Callable[[], dict[str, list[tuple[Any, ...]]]]


@pytest.fixture
def everything(rt) -> Snapshot:
    """Return a function that reads the whole database."""

    def read() -> dict[str, list[tuple[Any, ...]]]:
        with rt.read() as session:
            return {
                table.name: sorted((tuple(row) for row in session.execute(select(table))), key=repr)
                for table in Base.metadata.sorted_tables
            }

    return read
