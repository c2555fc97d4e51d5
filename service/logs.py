"""How the program logs: lines for people or JSON for machines, without addresses in full."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog
from structlog.stdlib import ProcessorFormatter
from structlog.typing import Processor

from service.config import Settings

#: Chatty libraries, and from which level on they are heard.
QUIET = {"dramatiq": logging.WARNING, "alembic": logging.WARNING, "mail.log": logging.ERROR}

_ADDRESS = re.compile(r"([\w.+%-])[\w.+%=-]*@([\w-]+(?:\.[\w-]+)+)")


def configure(settings: Settings) -> None:
    """Send the logs of this program and its libraries to standard error."""
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    structlog.configure(
        processors=_PROCESSORS,
        wrapper_class=structlog.make_filtering_bound_logger(logging.NOTSET),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    last = [ProcessorFormatter.remove_processors_meta, _RENDERERS[settings.log_format]]
    handler.setFormatter(ProcessorFormatter(processors=last, foreign_pre_chain=_SHARED))
    logging.basicConfig(handlers=[handler], level=level, force=True)
    for name, quiet in QUIET.items():
        logging.getLogger(name).setLevel(max(level, quiet))


def without_addresses(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Mask whatever looks like an e-mail address in the values of *event*."""
    for key, value in event.items():
        if isinstance(value, str) and "@" in value:
            event[key] = _ADDRESS.sub(r"\1…@\2", value)
    return event


# The exception's text comes before the mask, which has to see it.
_SHARED: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
    without_addresses,
]
#: One list, however often we are configured: a logger keeps the one it first spoke through.
_PROCESSORS: list[Processor] = [
    structlog.stdlib.filter_by_level,  # a logger would keep the level it first spoke at as well
    *_SHARED,
    ProcessorFormatter.wrap_for_formatter,
]
_RENDERERS: dict[str, Processor] = {
    "json": structlog.processors.JSONRenderer(),
    "text": structlog.dev.ConsoleRenderer(colors=False),
}
