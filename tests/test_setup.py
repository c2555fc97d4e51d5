"""Setting up: the lists agree with pyproject.toml, and the scripts behind make keep their word."""

import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
LISTS = ("build", "run", "dev")


def run(*command: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run *command* in *folder*, as if nobody had set anything about makes, tests or pythons."""
    inherited = {n: v for n, v in os.environ.items() if not n.startswith(("MAKE", "MFLAGS"))}
    return subprocess.run(  # noqa: S603
        command,
        cwd=folder,
        env=inherited | environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def script(path: Path, *lines: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(["#!/bin/sh", *lines, ""]))
    path.chmod(0o755)


def locked(name: str) -> dict[str, list[Requirement]]:
    """The list's requirements by name; a package may have a line for each Python."""
    text = (ROOT / f"requirements/{name}.txt").read_text("utf-8")
    found: dict[str, list[Requirement]] = {}
    for line in re.sub(r"\\\n.*", "", re.sub(r" \\\n    --hash=\S+", "", text)).splitlines():
        if line and not line.startswith("#"):
            requirement = Requirement(line)
            found.setdefault(canonicalize_name(requirement.name), []).append(requirement)
    return found


def wanted(name: str) -> list[Requirement]:
    """What pyproject.toml asks the list to hold."""
    groups, run_time = PROJECT["dependency-groups"], PROJECT["project"]["dependencies"]
    lines = {"build": groups["build"], "run": run_time, "dev": [*run_time, *groups["dev"]]}[name]
    return [Requirement(line) for line in lines]


@pytest.mark.parametrize("name", LISTS)
class TestLists:
    def test_they_hold_what_the_project_asks_for(self, name):
        pins = locked(name)
        for requirement in wanted(name):
            found = pins.get(canonicalize_name(requirement.name), [])
            assert found, f"{requirement} is not locked: make lock"
            for pin in found:
                (version,) = (specifier.version for specifier in pin.specifier)
                assert Version(version) in requirement.specifier, f"{pin}: make lock"

    def test_every_line_is_pinned_by_hash(self, name):
        text = (ROOT / f"requirements/{name}.txt").read_text("utf-8")
        entries = re.findall(r"^[a-z0-9].*\n(?:    .*\n)*", text, re.MULTILINE)
        assert len(entries) == sum(map(len, locked(name).values()))
        assert all(re.search(r"==.*\n    --hash=sha256:[0-9a-f]{64}", entry) for entry in entries)

    def test_no_line_names_a_host_or_a_folder(self, name):
        text = (ROOT / f"requirements/{name}.txt").read_text("utf-8")
        assert not re.search(r"://|@|^-|/(?!$)", text, re.MULTILINE)


def test_the_longer_list_contains_the_shorter():
    longer = locked("dev")
    for name, pins in locked("run").items():
        assert {str(pin) for pin in pins} == {str(pin) for pin in longer[name]}


def test_make_lists_every_command():
    makefile = (ROOT / "Makefile").read_text("utf-8")
    (phony,) = re.findall(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    listed = [line.split()[1] for line in run("make", folder=ROOT).stdout.splitlines()]
    assert listed == phony.split()


class TestBootstrap:
    """Its decisions, with an empty list: nothing is fetched."""

    @pytest.fixture
    def checkout(self, tmp_path):
        folder = tmp_path / "a check out"
        folder.mkdir()
        shutil.copytree(ROOT / "tools", folder / "tools")
        for name in LISTS:
            self.write(folder, name, "# nothing")
        (folder / "pyproject.toml").touch()
        return folder

    def write(self, folder: Path, name: str, text: str) -> None:
        path = folder / "requirements" / f"{name}.txt"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"{text}\n")

    def prepare(self, folder: Path, **environment: str) -> str:
        done = run("sh", "tools/bootstrap", "build", folder=folder, **environment)
        assert done.returncode == 0, done.stderr
        return done.stderr

    def leave_a_trace(self, folder: Path) -> Path:
        trace = folder / ".venv" / "trace"
        trace.touch()
        return trace

    def test_a_second_run_finds_nothing_to_do(self, checkout):
        assert "preparing .venv" in self.prepare(checkout)
        trace = self.leave_a_trace(checkout)
        assert self.prepare(checkout) == ""
        assert trace.exists()
        assert (checkout / ".venv/bin/python").exists()

    def test_a_changed_list_rebuilds(self, checkout):
        self.prepare(checkout)
        trace = self.leave_a_trace(checkout)
        self.write(checkout, "build", "# something else")
        self.prepare(checkout)
        assert not trace.exists()

    def test_an_interrupted_run_is_repaired(self, checkout):
        self.prepare(checkout)
        trace = self.leave_a_trace(checkout)
        (checkout / ".venv/.tocsin/busy").touch()
        self.prepare(checkout)
        assert not trace.exists()
        assert not (checkout / ".venv/.tocsin/busy").exists()

    def test_one_without_its_python_is_repaired(self, checkout):
        self.prepare(checkout)
        (checkout / ".venv/bin/python").unlink()
        self.prepare(checkout)
        assert (checkout / ".venv/bin/python").exists()

    def test_a_checkout_that_moved_is_rebuilt(self, checkout):
        self.prepare(checkout)
        trace = self.leave_a_trace(checkout)
        moved = checkout.rename(checkout.with_name("moved"))
        self.prepare(moved)
        assert not (moved / ".venv" / trace.name).exists()

    def test_one_that_something_else_made_is_never_deleted(self, checkout):
        run("python3", "-m", "venv", "--without-pip", ".venv", folder=checkout)
        trace = self.leave_a_trace(checkout)
        self.prepare(checkout)
        self.write(checkout, "build", "# something else")
        self.prepare(checkout)
        assert trace.exists()

    def test_a_home_that_cannot_be_written_is_no_obstacle(self, checkout):
        self.prepare(checkout, HOME="/nonexistent")

    def test_a_python_named_but_unfit_is_refused(self, checkout):
        done = run("sh", "tools/bootstrap", "build", folder=checkout, PYTHON="/bin/false")
        assert done.returncode == 1
        assert "Python 3.11 or newer is needed" in done.stderr


class TestBrowser:
    def look(self, folder: Path, user: str) -> subprocess.CompletedProcess[str]:
        """Look for a browser with no program in reach but a made-up `id` and `apt-get`."""
        script(folder / "bin/id", f"echo {user}")
        script(folder / "bin/apt-get", 'echo "apt-get $*" >>"$LOG"', '[ "$1" = update ]')
        log = str(folder / "log")
        shell = shutil.which("sh") or "/bin/sh"
        browser = str(ROOT / "tools/browser")
        return run(shell, browser, folder=folder, PATH=str(folder / "bin"), LOG=log)

    def test_one_in_reach_is_enough(self, tmp_path):
        script(tmp_path / "bin/chromium")
        done = self.look(tmp_path, "1000")
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")

    def test_without_rights_it_says_what_to_run(self, tmp_path):
        done = self.look(tmp_path, "1000")
        assert done.returncode == 1
        assert "run: sudo apt-get install -y chromium" in done.stderr
        assert not (tmp_path / "log").exists()

    def test_as_root_it_installs_and_refreshes_the_package_lists_if_it_must(self, tmp_path):
        done = self.look(tmp_path, "0")
        asked = [line.split()[1] for line in (tmp_path / "log").read_text().splitlines()]
        assert asked == ["install", "update", "install"]
        assert done.returncode == 1
        assert "could not be installed" in done.stderr


class TestCheck:
    TOOLS = (
        "ruff", "lint-imports", "mypy", "vulture", "deptry", "hadolint", "check-jsonschema",
        "python",
    )  # fmt: skip

    def check(self, folder: Path, **outcomes: str) -> subprocess.CompletedProcess[str]:
        shutil.copytree(ROOT / "tools", folder / "tools")
        for name in self.TOOLS:
            script(folder / ".venv/bin" / name, f"echo {name} $*", outcomes.get(name, ""))
        return run("sh", "tools/check", folder=folder)

    def test_when_all_is_well_one_line_says_so(self, tmp_path):
        done = self.check(tmp_path)
        assert done.returncode == 0
        assert done.stdout.count("\n") == 1

    def test_one_failure_hides_no_other(self, tmp_path):
        done = self.check(tmp_path, mypy="exit 2", vulture="exit 3")
        assert done.returncode == 1
        assert "mypy" in done.stdout
        assert "vulture" in done.stdout
        assert "deptry" not in done.stdout
        assert done.stdout.endswith("check: failed: types dead-code\n")


class TestContinuousIntegration:
    @pytest.mark.parametrize(
        ("check", "test", "code"), [("true", "true", 0), ("false", "true", 1), ("true", "false", 1)]
    )
    def test_either_failure_counts_and_the_tests_have_the_last_word(
        self, check, test, code, tmp_path
    ):
        shutil.copytree(ROOT / ".ci", tmp_path / ".ci")
        rules = f"check:\n\t@{check}\ntest:\n\t@echo == 9 tests ==; {test}\n"
        (tmp_path / "Makefile").write_text(rules)
        done = run(".ci/run", folder=tmp_path)
        assert done.returncode == code
        assert done.stdout.splitlines()[-1] == "== 9 tests =="
