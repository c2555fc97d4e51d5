"""The container files: every name in them exists, and a mistake is found without an engine."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FILES = ("docker-compose.yml", "Dockerfile")


@pytest.fixture
def folder(tmp_path):
    for name in FILES:
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def checked(folder: Path) -> list[str]:
    """What `tools/compose.py` says of *folder*, whose exit code agrees."""
    done = subprocess.run(  # noqa: S603
        [sys.executable, ROOT / "tools/compose.py", folder],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    said = done.stdout.splitlines()
    assert (done.returncode, done.stderr) == (int(bool(said)), "")
    return said


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


MISTAKES = {
    "service": (
        "      postgres:\n        condition",
        "      posgres:\n        condition",
        "posgres",
    ),
    "secret": ("secrets: [postgres_password]", "secrets: [password]", "no secret password"),
    "network": ("networks: [inside, outside]", "networks: [inside, out]", "no network out"),
    "volume": ('volumes: ["postgres:', 'volumes: ["data:', "no volume data"),
    "setting": ("TOCSIN_MAIL_HOST:", "TOCSIN_MAILHOST:", "TOCSIN_MAILHOST is no setting"),
    "given": ("[database_url, secret_key, smtp_url]", "[database_url, smtp_url]", "is not given"),
    "version": ("valkey/valkey:8.1.9-alpine", "valkey/valkey:alpine", "no exact version"),
    "end": ('restart: "no"', "restart: always", "waits for the end of migrate"),
    "health": ("test: [CMD, valkey-cli, ping]", "disable: true", "waits for the health of redis"),
}


class TestComposeFile:
    def test_every_name_in_it_exists(self, folder):
        assert checked(folder) == []

    @pytest.mark.parametrize("mistake", MISTAKES)
    def test_a_wrong_name_is_found(self, folder, mistake):
        old, new, words = MISTAKES[mistake]
        change(folder / "docker-compose.yml", old, new)
        assert any(words in line for line in checked(folder))


class TestDockerfile:
    def test_a_wrong_setting_is_found(self, folder):
        change(folder / "Dockerfile", "TOCSIN_BIND", "TOCSIN_BIMD")
        assert checked(folder) == ["Dockerfile: TOCSIN_BIMD is no setting"]

    def test_what_it_copies_exists_and_is_not_ignored(self):
        dockerfile, ignored = (
            (ROOT / n).read_text("utf-8") for n in ("Dockerfile", ".dockerignore")
        )
        copied = re.findall(r"^COPY (?!--from)(.*)$", dockerfile, re.MULTILINE)
        kept = set(re.findall(r"^!(.*)$", ignored, re.MULTILINE))
        wanted = {name for line in copied for name in line.split()[:-1]}
        assert all((ROOT / name).exists() for name in wanted)
        assert wanted == kept


class TestSecrets:
    def test_they_are_made_once_and_agree(self, tmp_path):
        (tmp_path / "tools").mkdir()
        shutil.copy(ROOT / "tools/secrets", tmp_path / "tools")
        made = [self.make(tmp_path) for _ in range(2)]
        assert made[0] == made[1]
        assert made[0]["postgres_password"] in made[0]["database_url"]
        assert len(made[0]["secret_key"]) == 64
        assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700

    @staticmethod
    def make(folder: Path) -> dict[str, str]:
        subprocess.run(["/bin/sh", folder / "tools/secrets"], check=True, timeout=60)  # noqa: S603
        return {path.name: path.read_text().strip() for path in (folder / "secrets").iterdir()}
