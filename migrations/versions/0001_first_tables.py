"""first tables

Safety: the previous release must run on the new schema. Add and fill here; switch and
remove in later releases.

Revision ID: 0001
Revises: nothing
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

import mdm.base.db

revision: str = "0001"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "action",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "restart",
                "shut_down",
                "lock",
                "clear_passcode",
                "erase",
                "enable_lost_mode",
                "disable_lost_mode",
                "play_lost_mode_sound",
                "locate",
                name="remotekind",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "parameters",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("ordered_by", sa.String(length=120), nullable=False),
        sa.Column("approved_second_by", sa.String(length=120), nullable=True),
        sa.Column("needs_second", sa.Boolean(), nullable=False),
        sa.Column("valid_until", mdm.base.db.Instant(), nullable=False),
        sa.Column("created_at", mdm.base.db.Instant(), nullable=False),
        sa.Column("stopped_at", mdm.base.db.Instant(), nullable=True),
        sa.Column("stopped_by", sa.String(length=120), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_action")),
    )
    with op.batch_alter_table("action", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_action_kind_created_at"), ["kind", "created_at"], unique=False
        )

    op.create_table(
        "app",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("bundle_id", sa.String(length=255), nullable=False),
        sa.Column("store_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("created_at", mdm.base.db.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_app")),
        sa.UniqueConstraint("bundle_id", name=op.f("uq_app_bundle_id")),
    )
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", mdm.base.db.Instant(), nullable=False),
        sa.Column("actor", sa.String(length=120), nullable=False),
        sa.Column("act", sa.String(length=80), nullable=False),
        sa.Column("subject_kind", sa.String(length=40), nullable=False),
        sa.Column("subject_id", sa.String(length=255), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column(
            "details",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
    )
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_entry_school_id"), ["school_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_audit_entry_subject_kind_subject_id"),
            ["subject_kind", "subject_id"],
            unique=False,
        )

    op.create_table(
        "audit_seal",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "first_entry_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "last_entry_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("entry_count", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("sealed_at", mdm.base.db.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_seal")),
        sa.UniqueConstraint("last_entry_id", name=op.f("uq_audit_seal_last_entry_id")),
    )
    op.create_table(
        "campus",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("created_at", mdm.base.db.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campus")),
        sa.UniqueConstraint("name", name=op.f("uq_campus_name")),
    )
    op.create_table(
        "city",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_city")),
    )
    op.create_table(
        "data_key",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", mdm.base.db.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_key")),
    )
    op.create_table(
        "declaration_snapshot",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("compressed", sa.LargeBinary(), nullable=False),
        sa.Column("empty_because", sa.String(length=200), nullable=True),
        sa.Column("created_at", mdm.base.db.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_declaration_snapshot")),
        sa.UniqueConstraint("token", name=op.f("uq_declaration_snapshot_token")),
    )
    op.create_table(
        "desired_content",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("compressed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", mdm.base.db.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_desired_content")),
    )
    op.create_table(
        "outbox_item",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("topic", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column(
            "payload",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("not_before", mdm.base.db.Instant(), nullable=False),
        sa.Column("claimed_until", mdm.base.db.Instant(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.String(length=200), nullable=False),
        sa.Column("created_at", mdm.base.db.Instant(), nullable=False),
        sa.Column("done_at", mdm.base.db.Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_item")),
    )
    with op.batch_alter_table("outbox_item", schema=None) as batch_op:
        batch_op.create_index(
            "ix_outbox_item_open_not_before",
            ["topic", "not_before"],
            unique=False,
            sqlite_where=sa.text("done_at IS NULL"),
            postgresql_where=sa.text("done_at IS NULL"),
        )
        batch_op.create_index(
            "uq_outbox_item_open_topic_key",
            ["topic", "key"],
            unique=True,
            sqlite_where=sa.text("done_at IS NULL"),
            postgresql_where=sa.text("done_at IS NULL"),
        )

    op.create_table(
        "person",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("login", sa.String(length=80), nullable=False),
        sa.Column("display_name", sa.String(length=120), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "administrator",
                "helpdesk",
                "campus_manager",
                "reader",
                name="role",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("session_version", sa.Integer(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("created_at", mdm.base.db.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("login", name=op.f("uq_person_login")),
    )
    op.create_table(
        "push_certificate",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("topic", sa.String(length=255), nullable=True),
        sa.Column("certificate", sa.LargeBinary(), nullable=True),
        sa.Column("sealed_key", sa.LargeBinary(), nullable=False),
        sa.Column("request", sa.LargeBinary(), nullable=True),
        sa.Column("apple_account", sa.String(length=255), nullable=False),
        sa.Column("not_after", mdm.base.db.Instant(), nullable=True),
        sa.Column("created_at", mdm.base.db.Instant(), nullable=False),
        sa.Column("imported_at", mdm.base.db.Instant(), nullable=True),
        sa.Column("replaced_at", mdm.base.db.Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_push_certificate")),
    )
    op.create_table(
        "rollout",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("started_at", mdm.base.db.Instant(), nullable=False),
        sa.Column("everybody_at", mdm.base.db.Instant(), nullable=True),
        sa.Column("ended_at", mdm.base.db.Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rollout")),
    )
    op.create_table(
        "server_key",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum(
                "device_authority",
                "profile_signer",
                "tls",
                name="keypurpose",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("certificate", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_key", sa.LargeBinary(), nullable=False),
        sa.Column("not_after", mdm.base.db.Instant(), nullable=False),
        sa.Column("created_at", mdm.base.db.Instant(), nullable=False),
        sa.Column("retired_at", mdm.base.db.Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_server_key")),
    )
    with op.batch_alter_table("server_key", schema=None) as batch_op:
        batch_op.create_index(
            "uq_server_key_current_purpose",
            ["purpose", "name"],
            unique=True,
            sqlite_where=sa.text("retired_at IS NULL"),
            postgresql_where=sa.text("retired_at IS NULL"),
        )

    op.create_table(
        "stop_switch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("set_by", sa.String(length=120), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("set_at", mdm.base.db.Instant(), nullable=False),
        sa.Column("released_by", sa.String(length=120), nullable=True),
        sa.Column("released_at", mdm.base.db.Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stop_switch")),
    )
    op.create_table(
        "school",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("campus_id", sa.Integer(), nullable=True),
        sa.Column("is_nameless", sa.Boolean(), nullable=False),
        sa.Column("is_training", sa.Boolean(), nullable=False),
        sa.Column("created_at", mdm.base.db.Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campus_id"], ["campus.id"], name=op.f("fk_school_campus_id_campus")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_school")),
        sa.UniqueConstraint("number", name=op.f("uq_school_number")),
    )
    with op.batch_alter_table("school", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_school_campus_id"), ["campus_id"], unique=False)

    op.create_table(
        "blueprint",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("current_version", sa.Integer(), nullable=False),
        sa.Column("created_at", mdm.base.db.Instant(), nullable=False),
        sa.Column("retired_at", mdm.base.db.Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["school_id"], ["school.id"], name=op.f("fk_blueprint_school_id_school")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_blueprint")),
        sa.UniqueConstraint("school_id", "name", name=op.f("uq_blueprint_school_id_name")),
    )
    op.create_table(
        "change_plan",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=True),
        sa.Column(
            "schools",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=True,
        ),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column(
            "operations",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "reverse",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=True,
        ),
        sa.Column(
            "rings",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "gate",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "drafted",
                "rolling_out",
                "stopped",
                "done",
                "undone",
                "discarded",
                name="changestate",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("compressed_preview", sa.LargeBinary(), nullable=False),
        sa.Column("device_count", sa.Integer(), nullable=False),
        sa.Column("rollout_id", sa.Integer(), nullable=True),
        sa.Column("current_ring", sa.Integer(), nullable=False),
        sa.Column("stopped_because", sa.String(length=300), nullable=False),
        sa.Column("undoes_id", sa.Integer(), nullable=True),
        sa.Column("created_by", sa.String(length=120), nullable=False),
        sa.Column("created_at", mdm.base.db.Instant(), nullable=False),
        sa.Column("approved_by", sa.String(length=120), nullable=True),
        sa.Column("approved_at", mdm.base.db.Instant(), nullable=True),
        sa.Column("finished_at", mdm.base.db.Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["rollout_id"], ["rollout.id"], name=op.f("fk_change_plan_rollout_id_rollout")
        ),
        sa.ForeignKeyConstraint(
            ["school_id"], ["school.id"], name=op.f("fk_change_plan_school_id_school")
        ),
        sa.ForeignKeyConstraint(
            ["undoes_id"], ["change_plan.id"], name=op.f("fk_change_plan_undoes_id_change_plan")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_change_plan")),
    )
    with op.batch_alter_table("change_plan", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_change_plan_school_id"), ["school_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_change_plan_state"), ["state"], unique=False)

    op.create_table(
        "class_group",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("grade", sa.String(length=10), nullable=True),
        sa.Column("created_at", mdm.base.db.Instant(), nullable=False),
        sa.Column("ended_at", mdm.base.db.Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["school_id"], ["school.id"], name=op.f("fk_class_group_school_id_school")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_class_group")),
        sa.UniqueConstraint("school_id", "name", name=op.f("uq_class_group_school_id_name")),
    )
    op.create_table(
        "course",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("subject", sa.String(length=120), nullable=False),
        sa.Column("grade", sa.String(length=10), nullable=True),
        sa.Column("created_at", mdm.base.db.Instant(), nullable=False),
        sa.Column("ended_at", mdm.base.db.Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["school_id"], ["school.id"], name=op.f("fk_course_school_id_school")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course")),
        sa.UniqueConstraint("school_id", "name", name=op.f("uq_course_school_id_name")),
    )
    op.create_table(
        "member",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.String(length=255), nullable=False),
        sa.Column(
            "role",
            sa.Enum("pupil", "teacher", name="role", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("given_name", sa.String(length=200), nullable=False),
        sa.Column("family_name", sa.String(length=200), nullable=False),
        sa.Column("account", sa.String(length=255), nullable=False),
        sa.Column("label", sa.String(length=60), nullable=False),
        sa.Column("grade", sa.String(length=10), nullable=True),
        sa.Column("created_at", mdm.base.db.Instant(), nullable=False),
        sa.Column("ended_at", mdm.base.db.Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["school_id"], ["school.id"], name=op.f("fk_member_school_id_school")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member")),
        sa.UniqueConstraint("school_id", "source_id", name=op.f("uq_member_school_id_source_id")),
    )
    with op.batch_alter_table("member", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_member_source_id"), ["source_id"], unique=False)

    op.create_table(
        "person_school",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_person_school_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["school_id"], ["school.id"], name=op.f("fk_person_school_school_id_school")
        ),
        sa.PrimaryKeyConstraint("person_id", "school_id", name=op.f("pk_person_school")),
    )
    op.create_table(
        "profile",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=True),
        sa.Column("identifier", sa.String(length=255), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "wifi",
                "certificate",
                "restrictions",
                "other",
                name="profilekind",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("current_version", sa.Integer(), nullable=False),
        sa.Column("created_at", mdm.base.db.Instant(), nullable=False),
        sa.Column("retired_at", mdm.base.db.Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["school_id"], ["school.id"], name=op.f("fk_profile_school_id_school")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_profile")),
        sa.UniqueConstraint("identifier", name=op.f("uq_profile_identifier")),
    )
    with op.batch_alter_table("profile", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_profile_school_id"), ["school_id"], unique=False)

    op.create_table(
        "room",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id"], ["school.id"], name=op.f("fk_room_school_id_school")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room")),
        sa.UniqueConstraint("school_id", "name", name=op.f("uq_room_school_id_name")),
    )
    op.create_table(
        "roster_import",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=True),
        sa.Column("format", sa.String(length=40), nullable=False),
        sa.Column("file_name", sa.String(length=255), nullable=False),
        sa.Column("file_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("is_complete", sa.Boolean(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "drafted", "applied", "discarded", name="importstate", native_enum=False, length=40
            ),
            nullable=False,
        ),
        sa.Column("sealed_roster", sa.LargeBinary(), nullable=True),
        sa.Column(
            "choices",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("shown_digest", sa.String(length=64), nullable=False),
        sa.Column(
            "summary",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("created_by", sa.String(length=120), nullable=False),
        sa.Column("created_at", mdm.base.db.Instant(), nullable=False),
        sa.Column("confirmed_by", sa.String(length=120), nullable=True),
        sa.Column("confirmed_at", mdm.base.db.Instant(), nullable=True),
        sa.Column("decided_by", sa.String(length=120), nullable=True),
        sa.Column("decided_at", mdm.base.db.Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["school_id"], ["school.id"], name=op.f("fk_roster_import_school_id_school")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roster_import")),
    )
    with op.batch_alter_table("roster_import", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_roster_import_school_id"), ["school_id"], unique=False)

    op.create_table(
        "saved_mapping",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column(
            "columns",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("created_by", sa.String(length=120), nullable=False),
        sa.Column("created_at", mdm.base.db.Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id"], ["school.id"], name=op.f("fk_saved_mapping_school_id_school")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_mapping")),
        sa.UniqueConstraint("school_id", "name", name=op.f("uq_saved_mapping_school_id_name")),
    )
    op.create_table(
        "smart_group",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column(
            "rule",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.String(length=120), nullable=False),
        sa.Column("created_at", mdm.base.db.Instant(), nullable=False),
        sa.Column("look_again_at", mdm.base.db.Instant(), nullable=True),
        sa.Column("retired_at", mdm.base.db.Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["school_id"], ["school.id"], name=op.f("fk_smart_group_school_id_school")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_smart_group")),
        sa.UniqueConstraint("school_id", "name", name=op.f("uq_smart_group_school_id_name")),
    )
    op.create_table(
        "blueprint_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("blueprint_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column(
            "items",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.Column("created_by", sa.String(length=120), nullable=False),
        sa.Column("created_at", mdm.base.db.Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["blueprint_id"],
            ["blueprint.id"],
            name=op.f("fk_blueprint_version_blueprint_id_blueprint"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_blueprint_version")),
        sa.UniqueConstraint(
            "blueprint_id", "version", name=op.f("uq_blueprint_version_blueprint_id_version")
        ),
    )
    op.create_table(
        "change_ring",
        sa.Column("change_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("device_count", sa.Integer(), nullable=False),
        sa.Column("released_at", mdm.base.db.Instant(), nullable=True),
        sa.Column("finished_at", mdm.base.db.Instant(), nullable=True),
        sa.Column("proven", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("set_aside", sa.Integer(), nullable=False),
        sa.Column("forgiven", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["change_id"], ["change_plan.id"], name=op.f("fk_change_ring_change_id_change_plan")
        ),
        sa.PrimaryKeyConstraint("change_id", "number", name=op.f("pk_change_ring")),
    )
    op.create_table(
        "class_member",
        sa.Column("class_group_id", sa.Integer(), nullable=False),
        sa.Column(
            "member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["class_group_id"],
            ["class_group.id"],
            name=op.f("fk_class_member_class_group_id_class_group"),
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_class_member_member_id_member")
        ),
        sa.PrimaryKeyConstraint("class_group_id", "member_id", name=op.f("pk_class_member")),
    )
    with op.batch_alter_table("class_member", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_class_member_member_id"), ["member_id"], unique=False)

    op.create_table(
        "course_member",
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column(
            "member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["course_id"], ["course.id"], name=op.f("fk_course_member_course_id_course")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_course_member_member_id_member")
        ),
        sa.PrimaryKeyConstraint("course_id", "member_id", name=op.f("pk_course_member")),
    )
    with op.batch_alter_table("course_member", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_course_member_member_id"), ["member_id"], unique=False)

    op.create_table(
        "enrollment_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_id", sa.String(length=64), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("class_group_id", sa.Integer(), nullable=True),
        sa.Column("created_by", sa.String(length=120), nullable=False),
        sa.Column("created_at", mdm.base.db.Instant(), nullable=False),
        sa.Column("expires_at", mdm.base.db.Instant(), nullable=False),
        sa.Column("max_uses", sa.Integer(), nullable=False),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.Column("revoked_at", mdm.base.db.Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["class_group_id"],
            ["class_group.id"],
            name=op.f("fk_enrollment_link_class_group_id_class_group"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id"], ["school.id"], name=op.f("fk_enrollment_link_school_id_school")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrollment_link")),
        sa.UniqueConstraint("token_id", name=op.f("uq_enrollment_link_token_id")),
    )
    with op.batch_alter_table("enrollment_link", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_enrollment_link_school_id"), ["school_id"], unique=False
        )

    op.create_table(
        "profile_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("profile_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("uuid", sa.String(length=36), nullable=False),
        sa.Column("sealed_content", sa.LargeBinary(), nullable=False),
        sa.Column(
            "summary",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("created_by", sa.String(length=120), nullable=False),
        sa.Column("created_at", mdm.base.db.Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["profile_id"], ["profile.id"], name=op.f("fk_profile_version_profile_id_profile")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_profile_version")),
        sa.UniqueConstraint(
            "profile_id", "version", name=op.f("uq_profile_version_profile_id_version")
        ),
    )
    op.create_table(
        "trolley",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("room_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("created_at", mdm.base.db.Instant(), nullable=False),
        sa.Column("ended_at", mdm.base.db.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["room_id"], ["room.id"], name=op.f("fk_trolley_room_id_room")),
        sa.ForeignKeyConstraint(
            ["school_id"], ["school.id"], name=op.f("fk_trolley_school_id_school")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trolley")),
        sa.UniqueConstraint("school_id", "name", name=op.f("uq_trolley_school_id_name")),
    )
    op.create_table(
        "slot",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("trolley_id", sa.Integer(), nullable=True),
        sa.Column("class_group_id", sa.Integer(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(trolley_id IS NULL) <> (class_group_id IS NULL)", name=op.f("ck_slot_one_place")
        ),
        sa.ForeignKeyConstraint(
            ["class_group_id"], ["class_group.id"], name=op.f("fk_slot_class_group_id_class_group")
        ),
        sa.ForeignKeyConstraint(
            ["trolley_id"], ["trolley.id"], name=op.f("fk_slot_trolley_id_trolley")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slot")),
        sa.UniqueConstraint("class_group_id", "number", name=op.f("uq_slot_class_group_id_number")),
        sa.UniqueConstraint("trolley_id", "number", name=op.f("uq_slot_trolley_id_number")),
    )
    op.create_table(
        "device",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("serial", sa.String(length=255), nullable=True),
        sa.Column("udid", sa.String(length=255), nullable=True),
        sa.Column("school_id", sa.Integer(), nullable=True),
        sa.Column("class_group_id", sa.Integer(), nullable=True),
        sa.Column("slot_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("owner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("is_expected", sa.Boolean(), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("product_name", sa.String(length=80), nullable=False),
        sa.Column("os_version", sa.String(length=40), nullable=False),
        sa.Column("build_version", sa.String(length=40), nullable=False),
        sa.Column("is_supervised", sa.Boolean(), nullable=True),
        sa.Column("is_shared_ipad", sa.Boolean(), nullable=True),
        sa.Column("is_return_expected", sa.Boolean(), nullable=False),
        sa.Column("facts_observed_at", mdm.base.db.Instant(), nullable=True),
        sa.Column("created_at", mdm.base.db.Instant(), nullable=False),
        sa.Column("retired_at", mdm.base.db.Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["class_group_id"],
            ["class_group.id"],
            name=op.f("fk_device_class_group_id_class_group"),
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["member.id"], name=op.f("fk_device_owner_id_member")
        ),
        sa.ForeignKeyConstraint(
            ["school_id"], ["school.id"], name=op.f("fk_device_school_id_school")
        ),
        sa.ForeignKeyConstraint(["slot_id"], ["slot.id"], name=op.f("fk_device_slot_id_slot")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device")),
        sa.UniqueConstraint("serial", name=op.f("uq_device_serial")),
        sa.UniqueConstraint("slot_id", name=op.f("uq_device_slot_id")),
    )
    with op.batch_alter_table("device", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_device_class_group_id"), ["class_group_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_device_owner_id"), ["owner_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_device_school_id"), ["school_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_device_udid"), ["udid"], unique=False)

    op.create_table(
        "assignment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=True),
        sa.Column("grade", sa.String(length=10), nullable=True),
        sa.Column("class_group_id", sa.Integer(), nullable=True),
        sa.Column("course_id", sa.Integer(), nullable=True),
        sa.Column("trolley_id", sa.Integer(), nullable=True),
        sa.Column("group_id", sa.Integer(), nullable=True),
        sa.Column("device_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("profile_id", sa.Integer(), nullable=True),
        sa.Column("app_id", sa.Integer(), nullable=True),
        sa.Column("blueprint_version_id", sa.Integer(), nullable=True),
        sa.Column("starts_at", mdm.base.db.Instant(), nullable=True),
        sa.Column("ends_at", mdm.base.db.Instant(), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("created_by", sa.String(length=120), nullable=False),
        sa.Column("created_at", mdm.base.db.Instant(), nullable=False),
        sa.Column("rollout_id", sa.Integer(), nullable=True),
        sa.Column("ending_rollout_id", sa.Integer(), nullable=True),
        sa.Column("ended_at", mdm.base.db.Instant(), nullable=True),
        sa.CheckConstraint(
            "(CASE WHEN grade IS NULL THEN 0 ELSE 1 END) + (CASE WHEN class_group_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN course_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN trolley_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN group_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN device_id IS NULL THEN 0 ELSE 1 END) <= 1",
            name=op.f("ck_assignment_one_scope"),
        ),
        sa.CheckConstraint(
            "(CASE WHEN profile_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN app_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN blueprint_version_id IS NULL THEN 0 ELSE 1 END) = 1",
            name=op.f("ck_assignment_one_subject"),
        ),
        sa.CheckConstraint(
            "school_id IS NOT NULL OR (grade IS NULL AND class_group_id IS NULL AND course_id IS NULL AND trolley_id IS NULL)",
            name=op.f("ck_assignment_place_in_school"),
        ),
        sa.CheckConstraint(
            "starts_at IS NULL OR ends_at IS NULL OR starts_at < ends_at",
            name=op.f("ck_assignment_window"),
        ),
        sa.ForeignKeyConstraint(["app_id"], ["app.id"], name=op.f("fk_assignment_app_id_app")),
        sa.ForeignKeyConstraint(
            ["blueprint_version_id"],
            ["blueprint_version.id"],
            name=op.f("fk_assignment_blueprint_version_id_blueprint_version"),
        ),
        sa.ForeignKeyConstraint(
            ["class_group_id"],
            ["class_group.id"],
            name=op.f("fk_assignment_class_group_id_class_group"),
        ),
        sa.ForeignKeyConstraint(
            ["course_id"], ["course.id"], name=op.f("fk_assignment_course_id_course")
        ),
        sa.ForeignKeyConstraint(
            ["device_id"], ["device.id"], name=op.f("fk_assignment_device_id_device")
        ),
        sa.ForeignKeyConstraint(
            ["ending_rollout_id"],
            ["rollout.id"],
            name=op.f("fk_assignment_ending_rollout_id_rollout"),
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["smart_group.id"], name=op.f("fk_assignment_group_id_smart_group")
        ),
        sa.ForeignKeyConstraint(
            ["profile_id"], ["profile.id"], name=op.f("fk_assignment_profile_id_profile")
        ),
        sa.ForeignKeyConstraint(
            ["rollout_id"], ["rollout.id"], name=op.f("fk_assignment_rollout_id_rollout")
        ),
        sa.ForeignKeyConstraint(
            ["school_id"], ["school.id"], name=op.f("fk_assignment_school_id_school")
        ),
        sa.ForeignKeyConstraint(
            ["trolley_id"], ["trolley.id"], name=op.f("fk_assignment_trolley_id_trolley")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignment")),
    )
    with op.batch_alter_table("assignment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_assignment_app_id"), ["app_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_assignment_blueprint_version_id"), ["blueprint_version_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_assignment_device_id"), ["device_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_assignment_group_id"), ["group_id"], unique=False)
        batch_op.create_index(
            "ix_assignment_in_force",
            ["school_id"],
            unique=False,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )
        batch_op.create_index(batch_op.f("ix_assignment_profile_id"), ["profile_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_assignment_school_id_class_group_id"),
            ["school_id", "class_group_id"],
            unique=False,
        )

    op.create_table(
        "enrollment",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "device_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("parent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("key", sa.String(length=520), nullable=False),
        sa.Column("claimed_serial", sa.String(length=255), nullable=True),
        sa.Column("user_short_name", sa.String(length=255), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "awaited",
                "authenticated",
                "enrolled",
                "checked_out",
                "replaced",
                "retired",
                name="enrollmentstate",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column(
            "held_reason",
            sa.Enum(
                "unexpected_serial",
                "known_device_foreign_certificate",
                "serial_not_shown",
                name="holdreason",
                native_enum=False,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("link_id", sa.Integer(), nullable=True),
        sa.Column("topic", sa.String(length=1024), nullable=False),
        sa.Column("push_token", sa.LargeBinary(), nullable=True),
        sa.Column("push_magic", sa.String(length=1024), nullable=True),
        sa.Column("token_updated_at", mdm.base.db.Instant(), nullable=True),
        sa.Column("unpushable_reason", sa.String(length=80), nullable=True),
        sa.Column("sealed_unlock_token", sa.LargeBinary(), nullable=True),
        sa.Column("sealed_bootstrap_token", sa.LargeBinary(), nullable=True),
        sa.Column("is_awaiting_configuration", sa.Boolean(), nullable=False),
        sa.Column("access_rights", sa.Integer(), nullable=False),
        sa.Column("authenticated_at", mdm.base.db.Instant(), nullable=True),
        sa.Column("enrolled_at", mdm.base.db.Instant(), nullable=True),
        sa.Column("ended_at", mdm.base.db.Instant(), nullable=True),
        sa.Column("last_seen_at", mdm.base.db.Instant(), nullable=True),
        sa.Column("last_pushed_at", mdm.base.db.Instant(), nullable=True),
        sa.Column("last_idle_at", mdm.base.db.Instant(), nullable=True),
        sa.Column("due_generation", sa.Integer(), nullable=False),
        sa.Column("done_generation", sa.Integer(), nullable=False),
        sa.Column("due_claimed_until", mdm.base.db.Instant(), nullable=True),
        sa.Column("look_again_at", mdm.base.db.Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["device_id"], ["device.id"], name=op.f("fk_enrollment_device_id_device")
        ),
        sa.ForeignKeyConstraint(
            ["link_id"], ["enrollment_link.id"], name=op.f("fk_enrollment_link_id_enrollment_link")
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["enrollment.id"], name=op.f("fk_enrollment_parent_id_enrollment")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrollment")),
    )
    with op.batch_alter_table("enrollment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_enrollment_device_id"), ["device_id"], unique=False)
        batch_op.create_index(
            "ix_enrollment_due",
            ["id"],
            unique=False,
            sqlite_where=sa.text("due_generation > done_generation"),
            postgresql_where=sa.text("due_generation > done_generation"),
        )
        batch_op.create_index(batch_op.f("ix_enrollment_key"), ["key"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_enrollment_look_again_at"), ["look_again_at"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_enrollment_parent_id"), ["parent_id"], unique=False)
        batch_op.create_index(
            "uq_enrollment_current_key",
            ["key"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL AND held_reason IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL AND held_reason IS NULL"),
        )

    op.create_table(
        "rollout_device",
        sa.Column("rollout_id", sa.Integer(), nullable=False),
        sa.Column(
            "device_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("ring", sa.Integer(), nullable=False),
        sa.Column("released_at", mdm.base.db.Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["device_id"], ["device.id"], name=op.f("fk_rollout_device_device_id_device")
        ),
        sa.ForeignKeyConstraint(
            ["rollout_id"], ["rollout.id"], name=op.f("fk_rollout_device_rollout_id_rollout")
        ),
        sa.PrimaryKeyConstraint("rollout_id", "device_id", name=op.f("pk_rollout_device")),
    )
    with op.batch_alter_table("rollout_device", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_rollout_device_device_id"), ["device_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_rollout_device_rollout_id_ring"), ["rollout_id", "ring"], unique=False
        )

    op.create_table(
        "smart_group_member",
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column(
            "device_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("since", mdm.base.db.Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["device_id"], ["device.id"], name=op.f("fk_smart_group_member_device_id_device")
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["smart_group.id"],
            name=op.f("fk_smart_group_member_group_id_smart_group"),
        ),
        sa.PrimaryKeyConstraint("group_id", "device_id", name=op.f("pk_smart_group_member")),
    )
    with op.batch_alter_table("smart_group_member", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_smart_group_member_device_id"), ["device_id"], unique=False
        )

    op.create_table(
        "action_device",
        sa.Column("action_id", sa.Integer(), nullable=False),
        sa.Column(
            "device_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "enrollment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("refused_kind", sa.String(length=60), nullable=True),
        sa.ForeignKeyConstraint(
            ["action_id"], ["action.id"], name=op.f("fk_action_device_action_id_action")
        ),
        sa.ForeignKeyConstraint(
            ["device_id"], ["device.id"], name=op.f("fk_action_device_device_id_device")
        ),
        sa.ForeignKeyConstraint(
            ["enrollment_id"],
            ["enrollment.id"],
            name=op.f("fk_action_device_enrollment_id_enrollment"),
        ),
        sa.PrimaryKeyConstraint("action_id", "device_id", name=op.f("pk_action_device")),
    )
    op.create_table(
        "challenge",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum(
                "enroll",
                "renew",
                "network",
                name="certificatepurpose",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("link_id", sa.Integer(), nullable=True),
        sa.Column("device_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "enrollment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("created_at", mdm.base.db.Instant(), nullable=False),
        sa.Column("expires_at", mdm.base.db.Instant(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("used_at", mdm.base.db.Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["device_id"], ["device.id"], name=op.f("fk_challenge_device_id_device")
        ),
        sa.ForeignKeyConstraint(
            ["enrollment_id"], ["enrollment.id"], name=op.f("fk_challenge_enrollment_id_enrollment")
        ),
        sa.ForeignKeyConstraint(
            ["link_id"], ["enrollment_link.id"], name=op.f("fk_challenge_link_id_enrollment_link")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_challenge")),
        sa.UniqueConstraint("digest", name=op.f("uq_challenge_digest")),
    )
    with op.batch_alter_table("challenge", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_challenge_device_id"), ["device_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_challenge_enrollment_id"), ["enrollment_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_challenge_link_id"), ["link_id"], unique=False)

    op.create_table(
        "command",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("uuid", sa.String(length=36), nullable=False),
        sa.Column(
            "enrollment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("request_type", sa.String(length=60), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "queued",
                "pushed",
                "reached",
                "deferred",
                "accepted",
                "proven",
                "failed",
                "expired",
                "cancelled",
                "unconfirmed",
                name="deliverystate",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "waits_for",
            sa.Enum("answer", "proof", name="waitsfor", native_enum=False, length=40),
            nullable=True,
        ),
        sa.Column(
            "acknowledged_state",
            sa.Enum(
                "queued",
                "pushed",
                "reached",
                "deferred",
                "accepted",
                "proven",
                "failed",
                "expired",
                "cancelled",
                "unconfirmed",
                name="deliverystate",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("action_key", sa.String(length=600), nullable=True),
        sa.Column(
            "parameters",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("sealed_parameters", sa.LargeBinary(), nullable=True),
        sa.Column("profile_version_id", sa.Integer(), nullable=True),
        sa.Column("is_guarded", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("ordered_by", sa.String(length=120), nullable=False),
        sa.Column("action_id", sa.Integer(), nullable=True),
        sa.Column("approved_by", sa.String(length=120), nullable=True),
        sa.Column("approved_second_by", sa.String(length=120), nullable=True),
        sa.Column("approved_until", mdm.base.db.Instant(), nullable=True),
        sa.Column("approved_generation", sa.Integer(), nullable=True),
        sa.Column("not_before", mdm.base.db.Instant(), nullable=True),
        sa.Column("expires_at", mdm.base.db.Instant(), nullable=False),
        sa.Column("created_at", mdm.base.db.Instant(), nullable=False),
        sa.Column("reached_at", mdm.base.db.Instant(), nullable=True),
        sa.Column("offers", sa.Integer(), nullable=False),
        sa.Column("refused_at", mdm.base.db.Instant(), nullable=True),
        sa.Column("refusals", sa.Integer(), nullable=False),
        sa.Column("answered_at", mdm.base.db.Instant(), nullable=True),
        sa.Column("proven_at", mdm.base.db.Instant(), nullable=True),
        sa.Column("answer_status", sa.String(length=20), nullable=True),
        sa.Column("outcome", sa.String(length=300), nullable=False),
        sa.CheckConstraint(
            "coalesce(waits_for, '') = CASE state WHEN 'deferred' THEN 'answer' WHEN 'pushed' THEN 'answer' WHEN 'queued' THEN 'answer' WHEN 'reached' THEN 'answer' WHEN 'accepted' THEN 'proof' WHEN 'unconfirmed' THEN 'proof' ELSE '' END",
            name=op.f("ck_command_waits_for_agrees"),
        ),
        sa.ForeignKeyConstraint(
            ["action_id"], ["action.id"], name=op.f("fk_command_action_id_action")
        ),
        sa.ForeignKeyConstraint(
            ["enrollment_id"], ["enrollment.id"], name=op.f("fk_command_enrollment_id_enrollment")
        ),
        sa.ForeignKeyConstraint(
            ["profile_version_id"],
            ["profile_version.id"],
            name=op.f("fk_command_profile_version_id_profile_version"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_command")),
        sa.UniqueConstraint("uuid", name=op.f("uq_command_uuid")),
    )
    with op.batch_alter_table("command", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_command_action_id"), ["action_id"], unique=False)
        batch_op.create_index("ix_command_enrollment_id_id", ["enrollment_id", "id"], unique=False)
        batch_op.create_index(
            "ix_command_guarded_expires_at",
            ["expires_at"],
            unique=False,
            sqlite_where=sa.text("is_guarded = 1"),
            postgresql_where=sa.text("is_guarded"),
        )
        batch_op.create_index(
            "ix_command_unsettled",
            ["enrollment_id", "waits_for", "priority", "id", "expires_at"],
            unique=False,
            sqlite_where=sa.text("waits_for IS NOT NULL"),
            postgresql_where=sa.text("waits_for IS NOT NULL"),
        )
        batch_op.create_index(
            "uq_command_open_key",
            ["enrollment_id", "action_key"],
            unique=True,
            sqlite_where=sa.text("waits_for = 'answer'"),
            postgresql_where=sa.text("waits_for = 'answer'"),
        )

    op.create_table(
        "command_result",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "enrollment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("command_uuid", sa.String(length=255), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("received_at", mdm.base.db.Instant(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("read_at", mdm.base.db.Instant(), nullable=True),
        sa.Column("read_error", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(
            ["enrollment_id"],
            ["enrollment.id"],
            name=op.f("fk_command_result_enrollment_id_enrollment"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_command_result")),
    )
    with op.batch_alter_table("command_result", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_command_result_command_uuid"), ["command_uuid"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_command_result_enrollment_id"), ["enrollment_id"], unique=False
        )
        batch_op.create_index(
            "ix_command_result_unread",
            ["id"],
            unique=False,
            sqlite_where=sa.text("read_at IS NULL"),
            postgresql_where=sa.text("read_at IS NULL"),
        )

    op.create_table(
        "declaration_channel",
        sa.Column(
            "enrollment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "snapshot_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "previous_snapshot_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
        ),
        sa.Column("changed_at", mdm.base.db.Instant(), nullable=False),
        sa.Column("enabled_at", mdm.base.db.Instant(), nullable=True),
        sa.Column("fetched_token", sa.String(length=64), nullable=True),
        sa.Column("fetched_at", mdm.base.db.Instant(), nullable=True),
        sa.Column("reported_at", mdm.base.db.Instant(), nullable=True),
        sa.Column("fully_reported_at", mdm.base.db.Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["enrollment_id"],
            ["enrollment.id"],
            name=op.f("fk_declaration_channel_enrollment_id_enrollment"),
        ),
        sa.ForeignKeyConstraint(
            ["previous_snapshot_id"],
            ["declaration_snapshot.id"],
            name=op.f("fk_declaration_channel_previous_snapshot_id_declaration_snapshot"),
        ),
        sa.ForeignKeyConstraint(
            ["snapshot_id"],
            ["declaration_snapshot.id"],
            name=op.f("fk_declaration_channel_snapshot_id_declaration_snapshot"),
        ),
        sa.PrimaryKeyConstraint("enrollment_id", name=op.f("pk_declaration_channel")),
    )
    with op.batch_alter_table("declaration_channel", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_declaration_channel_previous_snapshot_id"),
            ["previous_snapshot_id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_declaration_channel_snapshot_id"), ["snapshot_id"], unique=False
        )

    op.create_table(
        "declaration_state",
        sa.Column(
            "enrollment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("identifier", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("server_token", sa.String(length=64), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("validity", sa.String(length=10), nullable=False),
        sa.Column(
            "reasons",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("observed_at", mdm.base.db.Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["enrollment_id"],
            ["enrollment.id"],
            name=op.f("fk_declaration_state_enrollment_id_enrollment"),
        ),
        sa.PrimaryKeyConstraint("enrollment_id", "identifier", name=op.f("pk_declaration_state")),
    )
    op.create_table(
        "desired_span",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "enrollment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("since", mdm.base.db.Instant(), nullable=False),
        sa.Column("until", mdm.base.db.Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["digest"],
            ["desired_content.digest"],
            name=op.f("fk_desired_span_digest_desired_content"),
        ),
        sa.ForeignKeyConstraint(
            ["enrollment_id"],
            ["enrollment.id"],
            name=op.f("fk_desired_span_enrollment_id_enrollment"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desired_span")),
    )
    with op.batch_alter_table("desired_span", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_desired_span_digest"), ["digest"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_desired_span_enrollment_id_until"),
            ["enrollment_id", "until"],
            unique=False,
        )

    op.create_table(
        "enrollment_outcome",
        sa.Column(
            "enrollment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "outcome",
            sa.Enum(
                "as_wished",
                "on_its_way",
                "blocked",
                "not_managed",
                name="outcomekind",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "reasons",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("since", mdm.base.db.Instant(), nullable=False),
        sa.Column("judged_at", mdm.base.db.Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["enrollment_id"],
            ["enrollment.id"],
            name=op.f("fk_enrollment_outcome_enrollment_id_enrollment"),
        ),
        sa.PrimaryKeyConstraint("enrollment_id", name=op.f("pk_enrollment_outcome")),
    )
    with op.batch_alter_table("enrollment_outcome", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_enrollment_outcome_outcome"), ["outcome"], unique=False
        )

    op.create_table(
        "former_token",
        sa.Column(
            "enrollment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("replaced_at", mdm.base.db.Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["enrollment_id"],
            ["enrollment.id"],
            name=op.f("fk_former_token_enrollment_id_enrollment"),
        ),
        sa.PrimaryKeyConstraint("enrollment_id", "digest", name=op.f("pk_former_token")),
    )
    op.create_table(
        "profile_address",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "enrollment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("profile_version_id", sa.Integer(), nullable=False),
        sa.Column("secret_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("sealed_secret", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", mdm.base.db.Instant(), nullable=False),
        sa.Column("fetched_at", mdm.base.db.Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["enrollment_id"],
            ["enrollment.id"],
            name=op.f("fk_profile_address_enrollment_id_enrollment"),
        ),
        sa.ForeignKeyConstraint(
            ["profile_version_id"],
            ["profile_version.id"],
            name=op.f("fk_profile_address_profile_version_id_profile_version"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_profile_address")),
        sa.UniqueConstraint("secret_digest", name=op.f("uq_profile_address_secret_digest")),
    )
    with op.batch_alter_table("profile_address", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_profile_address_enrollment_id_profile_version_id"),
            ["enrollment_id", "profile_version_id"],
            unique=True,
        )

    op.create_table(
        "report",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "device_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "enrollment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("observed_at", mdm.base.db.Instant(), nullable=False),
        sa.Column("is_complete", sa.Boolean(), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("compressed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["device_id"], ["device.id"], name=op.f("fk_report_device_id_device")
        ),
        sa.ForeignKeyConstraint(
            ["enrollment_id"], ["enrollment.id"], name=op.f("fk_report_enrollment_id_enrollment")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report")),
    )
    with op.batch_alter_table("report", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_report_device_id"), ["device_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_report_enrollment_id_kind_observed_at"),
            ["enrollment_id", "kind", "observed_at"],
            unique=False,
        )

    op.create_table(
        "reported_item",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "enrollment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column(
            "value",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("observed_at", mdm.base.db.Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["enrollment_id"],
            ["enrollment.id"],
            name=op.f("fk_reported_item_enrollment_id_enrollment"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reported_item")),
        sa.UniqueConstraint(
            "enrollment_id",
            "kind",
            "subject",
            name=op.f("uq_reported_item_enrollment_id_kind_subject"),
        ),
    )
    op.create_table(
        "status_report",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "enrollment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("received_at", mdm.base.db.Instant(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("read_at", mdm.base.db.Instant(), nullable=True),
        sa.Column("read_error", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(
            ["enrollment_id"],
            ["enrollment.id"],
            name=op.f("fk_status_report_enrollment_id_enrollment"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_status_report")),
    )
    with op.batch_alter_table("status_report", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_status_report_enrollment_id"), ["enrollment_id"], unique=False
        )
        batch_op.create_index(
            "ix_status_report_unread",
            ["id"],
            unique=False,
            sqlite_where=sa.text("read_at IS NULL"),
            postgresql_where=sa.text("read_at IS NULL"),
        )
        batch_op.create_index(
            "ix_status_report_unread_of",
            ["enrollment_id", "id"],
            unique=False,
            sqlite_where=sa.text("read_at IS NULL"),
            postgresql_where=sa.text("read_at IS NULL"),
        )

    op.create_table(
        "identity_certificate",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(length=32), nullable=False),
        sa.Column("authority_id", sa.Integer(), nullable=False),
        sa.Column(
            "challenge_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column(
            "purpose",
            sa.Enum(
                "enroll",
                "renew",
                "network",
                name="certificatepurpose",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "bound_device_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column(
            "enrollment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("public_key_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("der", sa.LargeBinary(), nullable=False),
        sa.Column("not_before", mdm.base.db.Instant(), nullable=False),
        sa.Column("not_after", mdm.base.db.Instant(), nullable=False),
        sa.Column("issued_at", mdm.base.db.Instant(), nullable=False),
        sa.Column("pinned_at", mdm.base.db.Instant(), nullable=True),
        sa.Column("unpinned_at", mdm.base.db.Instant(), nullable=True),
        sa.Column("revoked_at", mdm.base.db.Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["authority_id"],
            ["server_key.id"],
            name=op.f("fk_identity_certificate_authority_id_server_key"),
        ),
        sa.ForeignKeyConstraint(
            ["bound_device_id"],
            ["device.id"],
            name=op.f("fk_identity_certificate_bound_device_id_device"),
        ),
        sa.ForeignKeyConstraint(
            ["challenge_id"],
            ["challenge.id"],
            name=op.f("fk_identity_certificate_challenge_id_challenge"),
        ),
        sa.ForeignKeyConstraint(
            ["enrollment_id"],
            ["enrollment.id"],
            name=op.f("fk_identity_certificate_enrollment_id_enrollment"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity_certificate")),
        sa.UniqueConstraint("fingerprint", name=op.f("uq_identity_certificate_fingerprint")),
    )
    with op.batch_alter_table("identity_certificate", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_identity_certificate_challenge_id"), ["challenge_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_identity_certificate_enrollment_id"), ["enrollment_id"], unique=False
        )

    op.create_table(
        "scep_transaction",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("transaction_id", sa.String(length=255), nullable=False),
        sa.Column("public_key_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column(
            "challenge_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column(
            "certificate_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("created_at", mdm.base.db.Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["certificate_id"],
            ["identity_certificate.id"],
            name=op.f("fk_scep_transaction_certificate_id_identity_certificate"),
        ),
        sa.ForeignKeyConstraint(
            ["challenge_id"],
            ["challenge.id"],
            name=op.f("fk_scep_transaction_challenge_id_challenge"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scep_transaction")),
        sa.UniqueConstraint("challenge_id", name=op.f("uq_scep_transaction_challenge_id")),
    )
    _keep_the_journal()


def downgrade() -> None:
    """The first tables go away with their database, never by a migration."""
    raise NotImplementedError("drop the database instead")


def _keep_the_journal() -> None:
    """Let the database itself refuse to change or delete what the journal says."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION refuse_journal_change() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'the journal is append-only'; END $$"
        )
    for table in ("audit_entry", "audit_seal"):
        for act in ("UPDATE", "DELETE"):
            op.execute(_journal_trigger(table, act))


def _journal_trigger(table: str, act: str) -> str:
    name = f"{table}_no_{act.lower()}"
    if op.get_bind().dialect.name == "postgresql":
        return (
            f"CREATE TRIGGER {name} BEFORE {act} ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_journal_change()"
        )
    return (
        f"CREATE TRIGGER {name} BEFORE {act} ON {table} "
        "BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END"
    )
