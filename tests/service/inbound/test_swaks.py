"""A mail client that is not ours (swaks, Debian) drives the LMTP port."""

import shutil
import subprocess

from sqlalchemy import select

from service.inbound.models import Letter
from tests.factories import a_list

HOST = "notify.example.org"


def swaks(port: int, to: str) -> subprocess.CompletedProcess[str]:
    command = shutil.which("swaks")
    assert command, "the mail tests need swaks: `sh tools/swaks` installs it"
    return subprocess.run(  # noqa: S603 - our own arguments
        [command, "--protocol", "LMTP", "--server", f"127.0.0.1:{port}", "--to", to,
         "--from", "ann@example.com", "--h-Subject", "Travaux", "--body", "Ce soir, à 22 h."],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


class TestSwaks:
    def test_it_delivers_to_two_and_is_refused_for_one(self, rt, door):
        with rt.work() as uow:
            a_list(uow, "travaux")
        to = f"travaux@{HOST},nobody@{HOST},travaux-owner@{HOST}"
        said = swaks(door.port, to)
        assert said.stdout.count("250 2.0.0 taken") == 2
        assert said.stdout.count("550 5.1.1") == 1
        with rt.read() as session:
            entrances = session.scalars(select(Letter.entrance).order_by(Letter.id)).all()
        assert entrances == ["post", "owner"]
