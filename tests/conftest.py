"""A runtime on a fresh database, for every test that asks for one."""

from collections.abc import Iterator
from ipaddress import ip_network

import pytest
from hypothesis import settings as hypothesis_settings
from pydantic import SecretStr

from channels import outbound, registry
from channels.base import Host
from scheduling import zones
from service.config import Settings
from service.db.engine import open_database
from service.runtime import Runtime
from tests.fakes import Clock, Queue

pytest_plugins = ["tests.services", "tests.databases", "tests.web", "tests.engine", "tests.readers"]

# How long an example takes says something about the machine, nothing about the rule.
hypothesis_settings.register_profile("patient", deadline=None)
hypothesis_settings.load_profile("patient")

LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def queue() -> Queue:
    return Queue()


@pytest.fixture
def settings(database_url, tmp_path) -> Settings:
    return Settings(
        database_url=database_url,
        data_dir=tmp_path,
        secret_key=SecretStr("k" * 32),
        public_url="https://notify.example.org",
        mail_host="notify.example.org",
        allowed_networks=LOOPBACK,
    )


@pytest.fixture
def host(settings) -> Host:
    return Host(settings.public_url, outbound.Door(outbound.Guard(LOOPBACK)), zones.wall_clock)


@pytest.fixture
def rt(settings, host, clock, queue) -> Iterator[Runtime]:
    """A runtime on a fresh database, with a clock that is set and a queue that remembers."""
    database = open_database(settings.database_url)
    channels = registry.load(("webhook", "rss", "atom", "json", "calendar"), {}, host)
    yield Runtime(settings, database, channels, queue, clock)
    channels.close()
    database.close()
