"""The world whose mails and pages are followed."""

from collections.abc import Iterator
from ipaddress import ip_network

import pytest

from channels import outbound, registry
from channels.base import Host
from scheduling import zones
from service import worker
from service.access.actions import add_staff
from service.db.engine import open_database
from service.runtime import Runtime
from tests.crawl.world import HOST, Postbox, World
from tests.factories import a_component, a_list, a_page, a_section
from tests.service.signup.programs import Program


@pytest.fixture
def database_url(sqlite_template, tmp_path):
    """What a link does is the same on both databases: both refuse writes while one reads."""
    copy = tmp_path / "tocsin.db"
    copy.write_bytes(sqlite_template.read_bytes())
    return f"sqlite:///{copy}"


@pytest.fixture
def postbox() -> Iterator[Postbox]:
    postbox = Postbox()
    yield postbox
    postbox.close()


@pytest.fixture
def far_side() -> Iterator[Program]:
    """A program on loopback that is sent challenges."""
    with Program() as program:
        yield program


@pytest.fixture
def rt(settings, postbox, far_side, clock, queue) -> Iterator[Runtime]:
    """A runtime that mails for real."""
    door = outbound.Door(outbound.Guard((ip_network("127.0.0.0/8"),), ports=(far_side.port,)))
    host = Host(settings.public_url, door, zones.wall_clock)
    relay = {"smtp_url": f"smtp://127.0.0.1:{postbox.port}", "mail_host": HOST}
    names = ("email", "webhook", "rss", "atom", "json", "calendar")
    channels = registry.load(names, {"email": relay}, host)
    database = open_database(settings.database_url)
    yield Runtime(settings, database, channels, queue, clock)
    channels.close()
    door.close()
    database.close()


@pytest.fixture
def settings(settings):
    """Posts by mail are proven by the server in front."""
    return settings.model_copy(
        update={"inbound_bind": "127.0.0.1:0", "inbound_trusted": ("mx.example.org",)}
    )


@pytest.fixture
def world(rt, app, clock, queue, postbox) -> World:
    """A page, two lists, and staff of every role."""
    with rt.work("test") as uow:
        page = a_page(uow)
        section = a_section(uow, page)
        for slug in ("webmail", "smtp"):
            a_component(uow, section, slug)
        for slug in ("informations", "travaux"):
            a_list(uow, slug)
        for role in ("admin", "moderator", "author", "viewer"):
            add_staff(uow, f"{role}@example.org", role.title(), role, "correct horse battery")
    return World(rt, app, clock, queue, postbox, worker.jobs(rt))
