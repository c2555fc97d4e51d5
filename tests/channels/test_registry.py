"""channels.registry"""

import logging
import sys
import textwrap
import tomllib
from collections.abc import Callable, Iterator
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

from channels.base import Host, PullChannel, PushChannel
from channels.outbound import Door, Guard
from channels.registry import (
    GROUP,
    Registry,
    ShadowedChannel,
    Unavailable,
    UnknownChannel,
    load,
)
from tests.channels.samples import a_host

PLUGIN = """
from pydantic import BaseModel, SecretStr, field_validator

from channels.base import Traits

loaded = []


class Config(BaseModel, extra="forbid"):
    token: SecretStr
    size: int = 3

    @field_validator("token")
    @classmethod
    def known(cls, token):
        if token.get_secret_value() == "unknown-token":
            raise ValueError(f"{token.get_secret_value()} is not known")
        return token


class Postcard:
    Config = Config
    traits = Traits(bulk=False, repeatable=False, batch=1, per_lane=1)

    def __init__(self, config, host):
        self.config, self.host, self.closed = config, host, False
        if config.token.get_secret_value() == "explosive-token":
            raise RuntimeError("no service for explosive-token")

    def parse_address(self, raw): ...
    def render(self, message, locale, zone): ...
    def send(self, parcels, deadline): ...
    def close(self):
        self.closed = True


class Stubborn(Postcard):
    def close(self):
        raise RuntimeError("no")


class Board:
    class Config(BaseModel): ...
    media_type = "text/plain"

    def __init__(self, config, host): ...
    def document(self, feed):
        return b""


class Nothing(Board):
    media_type = document = property()
"""

Install = Callable[..., None]
TOKEN = {"token": "s3cr3t-token"}


