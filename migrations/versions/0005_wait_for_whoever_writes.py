"""Let readers of growing tables wait for whoever writes while they look.

And leave in doubt who may have been told, even where another attempt was refused: only the far
side's word on that very attempt, or that nobody is there, takes it back.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

VIEW = """
CREATE VIEW delivery_state AS
SELECT
    d.rollout_id, d.n, d.address_id, d.segment, d.rank, d.matched,
    CASE
        WHEN l.owner IS NOT NULL THEN 'sending'
        WHEN o.result = 'sent' THEN 'accepted'
        WHEN o.result = 'permanent' THEN 'rejected'
        WHEN o.result = 'skipped' THEN 'skipped'
        WHEN l.attempt > 1 THEN 'deferred'
        WHEN l.id IS NOT NULL THEN 'planned'
        WHEN o.result = 'unknown' THEN 'unknown'
        WHEN o.result IS NULL AND (
            SELECT d.n > s.settled_upto AND d.n <= s.marked_upto FROM slice s
            WHERE s.rollout_id = d.rollout_id AND s.n_lo <= d.n
            ORDER BY s.n_lo DESC LIMIT 1
        ) THEN 'sending'
        WHEN r.state IN ('aborted', 'expired', 'cancelled') THEN 'cancelled'
        ELSE 'planned'
    END AS state,
    o.reason,
    o.attempt
FROM delivery d
JOIN rollout r ON r.id = d.rollout_id
LEFT JOIN lane_two l ON l.rollout_id = d.rollout_id AND l.n = d.n
LEFT JOIN outcome o ON o.rollout_id = d.rollout_id AND o.n = d.n AND o.attempt = (
    -- The last word counts, but for one that arrived, and one that may have: only the far side
    -- takes that back.
    SELECT last.attempt FROM outcome last
    WHERE last.rollout_id = d.rollout_id AND last.n = d.n
    ORDER BY {words} last.attempt DESC LIMIT 1
)
"""
ARRIVED = "last.result = 'sent' DESC,"
IN_DOUBT = "last.result = 'unknown' DESC, last.result = 'permanent' DESC,"
LAST_WORD = "last.result IN ('permanent', 'unknown') DESC,"


def upgrade() -> None:
    document = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
    op.add_column("bookmark", sa.Column("seen", sa.BigInteger(), nullable=True))
    op.add_column("bookmark", sa.Column("awaited", document, nullable=True))
    op.execute("DROP VIEW delivery_state")
    op.execute(VIEW.format(words=f"{ARRIVED} {IN_DOUBT}"))


def downgrade() -> None:
    op.execute("DROP VIEW delivery_state")
    op.execute(VIEW.format(words=f"{ARRIVED} {LAST_WORD}"))
    op.drop_column("bookmark", "awaited")
    op.drop_column("bookmark", "seen")
