"""Every command in the README and in docs/ is run, but for what needs the outside world or hours.

`pip-audit`, other people's sites and `docker` are not run; of make's targets the names are looked
up, of benchmarks what they take.
"""

import json
import os
import re
import runpy
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from service.access.models import Scope
from service.cli import tocsin
from tests.processes import a_clean_environment, serving
from tests.service.transfers import exports

ROOT = Path(__file__).parents[1]
README, MACHINE = ROOT / "README.md", ROOT / "docs/one-machine.md"
SAMPLE = str(ROOT / "service/demo/sample/platforms.yaml")
PAGES = sorted([README, ROOT / "CONTRIBUTING.md", *ROOT.glob("docs/*.md")])
OURS = ("tocsin", ".venv/bin/tocsin")
PASSWORD = "correct horse battery staple"
SITE = "https://status.example.org"


def blocks(page):
    """What stands in blocks of commands: fenced as sh, or indented and begun by one of ours."""
    text = page.read_text()
    yield from re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    for block in re.findall(r"(?:^    \S.*\n(?:    .*\n)*)", text, re.MULTILINE):
        lines = [line[4:] for line in block.splitlines()]
        if lines[0].split()[0] in (*OURS, "make", "sh", "curl", "python"):
            yield "\n".join(lines)


def commands(block):
    """The words of each command in a block, without comments, assignments and pipes."""
    whole = block.replace("\\\n", " ")
    for line in re.split(r"\n(?=\S)", whole):
        words = shlex.split(line, comments=True)
        while words and re.match(r"[A-Z_]+=", words[0]):
            words = words[1:]
        if words:
            yield words


def all_commands():
    return [
        pytest.param(words, id=f"{page.name}: {' '.join(words)[:60]}")
        for page in PAGES
        for words in chain.from_iterable(map(commands, blocks(page)))
        if words[0] in (*OURS, "make")
    ]


def all_modules():
    """What the pages run as `python -m MODULE …`."""
    return [
        pytest.param(*words[2:3], words[3:], id=" ".join(words[2:]))
        for page in PAGES
        for words in chain.from_iterable(map(commands, blocks(page)))
        if words[:2] == ["python", "-m"]
    ]


class TestCommandsInTheDocs:
    @pytest.mark.parametrize("words", all_commands())
    def test_exist_with_their_options(self, words):
        if words[0] == "make":
            targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
            assert [each for each in words[1:] if "=" not in each and each not in targets] == []
            return
        command: click.Command = tocsin
        rest = words[1:]
        while isinstance(command, click.Group) and rest:
            known = command.commands
            assert rest[0] in known or rest[0].startswith("-"), f"no {rest[0]!r} in {command.name}"
            command, rest = known.get(rest[0], command), rest[1:]
            if rest[:1] and rest[0].startswith("-") and isinstance(command, click.Group):
                break
        options = {name for each in command.params for name in (*each.opts, *each.secondary_opts)}
        options |= {"-h", "--help", "--version"}
        given = [each.partition("=")[0] for each in rest if re.match(r"--?[a-z]", each)]
        assert [each for each in given if each not in options] == []

    @pytest.mark.parametrize(("module", "words"), all_modules())
    def test_modules_take_their_options(self, module, words, monkeypatch, capsys):
        monkeypatch.setattr(sys, "argv", [module, *words, "--help"])
        with pytest.raises(SystemExit) as end:
            runpy.run_module(module, run_name="__main__")
        said = capsys.readouterr().out
        assert (
            end.value.code,
            [each for each in words if each.startswith("--") and each not in said],
        ) == (0, [])


class TestLinks:
    @pytest.mark.parametrize("page", [*PAGES, *ROOT.glob("docs/decisions/*.md")], ids=str)
    def test_lead_to_a_file_and_a_heading_that_are_there(self, page):
        links = re.findall(r"\]\((?!https?:)([^)#]*)#?([^)]*)\)", page.read_text())
        found = [(page.parent / path if path else page, heading) for path, heading in links]
        assert [str(to) for to, _ in found if not to.exists()] == []
        assert [(str(to), each) for to, each in found if each and each not in headings(to)] == []

    def test_lead_from_the_index_to_every_page(self):
        index = ROOT / "docs/README.md"
        named = set(re.findall(r"\]\(([a-z-]+\.md)\)", index.read_text()))
        assert named == {each.name for each in ROOT.glob("docs/*.md")} - {"README.md"}


def headings(page):
    """The anchors that readers of a page are given for its headings."""
    titles = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


@dataclass(frozen=True)
class World:
    """An installation that was set up as docs/one-machine.md says, and what it calls its things."""

    folder: Path
    port: int
    names: dict[str, str]  # what the pages call $EVENT, $ID, … and the keys
    held: dict[str, str]  # a second publication, which waits
    planned: dict[str, str]  # a third one, for a launch plan


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> Iterator[World]:
    """First page, first key, first incident."""
    folder = tmp_path_factory.mktemp("world")
    environment = {**a_clean_environment(folder), "PYTHONPATH": str(ROOT)}
    _, incident = blocks(README)
    setting_up = list(chain.from_iterable(map(commands, blocks(MACHINE))))
    key = key_in("".join(run(meant(each, {}), environment) for each in setting_up if is_run(each)))
    moderator = key_in(run(["key", "add", "console", *scopes("moderate", "rollouts")], environment))
    anything = key_in(run(["key", "add", "docs", *scopes(*Scope)], environment))
    opening, approval = re.split(r"\n# 201.*\n", incident)
    names = {"KEY": key, "MODERATOR": moderator}
    with serving(folder) as service:
        names["SITE"] = f"http://127.0.0.1:{service.port}"
        first = shell(opening, service.port, names)
        others = [
            shell(opening.replace("outage-42", other), service.port, names)["publication"]
            for other in ("outage-43", "outage-44")
        ]
        publication = first["publication"]
        names |= {"ID": publication["id"], "HASH": publication["hash"]}
        assert shell(approval, service.port, names)["state"] == "approved"
        names |= {"EVENT": first["event"]["id"], "KEY": anything}
        names["ROLLOUT"] = rollout_of(publication["id"], service.port, names)
        yield World(folder, service.port, names, *others)


