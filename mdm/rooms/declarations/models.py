"""Tables of declarative management: snapshots, channels, states, status reports.

A snapshot is shared by all channels that should have the same; what a channel is told comes from
one snapshot row, whole.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from mdm.base.db import Base, BigId, Instant, Json


class DeclarationSnapshot(Base):
    """A set of declarations, by the token that follows from its content. Immutable.

    compressed: the declarations as JSON. empty_because: why there are none, else None.
    """

    __tablename__ = "declaration_snapshot"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    token: Mapped[str] = mapped_column(String(64), unique=True)
    compressed: Mapped[bytes] = mapped_column(LargeBinary)
    empty_because: Mapped[str | None] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(Instant)


class DeclarationChannel(Base):
    """What one enrollment's channel should have, and how far it has heard of it.

    changed_at: when its set last changed; the Timestamp of its tokens.
    fetched_token: of the manifest that it last fetched. enabled_at: it has accepted the command
    in this enrollment generation.
    """

    __tablename__ = "declaration_channel"

    enrollment_id: Mapped[int] = mapped_column(ForeignKey("enrollment.id"), primary_key=True)
    snapshot_id: Mapped[int] = mapped_column(ForeignKey("declaration_snapshot.id"), index=True)
    # Still served to a device that is half-way through the former set.
    previous_snapshot_id: Mapped[int | None] = mapped_column(
        ForeignKey("declaration_snapshot.id"), index=True
    )
    changed_at: Mapped[datetime] = mapped_column(Instant)
    enabled_at: Mapped[datetime | None] = mapped_column(Instant)
    fetched_token: Mapped[str | None] = mapped_column(String(64))
    fetched_at: Mapped[datetime | None] = mapped_column(Instant)
    # Of the last status report of any kind, and of the last full one.
    reported_at: Mapped[datetime | None] = mapped_column(Instant)
    fully_reported_at: Mapped[datetime | None] = mapped_column(Instant)


class DeclarationState(Base):
    """What a channel last said of one declaration."""

    __tablename__ = "declaration_state"

    enrollment_id: Mapped[int] = mapped_column(ForeignKey("enrollment.id"), primary_key=True)
    identifier: Mapped[str] = mapped_column(String(64), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    server_token: Mapped[str] = mapped_column(String(64))
    is_active: Mapped[bool]
    validity: Mapped[str] = mapped_column(String(10))
    reasons: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    observed_at: Mapped[datetime] = mapped_column(Instant)


class StatusReport(Base):
    """A status report as it came, until a worker has merged it.

    sealed: compressed, then sealed; None once it is merged, for then it is among the reports.
    read_error: why it could not be read; it is kept as it came.
    """

    __tablename__ = "status_report"
    __table_args__ = (
        Index(
            "ix_status_report_unread",
            "id",
            sqlite_where=text("read_at IS NULL"),
            postgresql_where=text("read_at IS NULL"),
        ),
        # Whether an enrollment's older one waits still: its reports are merged in their order.
        Index(
            "ix_status_report_unread_of",
            "enrollment_id",
            "id",
            sqlite_where=text("read_at IS NULL"),
            postgresql_where=text("read_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    enrollment_id: Mapped[int] = mapped_column(ForeignKey("enrollment.id"), index=True)
    received_at: Mapped[datetime] = mapped_column(Instant)
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    read_at: Mapped[datetime | None] = mapped_column(Instant)
    read_error: Mapped[str | None] = mapped_column(String(200))


class ProfileAddress(Base):
    """An address that nobody can guess, from which one device fetches one profile.

    secret_digest: SHA-256 of the last part of the address.
    """

    __tablename__ = "profile_address"
    __table_args__ = (Index(None, "enrollment_id", "profile_version_id", unique=True),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    enrollment_id: Mapped[int] = mapped_column(ForeignKey("enrollment.id"))
    profile_version_id: Mapped[int] = mapped_column(ForeignKey("profile_version.id"))
    secret_digest: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    sealed_secret: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(Instant)
    fetched_at: Mapped[datetime | None] = mapped_column(Instant)
