"""Keeps one server for as long as whoever started it lives; stops it and sweeps up afterwards.

A program of its own: `keeper.py SIGNAL FOLDER USER COMMAND…`. Its standard input is the leash. A
line with a signal's number means "stop it this way". The end of the input means that the other
side died, however it died: SIGNAL stops the server and FOLDER, which nobody will need again, goes.
So a test run that is killed leaves neither processes nor files behind.
"""

import pwd
import shutil
import subprocess
import sys
import threading
from pathlib import Path

PATIENCE = 20.0  # seconds a server has to end by itself


class Leash:
    """Waits for the order to stop, and carries it out."""

    def __init__(self, server: subprocess.Popen[bytes], last_signal: int) -> None:
        self._server = server
        self._last_signal = last_signal
        self.let_go = False
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        order = sys.stdin.readline()
        self.let_go = not order
        self._server.send_signal(int(order or self._last_signal))
        try:
            self._server.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._server.kill()


def keep(last_signal: int, folder: Path, user: str, command: list[str]) -> int:
    """Run *command* as *user* (empty: as we are) until it ends; return its exit code."""
    owner = pwd.getpwnam(user) if user else None
    server = subprocess.Popen(  # noqa: S603 - the caller is our own test suite
        command,
        stdin=subprocess.DEVNULL,
        cwd=folder,
        user=owner and owner.pw_uid,
        group=owner and owner.pw_gid,
        extra_groups=[] if owner else None,
    )
    leash = Leash(server, last_signal)
    code = server.wait()
    if leash.let_go:
        shutil.rmtree(folder, ignore_errors=True)
    return code


if __name__ == "__main__":
    number, where, who, *what = sys.argv[1:]
    sys.exit(keep(int(number), Path(where), who, what))