class TestTheStoryOfTheDocs:
    def test_every_request_is_answered(self, world):
        for request in chain.from_iterable(map(requests, ROOT.glob("docs/*.md"))):
            shell(request, world.port, world.names)

    def test_every_command_does_what_it_says(self, world, monkeypatch, tmp_path):
        """In the order of the pages, where the files lie that they speak of."""
        lay_out(tmp_path, world)
        monkeypatch.chdir(tmp_path)
        for page in PAGES:
            for words in chain.from_iterable(map(commands, blocks(page))):
                if page in (README, MACHINE) or not is_run(words):
                    continue
                for name, value in settings_of(words, world, tmp_path).items():
                    monkeypatch.setenv(name, value)
                ran = CliRunner().invoke(tocsin, meant(words, names_in(words, world)))
                assert ran.exit_code == 0, (words, ran.output, ran.exception)


#: What else runs it. A service runs for good; the world of these tests is one.
ELSEWHERE = {
    ("serve",): "tests/processes.py",
    ("channel", "new"): "tests/service/test_plugins.py",
    ("channel", "check"): "tests/service/test_plugins.py",
    ("doctor",): "tests/service/test_cli.py",  # it ends with 1 where there is no DNS
}


def is_run(words):
    """Whether a command is ours, and run here."""
    own = words[1:3]
    return words[0] in OURS and not any(own[: len(each)] == list(each) for each in ELSEWHERE)


def lay_out(folder, world):
    """Put the files there that the pages speak of."""
    (plan,) = re.findall(
        r"^```yaml\n(.*?)^```", (ROOT / "docs/launches.md").read_text(), re.MULTILINE | re.DOTALL
    )
    about = re.sub("publication: [a-z0-9]{12}", f"publication: {world.planned['id']}", plan)
    (folder / "launch.yaml").write_text(about)
    (folder / "people.csv").write_text(
        "address,subscriptions,consent_at,consent_text\n"
        "ada@example.org,page:mesange,2025-02-03T10:00:00Z,Tell me.\n"
        "mo@example.org,list:travaux,,\n"
    )
    (folder / "summary.json").write_bytes(exports.summary())
    (folder / "incidents.json").write_bytes(exports.bare(exports.INCIDENT))
    (folder / "subscribers.csv").write_text("email,mode\nbo@example.org,email\n")
    mo = ["staff", "add", "mo@example.org", "--name", "Mo", "--role", "moderator"]
    run(mo, {**a_clean_environment(world.folder), "PYTHONPATH": str(ROOT)})


def names_in(words, world):
    """What a command's capital letters stand for."""
    rollout = words[1] == "rollout" and words[2] in ("explain", "proof")
    return {
        "ID": world.names["ROLLOUT"] if rollout else world.held["id"],
        "HASH": world.held["hash"],
        "/srv/copy": "copy",
    }


def settings_of(words, world, folder):
    """Where a command finds its data: what restores names a fresh database, as its page says."""
    restores = words[1:3] in (["db", "restore"], ["db", "restored"])
    fresh = f"sqlite:///{folder / 'restored.db'}" if restores else ""
    return {"TOCSIN_DATA_DIR": str(world.folder), "TOCSIN_DATABASE_URL": fresh}


def meant(words, names):
    """The arguments of a command as a shell would give them, with its names replaced."""
    known = {"my-platform.yaml": SAMPLE, **names}
    given = (known.get(word, word) for word in words[1:])
    found = (map(str, Path().glob(each)) if "*" in each else [each] for each in given)
    return list(chain.from_iterable(found))


def requests(page):
    """What a page sends to our API, one command each."""
    for block in blocks(page):
        lines = re.sub(r"^#.*\n?", "", block, flags=re.MULTILINE)
        yield from (each for each in re.split(r"\n(?=curl )", lines) if f"{SITE}/api" in each)


def rollout_of(publication, port, environment):
    """The rollout of an approved publication, once it is there."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        asked = f'curl -s {SITE}/api/v1/rollouts -H "Authorization: Bearer $MODERATOR"'
        for each in shell(asked, port, environment)["rollouts"]:
            if each["publication"] == publication:
                return each["id"]
        time.sleep(0.1)
    raise TimeoutError(publication)


def scopes(*names):
    """The options that give a key its scopes."""
    return [word for name in names for word in ("--scope", name)]


def key_in(said):
    """The API key that a command printed."""
    (found,) = re.findall(r"tcs_\S+", said)
    return found


def run(arguments, environment):
    """Run `tocsin` as the README does, and return what it said."""
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "service", *arguments],
        env=environment,
        input=f"{PASSWORD}\n{PASSWORD}\n",  # for who is asked for one
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def shell(block, port, environment):
    """Run a block as it stands, against the service on *port*, and read its answer."""
    here = block.replace(SITE, f"http://127.0.0.1:{port}").replace(
        "curl ", "curl --fail-with-body "
    )
    done = subprocess.run(  # noqa: S603
        ["/bin/sh", "-c", here],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{block}\n{done.stdout}"
    return json.loads(done.stdout)
