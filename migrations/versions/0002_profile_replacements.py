"""profile replacements

Safety: only a table is added. The previous release knows nothing of it and goes on giving
`profile.current_version` to everybody, which is the version that was in force before: so it never
runs ahead of a roll-out; it takes it back on iPads it plans for, until it is gone itself.

Revision ID: 0002
Revises: 0001
"""

from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa
from alembic import op

import mdm.base.db

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "profile_replacement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("profile_id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("rollout_id", sa.Integer(), nullable=False),
        sa.Column("created_at", mdm.base.db.Instant(), nullable=False),
        sa.Column("ended_at", mdm.base.db.Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["profile_id"], ["profile.id"], name=op.f("fk_profile_replacement_profile_id_profile")
        ),
        sa.ForeignKeyConstraint(
            ["rollout_id"], ["rollout.id"], name=op.f("fk_profile_replacement_rollout_id_rollout")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["profile_version.id"],
            name=op.f("fk_profile_replacement_version_id_profile_version"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_profile_replacement")),
    )
    for column in ("profile_id", "rollout_id"):
        op.create_index(
            op.f(f"ix_profile_replacement_{column}"), "profile_replacement", [column], unique=False
        )
    _look_at_groups_again()


def _look_at_groups_again() -> None:
    """Let the smart groups that time changes go on from where everybody was looked at last.

    Until now the column said when to look at everybody again, an hour later; from now on it says
    up to when was looked, and what passed in between must not be missed.
    """
    number = sa.column("id", sa.Integer())
    again = sa.column("look_again_at", mdm.base.db.Instant())
    group = sa.table("smart_group", number, again)
    connection = op.get_bind()
    for row, at in connection.execute(sa.select(number, again).where(again.is_not(None))).all():
        earlier = {"look_again_at": at - timedelta(hours=1)}
        connection.execute(group.update().where(number == row).values(earlier))


def downgrade() -> None:
    op.drop_table("profile_replacement")
