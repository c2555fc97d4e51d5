"""The settings as every command reads them."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from service.config import Settings


def settings(**given: Any) -> "Settings":
    """Read the settings of the environment, *given* winning, and let them rule the logs."""
    from service import logs  # noqa: PLC0415
    from service.config import read_settings  # noqa: PLC0415

    found = read_settings(**given)
    logs.configure(found)
    return found
