"""Keep trouble with a launch before there is a rollout, and what was told of components' states."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)
DOCUMENT = sa.JSON(none_as_null=True).with_variant(
    postgresql.JSONB(none_as_null=True), "postgresql"
)


def upgrade() -> None:
    op.create_table(
        "launch_trouble",
        sa.Column("id", KEY, nullable=False),
        sa.Column("launch_id", KEY, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("comment", sa.String(), nullable=False),
        sa.Column("told_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["launch_id"], ["launch.id"], name=op.f("fk_launch_trouble_launch_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_launch_trouble")),
    )
    op.create_index(op.f("ix_launch_trouble_launch_id"), "launch_trouble", ["launch_id"])
    op.create_table(
        "state_change",
        sa.Column("id", KEY, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("content", DOCUMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_state_change")),
    )
    op.create_index(op.f("ix_state_change_at"), "state_change", ["at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_state_change_at"), table_name="state_change")
    op.drop_table("state_change")
    op.drop_index(op.f("ix_launch_trouble_launch_id"), table_name="launch_trouble")
    op.drop_table("launch_trouble")
