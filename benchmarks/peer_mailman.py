"""Mails a second of GNU Mailman 3, run by the Python that has it: see `benchmarks.peers`.

    python benchmarks/peer_mailman.py FOLDER PORT COUNT

A list in FOLDER (SQLite) with COUNT members, each of whom gets a copy of their own: personalised,
with an envelope sender that names them (VERP) and the footer that Mailman adds. The far side
listens on PORT of this machine. One post is in the outgoing queue, as it is after Mailman's
pipeline. Prints the seconds that its outgoing runner took.
"""

import sys
import time
from email import message_from_string
from pathlib import Path
from typing import Any

from mailman.app.lifecycle import create_list
from mailman.config import config
from mailman.core.initialize import initialize
from mailman.email.message import Message
from mailman.interfaces.domain import IDomainManager
from mailman.interfaces.mailinglist import Personalization
from mailman.interfaces.usermanager import IUserManager
from mailman.runners.outgoing import OutgoingRunner
from zope.component import getUtility

LIST = "status@notify.example.org"
TEXT = "We see errors on sign-in since 09:40. Please retry later. " * 78  # 4.5 kB, as a mail is
POST = f"From: Status <{LIST}>\nTo: {LIST}\nSubject: Sign-in is slow\nMessage-ID: <1@x>\n\n{TEXT}\n"
CONFIG = """
[mailman]
layout: here
[paths.here]
var_dir: {folder}
[mta]
incoming: mailman.mta.null.NullMTA
outgoing: mailman.mta.deliver.deliver
smtp_host: 127.0.0.1
smtp_port: {port}
verp_personalized_deliveries: yes
"""


class Once(OutgoingRunner):  # type: ignore[misc] # Mailman has no types
    """The outgoing runner, which ends when its queue is empty instead of waiting for more."""

    def _snooze(self, filecnt: int) -> None:
        if filecnt == 0:
            self.stop()


def a_list(count: int) -> tuple[Any, list[str]]:
    """Make a personalised list of *count* members; return it and their addresses."""
    getUtility(IDomainManager).add("notify.example.org")
    made = create_list(LIST)
    made.personalize = Personalization.individual
    users = getUtility(IUserManager)
    people = [f"person{n}@example.org" for n in range(count)]
    for each in people:
        made.subscribe(users.create_address(each))
    config.db.commit()
    return made, people


def main() -> None:
    """Fill, queue, send, and print how long sending took."""
    folder, port, count = sys.argv[1:]
    file = Path(folder) / "mailman.cfg"
    file.write_text(CONFIG.format(folder=folder, port=port))
    initialize(str(file))
    made, people = a_list(int(count))
    post = message_from_string(POST, Message)
    config.switchboards["out"].enqueue(post, listid=made.list_id, recipients=set(people))
    runner = Once("out")
    begun = time.perf_counter()
    runner.run()
    print(time.perf_counter() - begun)


if __name__ == "__main__":
    main()
