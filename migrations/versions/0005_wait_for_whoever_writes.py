"""Let readers of growing tables wait for whoever writes while they look."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    document = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
    op.add_column("bookmark", sa.Column("seen", sa.BigInteger(), nullable=True))
    op.add_column("bookmark", sa.Column("awaited", document, nullable=True))


def downgrade() -> None:
    op.drop_column("bookmark", "awaited")
    op.drop_column("bookmark", "seen")
