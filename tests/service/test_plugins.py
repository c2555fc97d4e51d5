"""Somebody else's channel: a package of its own, installed and used like ours."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from channels.peer import Manner, Peer, serving
from service.cli import main

POSTCARD = Path(__file__).parents[1] / "plugins" / "tocsin-postcard"
SEND = """
import sys, time
from channels.base import Host, Parcel
from channels.guard import Guard, parse_networks
from channels.outbound import Door
from channels.registry import load
from channels.specimens import MESSAGE

base = sys.argv[1]
door = Door(Guard(parse_networks("127.0.0.0/8"), (int(base.rpartition(":")[2]),)))
host = Host("https://status.example.org", door, lambda _, at: at)
channel = load(["postcard"], {"postcard": {"token": "stamp"}}, host).push("postcard")
address = channel.parse_address(f"{base}/hooks/manner-ok")
parcel = Parcel("pub-1", 1, address, channel.render(MESSAGE, "fr", "UTC"))
print(*(each.result for each in channel.send([parcel], time.monotonic() + 5)))
"""


class Site:
    """A folder of packages beside ours, and programs that see it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        hidden = [name for name in os.environ if name.startswith("TOCSIN_")]
        kept = {name: value for name, value in os.environ.items() if name not in hidden}
        self.environ = {**kept, "PYTHONPATH": str(folder), "TOCSIN_DATA_DIR": str(folder / "data")}

    def install(self, package: Path) -> None:
        done = self.run(
            *("-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation"),
            *("--disable-pip-version-check", "--target", str(self.folder), str(package)),
        )
        assert done.returncode == 0, done.stderr

    def tocsin(self, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        return self.run("-m", "service", *arguments, **settings)

    def run(self, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: S603
            [sys.executable, *arguments],
            env={**self.environ, **settings},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )


@pytest.fixture
def site(tmp_path) -> Site:
    return Site(tmp_path / "site")


class TestSample:
    def test_is_installed_found_checked_and_used(self, site, tmp_path):
        source = shutil.copytree(POSTCARD, tmp_path / "source")  # building writes beside it
        site.install(source)

        listed = site.tocsin("channel", "list", TOCSIN_CHANNELS="postcard").stdout
        assert "postcard\ttocsin-postcard (tocsin_postcard:PostcardChannel)\tsends" in listed
        off = site.tocsin("channel", "list").stdout
        assert "postcard" in off
        assert "not enabled" in off
        broken = site.tocsin(
            "channel", "list", TOCSIN_CHANNELS="postcard", TOCSIN_CHANNEL_POSTCARD_COLOUR="red"
        ).stdout
        assert "unavailable, because colour: remove it" in broken

        checked = site.tocsin("channel", "check", "postcard")
        assert checked.returncode == 0, checked.stdout
        assert " passed" in checked.stdout

        with serving(Peer()) as peer:
            sent = site.run("-c", SEND, peer.base(Manner.OK))
        assert sent.stdout.split() == ["sent"], sent.stderr
        assert b"Opening" not in peer.seen[0].body
        assert peer.seen[0].headers["authorization"] == "Bearer stamp"


class TestNew:
    def test_what_it_writes_passes_the_suite(self, site, tmp_path):
        written = site.tocsin("channel", "new", "carrier-pigeon", "--into", str(tmp_path))
        assert written.returncode == 0, written.stderr
        site.install(tmp_path / "tocsin-carrier-pigeon")
        checked = site.tocsin("channel", "check", "carrier-pigeon")
        assert checked.returncode == 0, checked.stdout

    @pytest.mark.parametrize("name", ["webhook", "Pigeon", "2nd", "a--b", "a b", ""])
    def test_a_name_that_will_not_do_is_refused(self, tmp_path, name):
        with pytest.raises(SystemExit) as ended:
            main(["channel", "new", name, "--into", str(tmp_path)])
        assert ended.value.code == 2
        assert list(tmp_path.iterdir()) == []

    def test_nothing_is_overwritten(self, tmp_path):
        (tmp_path / "tocsin-owl").mkdir()
        with pytest.raises(SystemExit) as ended:
            main(["channel", "new", "owl", "--into", str(tmp_path)])
        assert ended.value.code == 2


class TestCheck:
    def test_a_channel_nobody_installed_is_told_with_those_there_are(self, capsys):
        with pytest.raises(SystemExit) as ended:
            main(["channel", "check", "telepathy"])
        assert ended.value.code == 2
        assert "there are apprise, atom" in capsys.readouterr().err
