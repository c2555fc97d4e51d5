"""Widen the tables."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)
DOCUMENT = sa.JSON(none_as_null=True).with_variant(
    postgresql.JSONB(none_as_null=True), "postgresql"
)


def upgrade() -> None:
    op.create_table(
        "sender",
        sa.Column("id", KEY, nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("api_key_id", KEY, nullable=True),
        sa.Column("address", sa.String(), nullable=True),
        sa.Column(
            "stance",
            sa.Enum("refused", "moderated", "trusted", name="stance", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("secret", sa.String(), nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("retired_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["api_key_id"], ["api_key.id"], name=op.f("fk_sender_api_key_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sender")),
        sa.UniqueConstraint("address", name=op.f("uq_sender_address")),
        sa.UniqueConstraint("api_key_id", name=op.f("uq_sender_api_key_id")),
        sa.UniqueConstraint("name", name=op.f("uq_sender_name")),
        sa.UniqueConstraint("public_id", name=op.f("uq_sender_public_id")),
        sa.UniqueConstraint("secret", name=op.f("uq_sender_secret")),
    )
    op.create_table(
        "sender_rule",
        sa.Column("id", KEY, nullable=False),
        sa.Column("sender_id", KEY, nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column(
            "stance",
            sa.Enum("refused", "moderated", "trusted", name="stance", native_enum=False, length=32),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["sender_id"], ["sender.id"], name=op.f("fk_sender_rule_sender_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sender_rule")),
        sa.UniqueConstraint(
            "sender_id", "category", "target", name=op.f("uq_sender_rule_sender_id_category_target")
        ),
    )


def downgrade() -> None:
    op.drop_table("sender_rule")
    op.drop_table("sender")