@pytest.fixture
def host() -> Iterator[Host]:
    door = Door(Guard())
    yield a_host(door)
    door.close()


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Lay out packages as an installer does: a module and its dist-info."""
    known = set(sys.modules)

    def lay(package: str, **points: str) -> None:
        folder = tmp_path / package
        info = folder / f"{package}-1.0.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        lines = [f"{name} = {value}" for name, value in points.items()]
        (info / "entry_points.txt").write_text(f"[{GROUP}]\n" + "\n".join(lines) + "\n")
        (folder / f"{package}_plugin.py").write_text(textwrap.dedent(PLUGIN))
        (folder / f"{package}_broken.py").write_text("import a_module_that_is_not_there\n")
        monkeypatch.syspath_prepend(str(folder))

    yield lay
    for name in set(sys.modules) - known:
        if name.endswith(("_plugin", "_broken")):
            del sys.modules[name]


class TestLoad:
    def test_builds_a_third_partys_channels_by_kind(self, install: Install, host: Host):
        install("acme", postcard="acme_plugin:Postcard", board="acme_plugin:Board")
        registry = load(["postcard", "board"], {"postcard": TOKEN}, host)
        assert (registry.push_names(), registry.pull_names()) == (("postcard",), ("board",))
        assert isinstance(registry.push("postcard"), PushChannel)
        channel: Any = registry.push("postcard")
        assert (channel.config.size, channel.host) == (3, host)
        assert isinstance(registry.pull("board"), PullChannel)
        assert registry.unavailable() == {}

    def test_imports_only_what_is_enabled(self, install: Install, host: Host):
        install("acme", postcard="acme_plugin:Postcard", bad="acme_broken:Gone")
        load([], {}, host)
        assert not {"acme_plugin", "acme_broken"} & sys.modules.keys()

    def test_an_unknown_name_stops_and_says_which_there_are(self, install: Install, host: Host):
        install("acme", postcard="acme_plugin:Postcard")
        with pytest.raises(UnknownChannel, match=r"'postkard' \(there are .*postcard") as unknown:
            load(["postkard"], {}, host)
        assert "postcard" in unknown.value.known

    def test_a_shadowed_name_stops_and_says_who_claims_it(self, install: Install, host: Host):
        install("acme", postcard="acme_plugin:Postcard")
        install("evil", postcard="evil_plugin:Postcard")
        with pytest.raises(ShadowedChannel, match=r"acme \(.*\) and evil \(") as shadowed:
            load(["postcard"], {"postcard": TOKEN}, host)
        assert len(shadowed.value.owners) == 2
        assert not {"acme_plugin", "evil_plugin"} & sys.modules.keys()

    def test_a_shadowed_name_that_is_not_enabled_harms_nobody(self, install: Install, host: Host):
        install("acme", postcard="acme_plugin:Postcard", board="acme_plugin:Board")
        install("evil", postcard="evil_plugin:Postcard")
        assert load(["board"], {}, host).pull_names() == ("board",)

    def test_a_name_given_twice_is_built_once(self, install: Install, host: Host):
        install("acme", board="acme_plugin:Board")
        assert load(["board", "board"], {}, host).pull_names() == ("board",)


class TestUnavailable:
    def test_one_that_cannot_be_imported_does_not_stop_the_others(
        self, install: Install, host: Host, caplog: pytest.LogCaptureFixture
    ):
        install("acme", bad="acme_broken:Gone", board="acme_plugin:Board")
        with caplog.at_level(logging.WARNING):
            registry = load(["bad", "board"], {}, host)
        assert registry.pull_names() == ("board",)
        assert "a_module_that_is_not_there" in registry.unavailable()["bad"]
        assert len(caplog.records) == 1
        with pytest.raises(Unavailable, match="a_module_that_is_not_there") as refused:
            registry.push("bad")
        assert (refused.value.name, refused.value.why) == ("bad", registry.unavailable()["bad"])

    def test_settings_are_told_field_by_field(self, install: Install, host: Host):
        install("acme", postcard="acme_plugin:Postcard")
        registry = load(["postcard"], {"postcard": {"size": "big", "colour": "red"}}, host)
        lines = registry.unavailable()["postcard"].splitlines()
        assert lines[0] == "token: give a value"
        assert lines[1].startswith("size: Input should be a valid integer")
        assert lines[2] == "colour: remove it, this channel has no such setting"

    @pytest.mark.parametrize("token", ["unknown-token", "explosive-token"])
    def test_no_setting_is_ever_quoted(
        self, install: Install, host: Host, token: str, caplog: pytest.LogCaptureFixture
    ):
        install("acme", postcard="acme_plugin:Postcard")
        registry = load(["postcard"], {"postcard": {"token": token}}, host)
        assert token not in registry.unavailable()["postcard"] + caplog.text
        assert "…" in registry.unavailable()["postcard"]

    @pytest.mark.parametrize("value", ["acme_plugin:Nothing", "acme_plugin:loaded", "acme_plugin"])
    def test_what_is_no_channel_is_told(self, install: Install, host: Host, value: str):
        install("acme", odd=value)
        assert load(["odd"], {}, host).unavailable()["odd"]

    def test_asking_for_the_wrong_kind_says_so(self, install: Install, host: Host):
        install("acme", postcard="acme_plugin:Postcard", board="acme_plugin:Board")
        registry = load(["postcard", "board"], {"postcard": TOKEN}, host)
        with pytest.raises(Unavailable, match="people fetch it"):
            registry.push("board")
        with pytest.raises(Unavailable, match="it sends"):
            registry.pull("postcard")
        with pytest.raises(Unavailable, match="not enabled"):
            registry.push("fax")


class TestClose:
    def test_one_that_fails_to_close_does_not_keep_the_others_open(
        self, install: Install, host: Host
    ):
        install("acme", stubborn="acme_plugin:Stubborn", postcard="acme_plugin:Postcard")
        registry = load(["stubborn", "postcard"], {"stubborn": TOKEN, "postcard": TOKEN}, host)
        channel: Any = registry.push("postcard")
        registry.close()
        assert channel.closed


class TestOurs:
    @pytest.mark.parametrize("name", ["atom", "rss", "webhook"])
    def test_are_declared_where_the_registry_looks(self, name: str, host: Host):
        declared = tomllib.loads(Path("pyproject.toml").read_text())["project"]["entry-points"]
        kind = EntryPoint(name, declared[GROUP][name], GROUP).load()
        channel = kind(kind.Config(), host)
        assert isinstance(channel, PushChannel | PullChannel)

    def test_an_empty_registry_closes_too(self):
        Registry({}, {}, {}).close()
