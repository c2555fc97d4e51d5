"""The whole API as schemathesis sees it: no 5xx, no answer that its description does not promise.

`python -m tests.hostile` (`make hostile`) serves the demo's sample data, asks every operation for
what it describes and for what it forbids, and ends with 1 if anything is wrong.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.hostile.target import Target, a_target

HERE = Path(__file__).parent
UNFORESEEN = "Traceback"  # in the log


def main() -> None:
    """Serve, ask, and pass on the verdict."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--examples", type=int, default=100, help="cases an operation, at most")
    options.add_argument("--seed", type=int, default=int(time.time()))
    options.add_argument("rest", nargs="*", help="more for schemathesis, after --")
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as place:
        log = Path(place, "data", "serve.log")
        with a_target(Path(place, "data")) as target:
            wish = (f"--max-examples={asked.examples}", f"--seed={asked.seed}", *asked.rest)
            code = ask(target, Path(place, "schemathesis.toml"), *wish)
            said = log.read_text()
    if UNFORESEEN in said:
        print(said)
    print(json.dumps({"operations refused or answered": code == 0, "seed": asked.seed}))
    sys.exit(code or UNFORESEEN in said)


def ask(target: Target, settings: Path, *options: str) -> int:
    """Let schemathesis ask *target* everything; return its exit code."""
    target.write_settings(settings, (HERE / "schemathesis.toml").read_text())
    program = Path(sys.executable).with_name("schemathesis")
    command: list[str | Path] = [
        program,
        "--config-file",
        settings,
        "run",
        target.description,
        *options,
    ]
    environment = {
        **os.environ,
        "HOSTILE_KEYS": json.dumps(target.keys),
        "PYTHONPATH": str(HERE.parents[1]),
    }
    return subprocess.run(command, env=environment, cwd=settings.parent, check=False).returncode  # noqa: S603


if __name__ == "__main__":
    main()
