"""The relay is asked, and told goodbye."""

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from channels.email.relay import parse_relay
from service.doctor import mail
from service.doctor.findings import Level
from tests.processes import free_port


class Relay:
    """Takes one password."""

    def __init__(self) -> None:
        self.mails = 0

    async def handle_DATA(self, _server, _session, _envelope) -> str:  # noqa: N802 - aiosmtpd's
        self.mails += 1
        return "250 taken"

    def password(self, _server, _session, _envelope, _mechanism, given) -> AuthResult:
        return AuthResult(success=given.password == b"right")


@pytest.fixture
def relay():
    handler = Relay()
    controller = Controller(
        handler,
        hostname="127.0.0.1",
        port=free_port(),
        authenticator=handler.password,
        auth_require_tls=False,
    )
    controller.start()
    yield f"127.0.0.1:{controller.port}"
    controller.stop()
    assert handler.mails == 0


def asked(url):
    return list(mail.relay(parse_relay(url), "mail.example.org"))


class TestRelay:
    def test_answers(self, relay):
        found = asked(f"smtp://{relay}")
        assert found[0].level is Level.FINE
        assert any("PIPELINING" in each.said for each in found)

    def test_a_password_in_clear_text_is_a_fault(self, relay):
        found = asked(f"smtp://us:right@{relay}")
        assert found[0].said.endswith("knows us")
        assert found[-1].level is Level.FAULT
        assert "clear text" in found[-1].said

    def test_a_wrong_password_is_told_without_repeating_it(self, relay):
        (found,) = asked(f"smtp://us:hunter2@{relay}")
        assert found.level is Level.FAULT
        assert "hunter2" not in found.said + found.remedy

    @pytest.mark.parametrize("scheme", ["smtp+starttls", "smtps"])
    def test_no_protection_where_it_is_asked_for_is_a_fault(self, relay, scheme):
        (found,) = asked(f"{scheme}://{relay}")
        assert found.level is Level.FAULT

    def test_nobody_there_is_a_fault(self):
        (found,) = asked(f"smtp://127.0.0.1:{free_port()}")
        assert (found.level, "refused" in found.said) == (Level.FAULT, True)
