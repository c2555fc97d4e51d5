"""Postfix with a queue of its own that passes all on to one far side: see `benchmarks.peers`.

A private instance in a folder: no mail of this machine goes through it. It needs root, and the
users that Debian's package makes.
"""

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from smtplib import SMTP
from tempfile import TemporaryDirectory

from tests.processes import free_port

AT_ONCE = 1_000  # recipients of a copy handed in
MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
mail_owner = postfix
setgid_group = postdrop
myhostname = peer.example.org
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mydestination =
mynetworks = 127.0.0.0/8
relayhost = [127.0.0.1]:{sink}
smtp_destination_recipient_limit = 1
smtpd_recipient_limit = {most}
smtp_dns_support_level = disabled
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
"""
MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


@contextmanager
def fanning_out(sink: int) -> Iterator[tuple[int, Path]]:
    """Run Postfix towards the far side at port *sink*; yield its port and its configuration."""
    with TemporaryDirectory() as place:
        folder, port = Path(place), free_port()
        folder.chmod(0o755)
        for name in ("config", "queue", "data"):
            (folder / name).mkdir()
        shutil.chown(folder / "data", "postfix")
        config = folder / "config"
        (config / "main.cf").write_text(MAIN.format(folder=folder, sink=sink, most=AT_ONCE))
        (config / "master.cf").write_text(MASTER.format(port=port))
        subprocess.run(["postfix", "-c", config, "start"], check=True, capture_output=True)
        try:
            yield port, config
        finally:
            subprocess.run(["postfix", "-c", config, "stop"], check=True, capture_output=True)


def seconds(port: int, config: Path, message: bytes, count: int) -> float:
    """Hand one message in for *count* recipients; return the time until the queue is empty."""
    begun = time.perf_counter()
    with SMTP("127.0.0.1", port) as client:
        for first in range(0, count, AT_ONCE):
            people = [f"person{n}@example.org" for n in range(first, min(first + AT_ONCE, count))]
            client.sendmail("status@notify.example.org", people, message)
    while b"is empty" not in _listed(config):
        time.sleep(0.05)
    return time.perf_counter() - begun


def _listed(config: Path) -> bytes:
    command = ["postqueue", "-c", str(config), "-p"]
    return subprocess.run(command, check=True, capture_output=True).stdout
