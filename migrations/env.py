"""Runs the migrations on the connection that `service.db.migrate` passes in."""

from typing import Any, Literal

from alembic import context
from sqlalchemy import JSON, BigInteger, False_

from service.access import models as _access  # noqa: F401
from service.audit import models as _audit  # noqa: F401
from service.bounces import models as _bounces  # noqa: F401
from service.db.base import Base, Instant
from service.deliveries import models as _deliveries  # noqa: F401
from service.digests import models as _digests  # noqa: F401
from service.events import models as _events  # noqa: F401
from service.hooks import models as _hooks  # noqa: F401
from service.inbound import models as _inbound  # noqa: F401
from service.launches import models as _launches  # noqa: F401
from service.lists import models as _lists  # noqa: F401
from service.moderation import models as _moderation  # noqa: F401
from service.pages import models as _pages  # noqa: F401
from service.publications import models as _publications  # noqa: F401
from service.rollouts import models as _rollouts  # noqa: F401
from service.signup import models as _signup  # noqa: F401
from service.subscribers import models as _subscribers  # noqa: F401
from service.transfers import models as _transfers  # noqa: F401
from service.webhooks import models as _webhooks  # noqa: F401

#: How our types are called in a migration, which must not import the service: see script.py.mako.
WORDS = ((Instant, "INSTANT"), (JSON, "DOCUMENT"), (BigInteger, "KEY"))


def render_item(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """Write our types by the words a migration defines for itself."""
    if kind == "server_default" and isinstance(getattr(item, "arg", None), False_):
        return "sa.false()"  # as text it would be the 0 of SQLite, which is no boolean elsewhere
    if kind == "type" and (isinstance(item, Instant) or item._variant_mapping):  # noqa: SLF001
        return next(word for ours, word in WORDS if isinstance(item, ours))
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    render_item=render_item,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
