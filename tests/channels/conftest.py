"""An endpoint on loopback and a door that may go there."""

from collections.abc import Iterator

import pytest

from channels.outbound import Door
from tests.channels.endpoints import Endpoint, serving


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    server = Endpoint()
    with serving(server):
        yield server


@pytest.fixture
def door(endpoint: Endpoint) -> Iterator[Door]:
    opened = Door(endpoint.guard)
    yield opened
    opened.close()
