"""Mails a second of a Django mail queue, run by the Python that has it: see `benchmarks.peers`.

    python benchmarks/peer_django.py django-mailer|django-post-office FOLDER PORT COUNT

The queue is a SQLite file in FOLDER, the far side listens on PORT of this machine. Every mail has a
text and an HTML part, a recipient and an unsubscribe address of its own. Prints the seconds that
sending took; queueing is not counted.
"""

import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

import django
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.management import call_command

SMTP = "django.core.mail.backends.smtp.EmailBackend"
TEXT = "We see errors on sign-in since 09:40. Please retry later. " * 30
HTML = f"<html><body><p>{TEXT}</p></body></html>"
APPS: Mapping[str, str] = {"django-mailer": "mailer", "django-post-office": "post_office"}
BACKENDS = {
    "django-mailer": "mailer.backend.DbBackend",
    "django-post-office": "post_office.EmailBackend",
}


def configure(product: str, folder: str, port: int) -> None:
    """Set Django up with one of its queues, as its manual says, and make the tables."""
    given: dict[str, Any] = {
        "DATABASES": {
            "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": f"{folder}/queue.db"}
        },
        "INSTALLED_APPS": ["django.contrib.contenttypes", APPS[product]],
        "EMAIL_BACKEND": BACKENDS[product],
        "EMAIL_HOST": "127.0.0.1",
        "EMAIL_PORT": port,
        "MAILER_EMAIL_BACKEND": SMTP,
        "MAILER_LOCK_PATH": f"{folder}/lock",
        "POST_OFFICE": {"BACKENDS": {"default": SMTP}, "BATCH_SIZE": 1000},
        "TEMPLATES": [{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
        "USE_TZ": True,
        "SECRET_KEY": "benchmark",
        "LOGGING_CONFIG": None,
    }
    settings.configure(**given)
    django.setup()
    call_command("migrate", verbosity=0)


def queue(count: int) -> None:
    """Put *count* mails into the queue, in portions."""
    for first in range(0, count, 500):
        with get_connection() as connection:
            connection.send_messages([mail(n) for n in range(first, min(first + 500, count))])


def mail(n: int) -> EmailMultiAlternatives:
    """The mail to person *n*."""
    made = EmailMultiAlternatives(
        "Sign-in is slow",
        TEXT,
        "Status <status@notify.example.org>",
        [f"person{n}@example.org"],
        headers={"List-Unsubscribe": f"<https://notify.example.org/u/{n:032x}>"},
    )
    made.attach_alternative(HTML, "text/html")
    return made


def with_mailer() -> None:
    """Send what is queued as `send_mail` does."""
    from mailer.engine import send_all  # noqa: PLC0415

    send_all()


def with_post_office() -> None:
    """Send what is queued as `send_queued_mail` does."""
    from post_office.mail import send_queued_mail_until_done  # noqa: PLC0415

    send_queued_mail_until_done()


SENDERS: Mapping[str, Callable[[], None]] = {
    "django-mailer": with_mailer,
    "django-post-office": with_post_office,
}


def main() -> None:
    """Queue, send, and print how long sending took."""
    product, folder, port, count = sys.argv[1:]
    configure(product, folder, int(port))
    queue(int(count))
    begun = time.perf_counter()
    SENDERS[product]()
    print(time.perf_counter() - begun)


if __name__ == "__main__":
    main()
