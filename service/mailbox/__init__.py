"""The built-in mailbox: takes mail over real SMTP, keeps it, shows it, and sends nothing out."""

from pathlib import Path

from service.config import Settings


def in_use(settings: Settings) -> bool:
    """Whether mail goes to the built-in mailbox: for trying things out, on one machine only."""
    return "email" in settings.channels and not settings.smtp_url.get_secret_value()


def folder(settings: Settings) -> Path:
    """Where the letters are."""
    return settings.data_dir / "mailbox"
