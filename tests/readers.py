"""Other people's programs that read what Tocsin writes; `make test` installs them."""

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parent / "node"
SECONDS = 60

Reader = Callable[[str, bytes], Any]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "npm: needs node and the packages of tests/node")


@pytest.fixture
def npm() -> Reader:
    """Give some bytes to a script of tests/node; return what it makes of them."""
    node = shutil.which("node")
    if node is None or not (FOLDER / "node_modules").is_dir():
        pytest.fail("the packages of tests/node are missing: run `sh tools/node` (make test does)")

    def read(script: str, given: bytes) -> Any:
        command = [node, script]
        done = subprocess.run(  # noqa: S603
            command, input=given, capture_output=True, cwd=FOLDER, timeout=SECONDS, check=False
        )
        assert done.returncode == 0, done.stderr.decode()
        return json.loads(done.stdout)

    return read
