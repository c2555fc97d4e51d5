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
        "attempt",
        sa.Column("id", KEY, nullable=False),
        sa.Column("address_id", sa.BigInteger(), nullable=False),
        sa.Column("parcel", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("result", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("detail", sa.String(), nullable=False),
        sa.Column("trace", DOCUMENT, nullable=False),
        sa.Column("next_at", INSTANT, nullable=True),
        sa.Column("why", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempt")),
    )
    with op.batch_alter_table("attempt", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_attempt_address_id_id"), ["address_id", "id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_attempt_at"), ["at"], unique=False)

    op.create_table(
        "bookmark",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_bookmark")),
    )
    op.create_table(
        "circuit",
        sa.Column("address_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failing_since", INSTANT, nullable=True),
        sa.Column("probe_at", sa.Double(), nullable=False),
        sa.Column("succeeded_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("address_id", name=op.f("pk_circuit")),
    )
    op.create_table(
        "delivery_event",
        sa.Column("rollout_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("n", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "hard_bounce",
                "soft_bounce",
                "complaint",
                "blame",
                name="echo",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("detail", sa.String(), nullable=False),
        sa.Column("address_id", sa.BigInteger(), nullable=True),
        sa.Column("lane", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("is_void", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("rollout_id", "n", "kind", name=op.f("pk_delivery_event")),
    )
    with op.batch_alter_table("delivery_event", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_delivery_event_address_id_at"), ["address_id", "at"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_delivery_event_lane_kind_at"), ["lane", "kind", "at"], unique=False
        )

    op.create_table(
        "digest_item",
        sa.Column("rollout_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("n", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("address_id", sa.BigInteger(), nullable=False),
        sa.Column("publication_id", sa.BigInteger(), nullable=False),
        sa.Column("matched", sa.Integer(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("known_at", sa.Double(), nullable=False),
        sa.Column("due_at", INSTANT, nullable=True),
        sa.Column("digest_id", sa.BigInteger(), nullable=True),
        sa.Column("dropped_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("rollout_id", "n", name=op.f("pk_digest_item")),
    )
    with op.batch_alter_table("digest_item", schema=None) as batch_op:
        batch_op.create_index("ix_digest_item_known_at", ["known_at"], unique=False)
        batch_op.create_index(
            "ix_digest_item_waiting",
            ["due_at", "address_id"],
            unique=False,
            postgresql_where=sa.text("digest_id IS NULL AND dropped_at IS NULL"),
            sqlite_where=sa.text("digest_id IS NULL AND dropped_at IS NULL"),
        )

    op.create_table(
        "event_template",
        sa.Column("id", KEY, nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column(
            "category",
            sa.Enum(
                "incident",
                "maintenance",
                "action_required",
                "announcement",
                "general_message",
                name="category",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "stage",
            sa.Enum(
                "investigating",
                "identified",
                "monitoring",
                "resolved",
                "postmortem",
                "scheduled",
                "in_progress",
                "verifying",
                "completed",
                "cancelled",
                "published",
                "closed",
                "ended",
                "retracted",
                name="eventstage",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("title", DOCUMENT, nullable=False),
        sa.Column("body", DOCUMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_template")),
        sa.UniqueConstraint(
            "category", "stage", "name", name=op.f("uq_event_template_category_stage_name")
        ),
        sa.UniqueConstraint("public_id", name=op.f("uq_event_template_public_id")),
    )
    op.create_table(
        "followed",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("upto", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_followed")),
    )
    op.create_table(
        "freeze",
        sa.Column("id", KEY, nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("starts_at", INSTANT, nullable=False),
        sa.Column("ends_at", INSTANT, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("lifted_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_freeze")),
        sa.UniqueConstraint("public_id", name=op.f("uq_freeze_public_id")),
    )
    op.create_table(
        "letter",
        sa.Column("id", KEY, nullable=False),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.Column(
            "entrance",
            sa.Enum(
                "bounce",
                "complaint",
                "leave",
                "confirm",
                "post",
                "owner",
                "postmaster",
                name="entrance",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("mail_from", sa.String(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "done",
                "ignored",
                "unrecognised",
                "failed",
                name="letterstate",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("detail", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("settled_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter")),
    )
    with op.batch_alter_table("letter", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_letter_received_at"), ["received_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_letter_state_id"), ["state", "id"], unique=False)

    op.create_table(
        "moderation_policy",
        sa.Column("id", KEY, nullable=False),
        sa.Column("four_eyes", sa.Boolean(), nullable=False),
        sa.Column("quorum", sa.Integer(), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("seeds", DOCUMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moderation_policy")),
    )
    op.create_table(
        "notice",
        sa.Column("id", KEY, nullable=False),
        sa.Column("address_id", sa.BigInteger(), nullable=False),
        sa.Column("parcel", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("publication_id", sa.BigInteger(), nullable=True),
        sa.Column("content", DOCUMENT, nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("lease_until", sa.Double(), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("done_at", INSTANT, nullable=True),
        sa.Column("result", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
    )
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_notice_address_id_id"), ["address_id", "id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_notice_done_at"), ["done_at"], unique=False)

    op.create_table(
        "reached",
        sa.Column("rollout_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("address_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("matched", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("rollout_id", "address_id", name=op.f("pk_reached")),
    )
    op.create_table(
        "received",
        sa.Column("address_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("place", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("rollout_id", sa.BigInteger(), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("address_id", "place", name=op.f("pk_received")),
    )
    op.create_table(
        "refusal",
        sa.Column("address_hash", sa.String(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column(
            "reason",
            sa.Enum(
                "refused",
                "left",
                "complaint",
                "erased",
                "moved",
                name="endreason",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("address_hash", "target", name=op.f("pk_refusal")),
    )
    op.create_table(
        "storm",
        sa.Column("id", KEY, nullable=False),
        sa.Column("lane", sa.String(), nullable=False),
        sa.Column("began_at", INSTANT, nullable=False),
        sa.Column("hard", sa.Integer(), nullable=False),
        sa.Column("sent", sa.Integer(), nullable=False),
        sa.Column("told_at", INSTANT, nullable=True),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("ended_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_storm")),
    )
    with op.batch_alter_table("storm", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_storm_lane_ended_at"), ["lane", "ended_at"], unique=False
        )

    op.create_table(
        "suppressed_stranger",
        sa.Column("address_hash", sa.String(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("address_hash", name=op.f("pk_suppressed_stranger")),
    )
    op.create_table(
        "takeover",
        sa.Column("id", KEY, nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("page", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("consent_text", sa.String(), nullable=False),
        sa.Column("content", DOCUMENT, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_takeover")),
        sa.UniqueConstraint("public_id", name=op.f("uq_takeover_public_id")),
    )
    op.create_table(
        "action_done",
        sa.Column("subscriber_id", KEY, nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscriber.id"], name=op.f("fk_action_done_subscriber_id")
        ),
        sa.PrimaryKeyConstraint("subscriber_id", "subject", name=op.f("pk_action_done")),
    )
    op.create_table(
        "duty",
        sa.Column("id", KEY, nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("page_id", KEY, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("tasks", sa.String(), nullable=False),
        sa.Column("staff_id", KEY, nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("told_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["page_id"], ["page.id"], name=op.f("fk_duty_page_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_duty_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty")),
        sa.UniqueConstraint("public_id", name=op.f("uq_duty_public_id")),
    )
    with op.batch_alter_table("duty", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_duty_page_id"), ["page_id"], unique=False)

    op.create_table(
        "handbook",
        sa.Column("page_id", KEY, nullable=False),
        sa.Column("criteria", DOCUMENT, nullable=False),
        sa.Column("principles", DOCUMENT, nullable=False),
        sa.Column("help", DOCUMENT, nullable=False),
        sa.ForeignKeyConstraint(["page_id"], ["page.id"], name=op.f("fk_handbook_page_id")),
        sa.PrimaryKeyConstraint("page_id", name=op.f("pk_handbook")),
    )
    op.create_table(
        "hook",
        sa.Column("id", KEY, nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("page_id", KEY, nullable=False),
        sa.Column("mapping", DOCUMENT, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("retired_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["page_id"], ["page.id"], name=op.f("fk_hook_page_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hook")),
        sa.UniqueConstraint("name", name=op.f("uq_hook_name")),
        sa.UniqueConstraint("public_id", name=op.f("uq_hook_public_id")),
    )
    op.create_table(
        "launch",
        sa.Column("id", KEY, nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("publication_id", KEY, nullable=True),
        sa.Column("plan", DOCUMENT, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["publication_id"], ["publication.id"], name=op.f("fk_launch_publication_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_launch")),
        sa.UniqueConstraint("public_id", name=op.f("uq_launch_public_id")),
        sa.UniqueConstraint("slug", name=op.f("uq_launch_slug")),
    )
    with op.batch_alter_table("launch", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_launch_publication_id"), ["publication_id"], unique=False
        )

    op.create_table(
        "moderation_duty",
        sa.Column("id", KEY, nullable=False),
        sa.Column("staff_id", KEY, nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("is_backup", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_moderation_duty_staff_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moderation_duty")),
        sa.UniqueConstraint("staff_id", "target", name=op.f("uq_moderation_duty_staff_id_target")),
    )
    with op.batch_alter_table("moderation_duty", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_moderation_duty_target"), ["target"], unique=False)

    op.create_table(
        "moderation_handling",
        sa.Column("publication_id", KEY, nullable=False),
        sa.Column("claimed_by", sa.String(), nullable=False),
        sa.Column("claimed_at", INSTANT, nullable=True),
        sa.Column("held_until", INSTANT, nullable=True),
        sa.Column("held_why", sa.String(), nullable=False),
        sa.Column("told_at", INSTANT, nullable=True),
        sa.Column("reminders", sa.Integer(), nullable=False),
        sa.Column("settled_at", INSTANT, nullable=True),
        sa.Column("review_since", INSTANT, nullable=True),
        sa.Column("reviewed_at", INSTANT, nullable=True),
        sa.Column("reviewed_by", sa.String(), nullable=False),
        sa.Column("review", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["publication_id"],
            ["publication.id"],
            name=op.f("fk_moderation_handling_publication_id"),
        ),
        sa.PrimaryKeyConstraint("publication_id", name=op.f("pk_moderation_handling")),
    )
    with op.batch_alter_table("moderation_handling", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_moderation_handling_review_since"), ["review_since"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_moderation_handling_settled_at"), ["settled_at"], unique=False
        )

    op.create_table(
        "moderation_notice",
        sa.Column("id", KEY, nullable=False),
        sa.Column("publication_id", KEY, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("sent_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["publication_id"], ["publication.id"], name=op.f("fk_moderation_notice_publication_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moderation_notice")),
        sa.UniqueConstraint(
            "publication_id",
            "kind",
            "recipient",
            name=op.f("uq_moderation_notice_publication_id_kind_recipient"),
        ),
    )
    with op.batch_alter_table("moderation_notice", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_moderation_notice_sent_at_id"), ["sent_at", "id"], unique=False
        )

    op.create_table(
        "moderation_vote",
        sa.Column("id", KEY, nullable=False),
        sa.Column("publication_id", KEY, nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("comment", sa.String(), nullable=False),
        sa.Column("undo_minutes", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(
            ["publication_id"], ["publication.id"], name=op.f("fk_moderation_vote_publication_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moderation_vote")),
        sa.UniqueConstraint(
            "publication_id", "by", name=op.f("uq_moderation_vote_publication_id_by")
        ),
    )
    op.create_table(
        "outlet",
        sa.Column("id", KEY, nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("page_id", KEY, nullable=False),
        sa.Column("name", DOCUMENT, nullable=False),
        sa.Column("purpose", DOCUMENT, nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("incidents", sa.String(), nullable=False),
        sa.Column("service", sa.String(), nullable=False),
        sa.Column("access", sa.String(), nullable=False),
        sa.Column("is_public", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["page_id"], ["page.id"], name=op.f("fk_outlet_page_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outlet")),
        sa.UniqueConstraint("public_id", name=op.f("uq_outlet_public_id")),
    )
    with op.batch_alter_table("outlet", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_outlet_page_id"), ["page_id"], unique=False)

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
        "acknowledgement",
        sa.Column("id", KEY, nullable=False),
        sa.Column("rollout_id", KEY, nullable=False),
        sa.Column("team", sa.String(), nullable=False),
        sa.Column("is_ready", sa.Boolean(), nullable=False),
        sa.Column("comment", sa.String(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["rollout_id"], ["rollout.id"], name=op.f("fk_acknowledgement_rollout_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_acknowledgement")),
    )
    with op.batch_alter_table("acknowledgement", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_acknowledgement_rollout_id_team"), ["rollout_id", "team"], unique=False
        )

    op.create_table(
        "address_change",
        sa.Column("id", KEY, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("address_id", KEY, nullable=False),
        sa.Column("new_address_id", KEY, nullable=True),
        sa.Column("wish", DOCUMENT, nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "asked",
                "waiting",
                "done",
                "cancelled",
                "dropped",
                name="changestate",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("ip", sa.String(), nullable=False),
        sa.Column("agent", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["address_id"], ["address.id"], name=op.f("fk_address_change_address_id")
        ),
        sa.ForeignKeyConstraint(
            ["new_address_id"], ["address.id"], name=op.f("fk_address_change_new_address_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_address_change")),
    )
    with op.batch_alter_table("address_change", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_address_change_address_id_at"), ["address_id", "at"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_address_change_state_due_at"), ["state", "due_at"], unique=False
        )

    op.create_table(
        "endpoint",
        sa.Column("address_id", KEY, nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("owner_id", KEY, nullable=True),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("watches", DOCUMENT, nullable=False),
        sa.Column("retires_at", INSTANT, nullable=True),
        sa.Column("warned_at", INSTANT, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["address_id"], ["address.id"], name=op.f("fk_endpoint_address_id")
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["address.id"], name=op.f("fk_endpoint_owner_id")),
        sa.PrimaryKeyConstraint("address_id", name=op.f("pk_endpoint")),
        sa.UniqueConstraint("public_id", name=op.f("uq_endpoint_public_id")),
    )
    with op.batch_alter_table("endpoint", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_endpoint_owner_id"), ["owner_id"], unique=False)

    op.create_table(
        "endpoint_wish",
        sa.Column("id", KEY, nullable=False),
        sa.Column("owner_id", KEY, nullable=False),
        sa.Column("page_id", KEY, nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("choice", DOCUMENT, nullable=False),
        sa.Column("style", sa.String(), nullable=False),
        sa.Column("network", sa.String(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("registered_id", KEY, nullable=True),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["address.id"], name=op.f("fk_endpoint_wish_owner_id")
        ),
        sa.ForeignKeyConstraint(["page_id"], ["page.id"], name=op.f("fk_endpoint_wish_page_id")),
        sa.ForeignKeyConstraint(
            ["registered_id"], ["address.id"], name=op.f("fk_endpoint_wish_registered_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_endpoint_wish")),
    )
    with op.batch_alter_table("endpoint_wish", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_endpoint_wish_network_at"), ["network", "at"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_endpoint_wish_owner_id_at"), ["owner_id", "at"], unique=False
        )

    op.create_table(
        "exposure",
        sa.Column("rollout_id", KEY, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("sent", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["rollout_id"], ["rollout.id"], name=op.f("fk_exposure_rollout_id")
        ),
        sa.PrimaryKeyConstraint("rollout_id", "at", name=op.f("pk_exposure")),
    )
    op.create_table(
        "launch_mark",
        sa.Column("launch_id", KEY, nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("is_waived", sa.Boolean(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("comment", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["launch_id"], ["launch.id"], name=op.f("fk_launch_mark_launch_id")
        ),
        sa.PrimaryKeyConstraint("launch_id", "key", name=op.f("pk_launch_mark")),
    )
    op.create_table(
        "launch_seed",
        sa.Column("id", KEY, nullable=False),
        sa.Column("launch_id", KEY, nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("rollout_id", KEY, nullable=True),
        sa.Column("sent_at", INSTANT, nullable=False),
        sa.Column("acknowledged_at", INSTANT, nullable=True),
        sa.Column("acknowledged_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["launch_id"], ["launch.id"], name=op.f("fk_launch_seed_launch_id")
        ),
        sa.ForeignKeyConstraint(
            ["rollout_id"], ["rollout.id"], name=op.f("fk_launch_seed_rollout_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_launch_seed")),
        sa.UniqueConstraint(
            "launch_id", "address", "hash", name=op.f("uq_launch_seed_launch_id_address_hash")
        ),
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
    op.create_table(
        "signal",
        sa.Column("id", KEY, nullable=False),
        sa.Column("rollout_id", KEY, nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("value", sa.Double(), nullable=True),
        sa.Column("denominator", sa.Double(), nullable=True),
        sa.Column("period_from", INSTANT, nullable=False),
        sa.Column("period_to", INSTANT, nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["rollout_id"], ["rollout.id"], name=op.f("fk_signal_rollout_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signal")),
    )
    with op.batch_alter_table("signal", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_signal_rollout_id_key"), ["rollout_id", "key"], unique=False
        )

    op.create_table(
        "state_correction",
        sa.Column("id", KEY, nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("component_id", KEY, nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "operational",
                "maintenance",
                "minor_disruption",
                "major_disruption",
                "down",
                name="state",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("starts_at", INSTANT, nullable=False),
        sa.Column("ends_at", INSTANT, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["component_id"], ["component.id"], name=op.f("fk_state_correction_component_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_state_correction")),
        sa.UniqueConstraint("public_id", name=op.f("uq_state_correction_public_id")),
    )
    with op.batch_alter_table("state_correction", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_state_correction_component_id_ends_at"),
            ["component_id", "ends_at"],
            unique=False,
        )

    op.create_table(
        "subscribed_event",
        sa.Column("subscription_id", KEY, nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["subscription_id"],
            ["subscription.id"],
            name=op.f("fk_subscribed_event_subscription_id"),
        ),
        sa.PrimaryKeyConstraint("subscription_id", "subject", name=op.f("pk_subscribed_event")),
    )
    op.create_table(
        "told_state",
        sa.Column("component_id", KEY, nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "operational",
                "maintenance",
                "minor_disruption",
                "major_disruption",
                "down",
                name="state",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["component_id"], ["component.id"], name=op.f("fk_told_state_component_id")
        ),
        sa.PrimaryKeyConstraint("component_id", name=op.f("pk_told_state")),
    )
    op.create_table(
        "launch_alarm",
        sa.Column("launch_id", KEY, nullable=False),
        sa.Column("decision_id", KEY, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["decision.id"], name=op.f("fk_launch_alarm_decision_id")
        ),
        sa.ForeignKeyConstraint(
            ["launch_id"], ["launch.id"], name=op.f("fk_launch_alarm_launch_id")
        ),
        sa.PrimaryKeyConstraint("launch_id", "decision_id", name=op.f("pk_launch_alarm")),
    )
    with op.batch_alter_table("address", schema=None) as batch_op:
        batch_op.add_column(sa.Column("options", DOCUMENT, nullable=True))
        batch_op.create_index(
            batch_op.f("ix_address_suppressed_at"), ["suppressed_at"], unique=False
        )

    with op.batch_alter_table("component", schema=None) as batch_op:
        batch_op.add_column(sa.Column("known_since", INSTANT, nullable=True))

    with op.batch_alter_table("component_state", schema=None) as batch_op:
        batch_op.add_column(sa.Column("recorded_at", INSTANT, nullable=True))

    with op.batch_alter_table("consent_record", schema=None) as batch_op:
        batch_op.add_column(sa.Column("by", sa.String(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("message_id", sa.String(), server_default="", nullable=False))

    with op.batch_alter_table("decision", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "reason",
                sa.Enum(
                    "manual",
                    "gate",
                    "guard",
                    "restored",
                    "dependency",
                    "error",
                    "changed",
                    "capacity",
                    "clock",
                    "tzdb",
                    name="pausereason",
                    native_enum=False,
                    length=32,
                ),
                nullable=True,
            )
        )

    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.add_column(sa.Column("external_key", sa.String(), nullable=True))
        batch_op.add_column(
            sa.Column("starts_itself", sa.Boolean(), server_default=sa.false(), nullable=False)
        )
        batch_op.add_column(
            sa.Column("ends_itself", sa.Boolean(), server_default=sa.false(), nullable=False)
        )
        batch_op.add_column(
            sa.Column("tells_start", sa.Boolean(), server_default=sa.false(), nullable=False)
        )
        batch_op.add_column(
            sa.Column("tells_end", sa.Boolean(), server_default=sa.false(), nullable=False)
        )
        batch_op.add_column(
            sa.Column("tells_before", sa.Boolean(), server_default=sa.false(), nullable=False)
        )
        batch_op.add_column(sa.Column("reminded_at", INSTANT, nullable=True))
        batch_op.add_column(sa.Column("series", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("series_from", INSTANT, nullable=True))
        batch_op.add_column(sa.Column("occurs_at", INSTANT, nullable=True))
        batch_op.add_column(sa.Column("rule", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("ahead_days", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("recurs_at", INSTANT, nullable=True))
        batch_op.add_column(sa.Column("chased_at", INSTANT, nullable=True))
        batch_op.create_index(
            batch_op.f("ix_event_page_id_external_key"), ["page_id", "external_key"], unique=False
        )

    with op.batch_alter_table("gate_run", schema=None) as batch_op:
        batch_op.add_column(sa.Column("is_repeat", sa.Boolean(), nullable=True))

    with op.batch_alter_table("lane_two", schema=None) as batch_op:
        batch_op.add_column(sa.Column("bucket", sa.String(), server_default="", nullable=False))
        batch_op.drop_index(
            batch_op.f("ix_lane_two_waiting"), sqlite_where=sa.text("owner IS NULL")
        )
        batch_op.create_index(
            "ix_lane_two_offered",
            ["slice_id", "bucket", "due_at"],
            unique=False,
            postgresql_where=sa.text("owner IS NULL"),
            sqlite_where=sa.text("owner IS NULL"),
        )

    with op.batch_alter_table("limit", schema=None) as batch_op:
        batch_op.add_column(sa.Column("most", sa.Double(), nullable=True))
        batch_op.add_column(sa.Column("period", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("free_at", sa.Double(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("warm_from", sa.Double(), nullable=True))

    with op.batch_alter_table("mailing_list", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("has_archive", sa.Boolean(), server_default=sa.true(), nullable=False)
        )

    with op.batch_alter_table("outcome", schema=None) as batch_op:
        batch_op.create_index(
            "ix_outcome_digested",
            ["known_at"],
            unique=False,
            postgresql_where=sa.text("result = 'skipped' AND reason IN ('capped', 'digested')"),
            sqlite_where=sa.text("result = 'skipped' AND reason IN ('capped', 'digested')"),
        )
        batch_op.create_index(
            "ix_outcome_refused",
            ["known_at"],
            unique=False,
            postgresql_where=sa.text("result = 'permanent'"),
            sqlite_where=sa.text("result = 'permanent'"),
        )
        batch_op.create_index(
            "ix_outcome_refused_of",
            ["rollout_id"],
            unique=False,
            postgresql_where=sa.text("result = 'permanent'"),
            sqlite_where=sa.text("result = 'permanent'"),
        )

    with op.batch_alter_table("publication", schema=None) as batch_op:
        batch_op.add_column(sa.Column("retracted_at", INSTANT, nullable=True))

    with op.batch_alter_table("rollout", schema=None) as batch_op:
        batch_op.add_column(sa.Column("holdout", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("judged_from", INSTANT, nullable=True))
        batch_op.add_column(sa.Column("corrects_id", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("four_eyes", sa.Boolean(), nullable=True))
        batch_op.add_column(sa.Column("waived", DOCUMENT, nullable=True))
        batch_op.add_column(sa.Column("asked_at", INSTANT, nullable=True))
        batch_op.add_column(sa.Column("undo_minutes", sa.Double(), nullable=True))
        batch_op.add_column(sa.Column("short_by", sa.Integer(), nullable=True))

    with op.batch_alter_table("signed_link", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_signed_link_expires_at"), ["expires_at"], unique=False)

    with op.batch_alter_table("signup_request", schema=None) as batch_op:
        batch_op.add_column(sa.Column("answered_at", INSTANT, nullable=True))

    with op.batch_alter_table("slice", schema=None) as batch_op:
        batch_op.add_column(sa.Column("open_at", INSTANT, nullable=True))
        batch_op.add_column(sa.Column("stages", sa.Integer(), server_default="0", nullable=False))
        batch_op.create_index(
            "ix_slice_lane",
            ["channel", "ready", "urgency", "id"],
            unique=False,
            postgresql_where=sa.text("n_lo IS NULL"),
            sqlite_where=sa.text("n_lo IS NULL"),
        )

    with op.batch_alter_table("staff", schema=None) as batch_op:
        batch_op.add_column(sa.Column("locale", sa.String(), server_default="en", nullable=False))
        batch_op.add_column(
            sa.Column("totp_secret", sa.String(), server_default="", nullable=False)
        )
        batch_op.add_column(sa.Column("totp_since", INSTANT, nullable=True))
        batch_op.add_column(
            sa.Column("totp_step", sa.Integer(), server_default="0", nullable=False)
        )
        batch_op.add_column(
            sa.Column("oidc_subject", sa.String(), server_default="", nullable=False)
        )
        batch_op.add_column(sa.Column("recovery", DOCUMENT, nullable=True))

    with op.batch_alter_table("staff_session", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_staff_session_expires_at"), ["expires_at"], unique=False
        )

    with op.batch_alter_table("stage", schema=None) as batch_op:
        batch_op.add_column(sa.Column("judged_at", INSTANT, nullable=True))

    with op.batch_alter_table("subscriber", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "frequency",
                sa.Enum(
                    "immediate", "daily", "weekly", name="frequency", native_enum=False, length=32
                ),
                server_default="immediate",
                nullable=False,
            )
        )
        batch_op.add_column(sa.Column("cap_most", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("cap_hours", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("region", sa.String(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("group_name", sa.String(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("client", sa.String(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("party", sa.String(), server_default="", nullable=False))
        batch_op.add_column(
            sa.Column("external_ref", sa.String(), server_default="", nullable=False)
        )
        batch_op.add_column(sa.Column("owner_id", KEY, nullable=True))
        batch_op.create_index(
            batch_op.f("ix_subscriber_external_ref"), ["external_ref"], unique=False
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_subscriber_owner_id"), "subscriber", ["owner_id"], ["id"]
        )

    with op.batch_alter_table("subscription", schema=None) as batch_op:
        batch_op.add_column(sa.Column("moments", sa.Integer(), server_default="7", nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("subscription", schema=None) as batch_op:
        batch_op.drop_column("moments")

    with op.batch_alter_table("subscriber", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_subscriber_owner_id"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_subscriber_external_ref"))
        batch_op.drop_column("owner_id")
        batch_op.drop_column("external_ref")
        batch_op.drop_column("party")
        batch_op.drop_column("client")
        batch_op.drop_column("group_name")
        batch_op.drop_column("region")
        batch_op.drop_column("cap_hours")
        batch_op.drop_column("cap_most")
        batch_op.drop_column("frequency")

    with op.batch_alter_table("stage", schema=None) as batch_op:
        batch_op.drop_column("judged_at")

    with op.batch_alter_table("staff_session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_staff_session_expires_at"))

    with op.batch_alter_table("staff", schema=None) as batch_op:
        batch_op.drop_column("recovery")
        batch_op.drop_column("oidc_subject")
        batch_op.drop_column("totp_step")
        batch_op.drop_column("totp_since")
        batch_op.drop_column("totp_secret")
        batch_op.drop_column("locale")

    with op.batch_alter_table("slice", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_slice_lane",
            postgresql_where=sa.text("n_lo IS NULL"),
            sqlite_where=sa.text("n_lo IS NULL"),
        )
        batch_op.drop_column("stages")
        batch_op.drop_column("open_at")

    with op.batch_alter_table("signup_request", schema=None) as batch_op:
        batch_op.drop_column("answered_at")

    with op.batch_alter_table("signed_link", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_signed_link_expires_at"))

    with op.batch_alter_table("rollout", schema=None) as batch_op:
        batch_op.drop_column("short_by")
        batch_op.drop_column("undo_minutes")
        batch_op.drop_column("asked_at")
        batch_op.drop_column("waived")
        batch_op.drop_column("four_eyes")
        batch_op.drop_column("corrects_id")
        batch_op.drop_column("judged_from")
        batch_op.drop_column("holdout")

    with op.batch_alter_table("publication", schema=None) as batch_op:
        batch_op.drop_column("retracted_at")

    with op.batch_alter_table("outcome", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_outcome_refused_of",
            postgresql_where=sa.text("result = 'permanent'"),
            sqlite_where=sa.text("result = 'permanent'"),
        )
        batch_op.drop_index(
            "ix_outcome_refused",
            postgresql_where=sa.text("result = 'permanent'"),
            sqlite_where=sa.text("result = 'permanent'"),
        )
        batch_op.drop_index(
            "ix_outcome_digested",
            postgresql_where=sa.text("result = 'skipped' AND reason IN ('capped', 'digested')"),
            sqlite_where=sa.text("result = 'skipped' AND reason IN ('capped', 'digested')"),
        )

    with op.batch_alter_table("mailing_list", schema=None) as batch_op:
        batch_op.drop_column("has_archive")

    with op.batch_alter_table("limit", schema=None) as batch_op:
        batch_op.drop_column("warm_from")
        batch_op.drop_column("free_at")
        batch_op.drop_column("period")
        batch_op.drop_column("most")

    with op.batch_alter_table("lane_two", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_lane_two_offered",
            postgresql_where=sa.text("owner IS NULL"),
            sqlite_where=sa.text("owner IS NULL"),
        )
        batch_op.create_index(
            batch_op.f("ix_lane_two_waiting"),
            ["channel", "urgency", "due_at"],
            unique=False,
            sqlite_where=sa.text("owner IS NULL"),
        )
        batch_op.drop_column("bucket")

    with op.batch_alter_table("gate_run", schema=None) as batch_op:
        batch_op.drop_column("is_repeat")

    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_event_page_id_external_key"))
        batch_op.drop_column("chased_at")
        batch_op.drop_column("recurs_at")
        batch_op.drop_column("ahead_days")
        batch_op.drop_column("rule")
        batch_op.drop_column("occurs_at")
        batch_op.drop_column("series_from")
        batch_op.drop_column("series")
        batch_op.drop_column("reminded_at")
        batch_op.drop_column("tells_before")
        batch_op.drop_column("tells_end")
        batch_op.drop_column("tells_start")
        batch_op.drop_column("ends_itself")
        batch_op.drop_column("starts_itself")
        batch_op.drop_column("external_key")

    with op.batch_alter_table("decision", schema=None) as batch_op:
        batch_op.drop_column("reason")

    with op.batch_alter_table("consent_record", schema=None) as batch_op:
        batch_op.drop_column("message_id")
        batch_op.drop_column("by")

    with op.batch_alter_table("component_state", schema=None) as batch_op:
        batch_op.drop_column("recorded_at")

    with op.batch_alter_table("component", schema=None) as batch_op:
        batch_op.drop_column("known_since")

    with op.batch_alter_table("address", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_address_suppressed_at"))
        batch_op.drop_column("options")

    op.drop_table("launch_alarm")
    op.drop_table("told_state")
    op.drop_table("subscribed_event")
    with op.batch_alter_table("state_correction", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_state_correction_component_id_ends_at"))

    op.drop_table("state_correction")
    with op.batch_alter_table("signal", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_signal_rollout_id_key"))

    op.drop_table("signal")
    op.drop_table("sender_rule")
    op.drop_table("launch_seed")
    op.drop_table("launch_mark")
    op.drop_table("exposure")
    with op.batch_alter_table("endpoint_wish", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_endpoint_wish_owner_id_at"))
        batch_op.drop_index(batch_op.f("ix_endpoint_wish_network_at"))

    op.drop_table("endpoint_wish")
    with op.batch_alter_table("endpoint", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_endpoint_owner_id"))

    op.drop_table("endpoint")
    with op.batch_alter_table("address_change", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_address_change_state_due_at"))
        batch_op.drop_index(batch_op.f("ix_address_change_address_id_at"))

    op.drop_table("address_change")
    with op.batch_alter_table("acknowledgement", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_acknowledgement_rollout_id_team"))

    op.drop_table("acknowledgement")
    op.drop_table("sender")
    with op.batch_alter_table("outlet", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_outlet_page_id"))

    op.drop_table("outlet")
    op.drop_table("moderation_vote")
    with op.batch_alter_table("moderation_notice", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_moderation_notice_sent_at_id"))

    op.drop_table("moderation_notice")
    with op.batch_alter_table("moderation_handling", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_moderation_handling_settled_at"))
        batch_op.drop_index(batch_op.f("ix_moderation_handling_review_since"))

    op.drop_table("moderation_handling")
    with op.batch_alter_table("moderation_duty", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_moderation_duty_target"))

    op.drop_table("moderation_duty")
    with op.batch_alter_table("launch", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_launch_publication_id"))

    op.drop_table("launch")
    op.drop_table("hook")
    op.drop_table("handbook")
    with op.batch_alter_table("duty", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_duty_page_id"))

    op.drop_table("duty")
    op.drop_table("action_done")
    op.drop_table("takeover")
    op.drop_table("suppressed_stranger")
    with op.batch_alter_table("storm", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_storm_lane_ended_at"))

    op.drop_table("storm")
    op.drop_table("refusal")
    op.drop_table("received")
    op.drop_table("reached")
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_notice_done_at"))
        batch_op.drop_index(batch_op.f("ix_notice_address_id_id"))

    op.drop_table("notice")
    op.drop_table("moderation_policy")
    with op.batch_alter_table("letter", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_letter_state_id"))
        batch_op.drop_index(batch_op.f("ix_letter_received_at"))

    op.drop_table("letter")
    op.drop_table("freeze")
    op.drop_table("followed")
    op.drop_table("event_template")
    with op.batch_alter_table("digest_item", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_digest_item_waiting",
            postgresql_where=sa.text("digest_id IS NULL AND dropped_at IS NULL"),
            sqlite_where=sa.text("digest_id IS NULL AND dropped_at IS NULL"),
        )
        batch_op.drop_index("ix_digest_item_known_at")

    op.drop_table("digest_item")
    with op.batch_alter_table("delivery_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_delivery_event_lane_kind_at"))
        batch_op.drop_index(batch_op.f("ix_delivery_event_address_id_at"))

    op.drop_table("delivery_event")
    op.drop_table("circuit")
    op.drop_table("bookmark")
    with op.batch_alter_table("attempt", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_attempt_at"))
        batch_op.drop_index(batch_op.f("ix_attempt_address_id_id"))

    op.drop_table("attempt")
