"""Every command in the README and in docs/: the first ones are run, the others exist as written.

What needs the outside world (`pip-audit`, other people's sites, `docker`) is not run; the names of
our own commands, their options, make's targets and the API's addresses are looked up.
"""

import json
import os
import re
import shlex
import subprocess
import sys
import time
from itertools import chain
from pathlib import Path

import click
import pytest

from service.access.models import Scope
from service.cli import tocsin
from tests.processes import a_clean_environment, serving

ROOT = Path(__file__).parents[1]
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *ROOT.glob("docs/*.md")])
OURS = ("tocsin", ".venv/bin/tocsin")
PASSWORD = "correct horse battery staple"
SITE = "https://status.example.org"


def blocks(page):
    """What stands in blocks of commands: fenced as sh, or indented and begun by one of ours."""
    text = page.read_text()
    yield from re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    for block in re.findall(r"(?:^    \S.*\n(?:    .*\n)*)", text, re.MULTILINE):
        lines = [line[4:] for line in block.splitlines()]
        if lines[0].split()[0] in (*OURS, "make", "sh", "curl"):
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


class TestTheStoryOfTheDocs:
    def test_first_page_first_key_first_incident_and_what_the_pages_say_next(self, tmp_path):
        _, machine, incident = list(blocks(ROOT / "README.md"))[:3]
        environment = {**a_clean_environment(tmp_path), "PYTHONPATH": str(ROOT)}
        sample = str(ROOT / "service/demo/sample/platforms.yaml")
        made = [
            run([sample if word == "my-platform.yaml" else word for word in words[1:]], environment)
            for words in commands(machine)
            if words[0] in OURS and words[-1] != "serve"
        ]
        key = key_in(made[-1])
        moderator = key_in(
            run(["key", "add", "console", *scopes("moderate", "rollouts")], environment)
        )
        anything = key_in(run(["key", "add", "docs", *scopes(*Scope)], environment))
        opening, approval = re.split(r"\n# 201.*\n", incident)
        with serving(tmp_path) as service:
            there = {**environment, "KEY": key, "MODERATOR": moderator}
            first = shell(opening, service.port, there)
            named = {"ID": first["publication"]["id"], "HASH": first["publication"]["hash"]}
            assert shell(approval, service.port, {**there, **named})["state"] == "approved"
            named["EVENT"] = first["event"]["id"]
            named["ROLLOUT"] = rollout_of(named["ID"], service.port, there)
            there = {**there, **named, "KEY": anything}
            for request in chain.from_iterable(map(requests, ROOT.glob("docs/*.md"))):
                shell(request, service.port, there)


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
