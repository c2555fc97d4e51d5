"""Create the tables."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)
DOCUMENT = sa.JSON(none_as_null=True).with_variant(
    postgresql.JSONB(none_as_null=True), "postgresql"
)


def upgrade() -> None:
    op.create_table(
        "api_key",
        sa.Column("id", KEY, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("scopes", DOCUMENT, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("revoked_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_key")),
        sa.UniqueConstraint("digest", name=op.f("uq_api_key_digest")),
        sa.UniqueConstraint("name", name=op.f("uq_api_key_name")),
    )
    op.create_table(
        "audit_entry",
        sa.Column("id", KEY, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("detail", DOCUMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
    )
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_entry_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_entry_subject"), ["subject"], unique=False)

    op.create_table(
        "delivery",
        sa.Column("rollout_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("n", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("address_id", sa.BigInteger(), nullable=False),
        sa.Column("segment", sa.SmallInteger(), nullable=False),
        sa.Column("bucket", sa.String(), nullable=False),
        sa.Column("rank", sa.BigInteger(), nullable=False),
        sa.Column("matched", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("rollout_id", "n", name=op.f("pk_delivery")),
        sa.UniqueConstraint(
            "rollout_id", "address_id", name=op.f("uq_delivery_rollout_id_address_id")
        ),
    )
    op.create_table(
        "lane_two",
        sa.Column("id", KEY, nullable=False),
        sa.Column("rollout_id", sa.BigInteger(), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.Column("slice_id", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("lane", sa.String(), nullable=False),
        sa.Column("address_id", sa.BigInteger(), nullable=False),
        sa.Column("urgency", sa.Integer(), nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("hold_until", sa.Double(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("owner", sa.String(), nullable=True),
        sa.Column("lease_until", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lane_two")),
        sa.UniqueConstraint("rollout_id", "n", name=op.f("uq_lane_two_rollout_id_n")),
    )
    with op.batch_alter_table("lane_two", schema=None) as batch_op:
        batch_op.create_index(
            "ix_lane_two_leased",
            ["address_id"],
            unique=False,
            postgresql_where=sa.text("owner IS NOT NULL"),
            sqlite_where=sa.text("owner IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_lane_two_waiting",
            ["channel", "urgency", "due_at"],
            unique=False,
            postgresql_where=sa.text("owner IS NULL"),
            sqlite_where=sa.text("owner IS NULL"),
        )

    op.create_table(
        "limit",
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("hold_until", sa.Double(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("scope", "key", name=op.f("pk_limit")),
    )
    op.create_table(
        "outcome",
        sa.Column("rollout_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("n", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("attempt", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("result", sa.String(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("detail", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("known_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("rollout_id", "n", "attempt", name=op.f("pk_outcome")),
    )
    op.create_table(
        "page",
        sa.Column("id", KEY, nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("host", sa.String(), nullable=True),
        sa.Column("name", DOCUMENT, nullable=False),
        sa.Column("description", DOCUMENT, nullable=False),
        sa.Column("languages", DOCUMENT, nullable=False),
        sa.Column("timezone", sa.String(), nullable=False),
        sa.Column("sender_name", sa.String(), nullable=False),
        sa.Column("sender_address", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("retired_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_page")),
        sa.UniqueConstraint("host", name=op.f("uq_page_host")),
        sa.UniqueConstraint("public_id", name=op.f("uq_page_public_id")),
        sa.UniqueConstraint("slug", name=op.f("uq_page_slug")),
    )
    op.create_table(
        "publication",
        sa.Column("id", KEY, nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum("bulk", "confirmation", "staff", name="purpose", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "held",
                "approved",
                "rejected",
                "discarded",
                "expired",
                "replaced",
                "withdrawn",
                name="publicationstate",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column(
            "urgency",
            sa.Enum("DIGESTABLE", "NORMAL", "IMPORTANT", "CRITICAL", name="urgency"),
            nullable=False,
        ),
        sa.Column("content", DOCUMENT, nullable=False),
        sa.Column("audience", DOCUMENT, nullable=False),
        sa.Column("plan", DOCUMENT, nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("submitted_by", sa.String(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("decided_at", INSTANT, nullable=True),
        sa.Column("decided_by", sa.String(), nullable=False),
        sa.Column("comment", sa.String(), nullable=False),
        sa.Column("started_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_publication")),
        sa.UniqueConstraint("public_id", name=op.f("uq_publication_public_id")),
    )
    with op.batch_alter_table("publication", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_publication_state_created_at"), ["state", "created_at"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_publication_subject_sequence"), ["subject", "sequence"], unique=False
        )

    op.create_table(
        "signed_link",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum(
                "signup", "preferences", "unsubscribe", name="purpose", native_enum=False, length=32
            ),
            nullable=False,
        ),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=True),
        sa.Column("used_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_signed_link")),
    )
    with op.batch_alter_table("signed_link", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_signed_link_target"), ["target"], unique=False)

    op.create_table(
        "signup_request",
        sa.Column("id", KEY, nullable=False),
        sa.Column("submission", sa.String(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("address_key", sa.String(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("network", sa.String(), nullable=False),
        sa.Column("wish", DOCUMENT, nullable=False),
        sa.Column(
            "decision",
            sa.Enum(
                "confirm",
                "already_active",
                "limited",
                "complained",
                "suppressed",
                "unusable",
                name="signupdecision",
                native_enum=False,
                length=32,
            ),
            nullable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signup_request")),
    )
    with op.batch_alter_table("signup_request", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_signup_request_address_key_at"), ["address_key", "at"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_signup_request_decision_due_at"), ["decision", "due_at"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_signup_request_network_at"), ["network", "at"], unique=False
        )

    op.create_table(
        "slice",
        sa.Column("id", KEY, nullable=False),
        sa.Column("rollout_id", sa.BigInteger(), nullable=False),
        sa.Column("publication_id", sa.BigInteger(), nullable=False),
        sa.Column("stage_id", sa.BigInteger(), nullable=True),
        sa.Column("wave_id", sa.BigInteger(), nullable=True),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("bucket", sa.String(), nullable=False),
        sa.Column("n_lo", sa.BigInteger(), nullable=True),
        sa.Column("n_hi", sa.BigInteger(), nullable=True),
        sa.Column("ready", sa.Boolean(), nullable=False),
        sa.Column("urgency", sa.Integer(), nullable=False),
        sa.Column("close_at", INSTANT, nullable=True),
        sa.Column("any_hour", sa.Boolean(), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("owner", sa.String(), nullable=True),
        sa.Column("lease_until", sa.Double(), nullable=True),
        sa.Column("marked_upto", sa.BigInteger(), nullable=True),
        sa.Column("settled_upto", sa.BigInteger(), nullable=True),
        sa.Column("touched_at", sa.Double(), nullable=True),
        sa.Column("on_unknown", sa.String(), nullable=False),
        sa.Column("sent", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("skipped", sa.Integer(), nullable=False),
        sa.Column("unknown", sa.Integer(), nullable=False),
        sa.Column("moved", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slice")),
    )
    with op.batch_alter_table("slice", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_slice_channel_ready"), ["channel", "ready"], unique=False
        )
        batch_op.create_index(
            "ix_slice_leased",
            ["id"],
            unique=False,
            postgresql_where=sa.text("owner IS NOT NULL"),
            sqlite_where=sa.text("owner IS NOT NULL"),
        )
        batch_op.create_index(
            batch_op.f("ix_slice_publication_id"), ["publication_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_slice_rollout_id_n_lo"), ["rollout_id", "n_lo"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_slice_wave_id"), ["wave_id"], unique=False)

    op.create_table(
        "staff",
        sa.Column("id", KEY, nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "admin", "moderator", "author", "viewer", name="role", native_enum=False, length=32
            ),
            nullable=False,
        ),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("disabled_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("email", name=op.f("uq_staff_email")),
    )
    op.create_table(
        "subscriber",
        sa.Column("id", KEY, nullable=False),
        sa.Column(
            "kind",
            sa.Enum("person", "system", name="kind", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("locale", sa.String(), nullable=False),
        sa.Column("timezone", sa.String(), nullable=False),
        sa.Column(
            "timezone_origin",
            sa.Enum("chosen", "fallback", name="zoneorigin", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("shuffle_key", sa.Integer(), nullable=False),
        sa.Column("quiet_from", sa.Time(), nullable=True),
        sa.Column("quiet_to", sa.Time(), nullable=True),
        sa.Column("paused_until", INSTANT, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("erased_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscriber")),
    )
    with op.batch_alter_table("subscriber", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_subscriber_timezone"), ["timezone"], unique=False)

    op.create_table(
        "address",
        sa.Column("id", KEY, nullable=False),
        sa.Column("subscriber_id", KEY, nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("shown", sa.String(), nullable=False),
        sa.Column("lane", sa.String(), nullable=False),
        sa.Column("secrets", sa.String(), nullable=False),
        sa.Column("verified_at", INSTANT, nullable=True),
        sa.Column("suppressed_at", INSTANT, nullable=True),
        sa.Column("suppressed_reason", sa.String(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscriber.id"], name=op.f("fk_address_subscriber_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_address")),
        sa.UniqueConstraint("channel", "key", name=op.f("uq_address_channel_key")),
    )
    with op.batch_alter_table("address", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_address_subscriber_id"), ["subscriber_id"], unique=False
        )

    op.create_table(
        "event",
        sa.Column("id", KEY, nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("page_id", KEY, nullable=False),
        sa.Column(
            "category",
            sa.Enum(
                "incident",
                "maintenance",
                "action_required",
                "announcement",
                name="category",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("title", DOCUMENT, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["page_id"], ["page.id"], name=op.f("fk_event_page_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
        sa.UniqueConstraint("public_id", name=op.f("uq_event_public_id")),
    )
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_event_page_id_created_at"), ["page_id", "created_at"], unique=False
        )

    op.create_table(
        "idempotent_request",
        sa.Column("api_key_id", KEY, nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("body", DOCUMENT, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["api_key_id"], ["api_key.id"], name=op.f("fk_idempotent_request_api_key_id")
        ),
        sa.PrimaryKeyConstraint("api_key_id", "key", name=op.f("pk_idempotent_request")),
    )
    with op.batch_alter_table("idempotent_request", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_idempotent_request_created_at"), ["created_at"], unique=False
        )

    op.create_table(
        "mailing_list",
        sa.Column("id", KEY, nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("page_id", KEY, nullable=True),
        sa.Column("name", DOCUMENT, nullable=False),
        sa.Column("description", DOCUMENT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("languages", DOCUMENT, nullable=False),
        sa.Column("timezone", sa.String(), nullable=False),
        sa.Column("sender_name", sa.String(), nullable=False),
        sa.Column("sender_address", sa.String(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("is_proposed", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("retired_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["page_id"], ["page.id"], name=op.f("fk_mailing_list_page_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailing_list")),
        sa.UniqueConstraint("public_id", name=op.f("uq_mailing_list_public_id")),
        sa.UniqueConstraint("slug", name=op.f("uq_mailing_list_slug")),
    )
    op.create_table(
        "rollout",
        sa.Column("id", KEY, nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("publication_id", KEY, nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "planning",
                "scheduled",
                "running",
                "paused",
                "completed",
                "aborted",
                "expired",
                "cancelled",
                name="rolloutstate",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "pause_reason",
            sa.Enum("manual", "gate", "guard", name="pausereason", native_enum=False, length=32),
            nullable=True,
        ),
        sa.Column("permutation_a", sa.BigInteger(), nullable=False),
        sa.Column("permutation_b", sa.BigInteger(), nullable=False),
        sa.Column("zone_data", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("planned_at", INSTANT, nullable=True),
        sa.Column("started_at", INSTANT, nullable=True),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["publication_id"], ["publication.id"], name=op.f("fk_rollout_publication_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rollout")),
        sa.UniqueConstraint("public_id", name=op.f("uq_rollout_public_id")),
    )
    with op.batch_alter_table("rollout", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_rollout_publication_id"), ["publication_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_rollout_state"), ["state"], unique=False)

    op.create_table(
        "section",
        sa.Column("id", KEY, nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("page_id", KEY, nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("name", DOCUMENT, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("retired_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["page_id"], ["page.id"], name=op.f("fk_section_page_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_section")),
        sa.UniqueConstraint("page_id", "slug", name=op.f("uq_section_page_id_slug")),
        sa.UniqueConstraint("public_id", name=op.f("uq_section_public_id")),
    )
    op.create_table(
        "staff_session",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("staff_id", KEY, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("agent", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_staff_session_staff_id")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_staff_session")),
    )
    with op.batch_alter_table("staff_session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_staff_session_staff_id"), ["staff_id"], unique=False)

    op.create_table(
        "component",
        sa.Column("id", KEY, nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("page_id", KEY, nullable=False),
        sa.Column("section_id", KEY, nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("name", DOCUMENT, nullable=False),
        sa.Column("description", DOCUMENT, nullable=False),
        sa.Column("impact", DOCUMENT, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("retired_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["page_id"], ["page.id"], name=op.f("fk_component_page_id")),
        sa.ForeignKeyConstraint(
            ["section_id"], ["section.id"], name=op.f("fk_component_section_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_component")),
        sa.UniqueConstraint("page_id", "slug", name=op.f("uq_component_page_id_slug")),
        sa.UniqueConstraint("public_id", name=op.f("uq_component_public_id")),
    )
    with op.batch_alter_table("component", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_component_section_id"), ["section_id"], unique=False)

    op.create_table(
        "event_update",
        sa.Column("id", KEY, nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("event_id", KEY, nullable=False),
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column(
            "stage",
            sa.Enum(
                "investigating",
                "identified",
                "monitoring",
                "resolved",
                "scheduled",
                "in_progress",
                "verifying",
                "completed",
                "cancelled",
                "published",
                "closed",
                "retracted",
                name="eventstage",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("body", DOCUMENT, nullable=False),
        sa.Column("starts_at", INSTANT, nullable=True),
        sa.Column("ends_at", INSTANT, nullable=True),
        sa.Column("next_update_at", INSTANT, nullable=True),
        sa.Column("publication_id", KEY, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("logged_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_event_update_event_id")),
        sa.ForeignKeyConstraint(
            ["publication_id"], ["publication.id"], name=op.f("fk_event_update_publication_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_update")),
        sa.UniqueConstraint("event_id", "no", name=op.f("uq_event_update_event_id_no")),
        sa.UniqueConstraint("public_id", name=op.f("uq_event_update_public_id")),
    )
    with op.batch_alter_table("event_update", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_event_update_publication_id"), ["publication_id"], unique=False
        )

    op.create_table(
        "publication_list",
        sa.Column("publication_id", KEY, nullable=False),
        sa.Column("list_id", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["list_id"], ["mailing_list.id"], name=op.f("fk_publication_list_list_id")
        ),
        sa.ForeignKeyConstraint(
            ["publication_id"], ["publication.id"], name=op.f("fk_publication_list_publication_id")
        ),
        sa.PrimaryKeyConstraint("publication_id", "list_id", name=op.f("pk_publication_list")),
    )
    with op.batch_alter_table("publication_list", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_publication_list_list_id"), ["list_id"], unique=False)

    op.create_table(
        "segment",
        sa.Column("id", KEY, nullable=False),
        sa.Column("rollout_id", KEY, nullable=False),
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("is_ramped", sa.Boolean(), nullable=False),
        sa.Column("zones", DOCUMENT, nullable=False),
        sa.Column("size", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["rollout_id"], ["rollout.id"], name=op.f("fk_segment_rollout_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_segment")),
        sa.UniqueConstraint("rollout_id", "no", name=op.f("uq_segment_rollout_id_no")),
    )
    op.create_table(
        "stage",
        sa.Column("id", KEY, nullable=False),
        sa.Column("rollout_id", KEY, nullable=False),
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("ramp", "rest", name="stagekind", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("rank_lo", sa.BigInteger(), nullable=False),
        sa.Column("rank_hi", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "pending",
                "open",
                "baking",
                "passed",
                "held",
                "failed",
                name="stagestate",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("opened_at", INSTANT, nullable=True),
        sa.Column("baking_at", INSTANT, nullable=True),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("sent_before", sa.Integer(), nullable=False),
        sa.Column("refused_before", sa.Integer(), nullable=False),
        sa.Column("resumed_at", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(["rollout_id"], ["rollout.id"], name=op.f("fk_stage_rollout_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stage")),
        sa.UniqueConstraint("rollout_id", "no", name=op.f("uq_stage_rollout_id_no")),
    )
    op.create_table(
        "subscription",
        sa.Column("id", KEY, nullable=False),
        sa.Column("address_id", KEY, nullable=False),
        sa.Column("page_id", KEY, nullable=True),
        sa.Column("list_id", KEY, nullable=True),
        sa.Column(
            "state",
            sa.Enum("pending", "active", "ended", name="consent", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column(
            "ended_reason",
            sa.Enum(
                "refused",
                "left",
                "complaint",
                "erased",
                name="endreason",
                native_enum=False,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("is_everything", sa.Boolean(), nullable=False),
        sa.Column("categories", sa.Integer(), nullable=False),
        sa.Column("minimum_severity", sa.Integer(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("active_at", INSTANT, nullable=True),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.CheckConstraint(
            "(page_id IS NULL) <> (list_id IS NULL)", name=op.f("ck_subscription_one_target")
        ),
        sa.ForeignKeyConstraint(
            ["address_id"], ["address.id"], name=op.f("fk_subscription_address_id")
        ),
        sa.ForeignKeyConstraint(
            ["list_id"], ["mailing_list.id"], name=op.f("fk_subscription_list_id")
        ),
        sa.ForeignKeyConstraint(["page_id"], ["page.id"], name=op.f("fk_subscription_page_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscription")),
        sa.UniqueConstraint(
            "address_id", "list_id", name=op.f("uq_subscription_address_id_list_id")
        ),
        sa.UniqueConstraint(
            "address_id", "page_id", name=op.f("uq_subscription_address_id_page_id")
        ),
    )
    with op.batch_alter_table("subscription", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_subscription_list_id_state"), ["list_id", "state"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_subscription_page_id_state"), ["page_id", "state"], unique=False
        )

    op.create_table(
        "component_state",
        sa.Column("id", KEY, nullable=False),
        sa.Column("component_id", KEY, nullable=False),
        sa.Column("source", sa.String(), nullable=False),
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
            nullable=True,
        ),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("comment", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["component_id"], ["component.id"], name=op.f("fk_component_state_component_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_component_state")),
    )
    with op.batch_alter_table("component_state", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_component_state_component_id_at"), ["component_id", "at"], unique=False
        )

    op.create_table(
        "consent_record",
        sa.Column("id", KEY, nullable=False),
        sa.Column("subscription_id", KEY, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column(
            "action",
            sa.Enum(
                "requested",
                "accepted",
                "refused",
                "left",
                "restored",
                name="step",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "method",
            sa.Enum(
                "form",
                "api",
                "link",
                "one_click",
                "challenge",
                name="method",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("target_version", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("locale", sa.String(), nullable=False),
        sa.Column("ip", sa.String(), nullable=False),
        sa.Column("agent", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["subscription_id"], ["subscription.id"], name=op.f("fk_consent_record_subscription_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_record")),
    )
    with op.batch_alter_table("consent_record", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_consent_record_subscription_id"), ["subscription_id"], unique=False
        )

    op.create_table(
        "gate_run",
        sa.Column("id", KEY, nullable=False),
        sa.Column("rollout_id", KEY, nullable=False),
        sa.Column("stage_id", KEY, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("inputs", DOCUMENT, nullable=False),
        sa.Column("reasons", DOCUMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["rollout_id"], ["rollout.id"], name=op.f("fk_gate_run_rollout_id")
        ),
        sa.ForeignKeyConstraint(["stage_id"], ["stage.id"], name=op.f("fk_gate_run_stage_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gate_run")),
    )
    with op.batch_alter_table("gate_run", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_gate_run_rollout_id"), ["rollout_id"], unique=False)

    op.create_table(
        "subscribed_component",
        sa.Column("subscription_id", KEY, nullable=False),
        sa.Column("component_id", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["component_id"], ["component.id"], name=op.f("fk_subscribed_component_component_id")
        ),
        sa.ForeignKeyConstraint(
            ["subscription_id"],
            ["subscription.id"],
            name=op.f("fk_subscribed_component_subscription_id"),
        ),
        sa.PrimaryKeyConstraint(
            "subscription_id", "component_id", name=op.f("pk_subscribed_component")
        ),
    )
    op.create_table(
        "subscribed_section",
        sa.Column("subscription_id", KEY, nullable=False),
        sa.Column("section_id", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["section_id"], ["section.id"], name=op.f("fk_subscribed_section_section_id")
        ),
        sa.ForeignKeyConstraint(
            ["subscription_id"],
            ["subscription.id"],
            name=op.f("fk_subscribed_section_subscription_id"),
        ),
        sa.PrimaryKeyConstraint(
            "subscription_id", "section_id", name=op.f("pk_subscribed_section")
        ),
    )
    op.create_table(
        "update_component",
        sa.Column("update_id", KEY, nullable=False),
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
        sa.ForeignKeyConstraint(
            ["component_id"], ["component.id"], name=op.f("fk_update_component_component_id")
        ),
        sa.ForeignKeyConstraint(
            ["update_id"], ["event_update.id"], name=op.f("fk_update_component_update_id")
        ),
        sa.PrimaryKeyConstraint("update_id", "component_id", name=op.f("pk_update_component")),
    )
    op.create_table(
        "wave",
        sa.Column("id", KEY, nullable=False),
        sa.Column("rollout_id", KEY, nullable=False),
        sa.Column("stage_id", KEY, nullable=False),
        sa.Column("segment_no", sa.Integer(), nullable=False),
        sa.Column("occurrence", sa.Integer(), nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("close_at", INSTANT, nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "planned",
                "due",
                "drained",
                "carried",
                "cancelled",
                name="wavestate",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["rollout_id"], ["rollout.id"], name=op.f("fk_wave_rollout_id")),
        sa.ForeignKeyConstraint(["stage_id"], ["stage.id"], name=op.f("fk_wave_stage_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wave")),
        sa.UniqueConstraint(
            "stage_id",
            "segment_no",
            "occurrence",
            name=op.f("uq_wave_stage_id_segment_no_occurrence"),
        ),
    )
    with op.batch_alter_table("wave", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_wave_rollout_id_state"), ["rollout_id", "state"], unique=False
        )

    op.create_table(
        "decision",
        sa.Column("id", KEY, nullable=False),
        sa.Column("rollout_id", KEY, nullable=False),
        sa.Column("stage_id", KEY, nullable=True),
        sa.Column("gate_run_id", KEY, nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "start",
                "go",
                "hold",
                "no_go",
                "pause",
                "resume",
                "abort",
                "expire",
                "complete",
                name="decisionkind",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("comment", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["gate_run_id"], ["gate_run.id"], name=op.f("fk_decision_gate_run_id")
        ),
        sa.ForeignKeyConstraint(
            ["rollout_id"], ["rollout.id"], name=op.f("fk_decision_rollout_id")
        ),
        sa.ForeignKeyConstraint(["stage_id"], ["stage.id"], name=op.f("fk_decision_stage_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision")),
    )
    with op.batch_alter_table("decision", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_decision_rollout_id"), ["rollout_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("decision", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_decision_rollout_id"))

    op.drop_table("decision")
    with op.batch_alter_table("wave", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_wave_rollout_id_state"))

    op.drop_table("wave")
    op.drop_table("update_component")
    op.drop_table("subscribed_section")
    op.drop_table("subscribed_component")
    with op.batch_alter_table("gate_run", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_gate_run_rollout_id"))

    op.drop_table("gate_run")
    with op.batch_alter_table("consent_record", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_consent_record_subscription_id"))

    op.drop_table("consent_record")
    with op.batch_alter_table("component_state", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_component_state_component_id_at"))

    op.drop_table("component_state")
    with op.batch_alter_table("subscription", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_subscription_page_id_state"))
        batch_op.drop_index(batch_op.f("ix_subscription_list_id_state"))

    op.drop_table("subscription")
    op.drop_table("stage")
    op.drop_table("segment")
    with op.batch_alter_table("publication_list", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_publication_list_list_id"))

    op.drop_table("publication_list")
    with op.batch_alter_table("event_update", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_event_update_publication_id"))

    op.drop_table("event_update")
    with op.batch_alter_table("component", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_component_section_id"))

    op.drop_table("component")
    with op.batch_alter_table("staff_session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_staff_session_staff_id"))

    op.drop_table("staff_session")
    op.drop_table("section")
    with op.batch_alter_table("rollout", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_rollout_state"))
        batch_op.drop_index(batch_op.f("ix_rollout_publication_id"))

    op.drop_table("rollout")
    op.drop_table("mailing_list")
    with op.batch_alter_table("idempotent_request", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_idempotent_request_created_at"))

    op.drop_table("idempotent_request")
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_event_page_id_created_at"))

    op.drop_table("event")
    with op.batch_alter_table("address", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_address_subscriber_id"))

    op.drop_table("address")
    with op.batch_alter_table("subscriber", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_subscriber_timezone"))

    op.drop_table("subscriber")
    op.drop_table("staff")
    with op.batch_alter_table("slice", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_slice_wave_id"))
        batch_op.drop_index(batch_op.f("ix_slice_rollout_id_n_lo"))
        batch_op.drop_index(batch_op.f("ix_slice_publication_id"))
        batch_op.drop_index(
            "ix_slice_leased",
            postgresql_where=sa.text("owner IS NOT NULL"),
            sqlite_where=sa.text("owner IS NOT NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_slice_channel_ready"))

    op.drop_table("slice")
    with op.batch_alter_table("signup_request", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_signup_request_network_at"))
        batch_op.drop_index(batch_op.f("ix_signup_request_decision_due_at"))
        batch_op.drop_index(batch_op.f("ix_signup_request_address_key_at"))

    op.drop_table("signup_request")
    with op.batch_alter_table("signed_link", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_signed_link_target"))

    op.drop_table("signed_link")
    with op.batch_alter_table("publication", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_publication_subject_sequence"))
        batch_op.drop_index(batch_op.f("ix_publication_state_created_at"))

    op.drop_table("publication")
    op.drop_table("page")
    op.drop_table("outcome")
    op.drop_table("limit")
    with op.batch_alter_table("lane_two", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_lane_two_waiting",
            postgresql_where=sa.text("owner IS NULL"),
            sqlite_where=sa.text("owner IS NULL"),
        )
        batch_op.drop_index(
            "ix_lane_two_leased",
            postgresql_where=sa.text("owner IS NOT NULL"),
            sqlite_where=sa.text("owner IS NOT NULL"),
        )

    op.drop_table("lane_two")
    op.drop_table("delivery")
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_audit_entry_subject"))
        batch_op.drop_index(batch_op.f("ix_audit_entry_at"))

    op.drop_table("audit_entry")
    op.drop_table("api_key")
