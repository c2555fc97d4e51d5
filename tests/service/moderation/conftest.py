"""These tests read real mails."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from channels import registry
from service.runtime import Runtime


@pytest.fixture
def rt(rt, host) -> Iterator[Runtime]:
    """The same runtime with mail: to a relay that nobody will call."""
    settings = {"smtp_url": "smtp://127.0.0.1:1", "mail_host": "notify.example.org"}
    channels = registry.load(("email",), {"email": settings}, host)
    yield replace(rt, channels=channels)
    channels.close()
