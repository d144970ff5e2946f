"""Tables of devices: the thing, its periods of management, its certificates, what it said."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from enrollment.standing import CertificatePurpose, EnrollmentState, HoldReason
from mdm.base.db import Base, BigId, Instant, Json, stored_enum


class Device(Base):
    """The thing with a serial number. It may be known before it ever enrols (expected)."""

    __tablename__ = "device"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    # None for a device that enrolled without telling it (account-driven user enrolment).
    serial: Mapped[str | None] = mapped_column(String(255), unique=True)
    udid: Mapped[str | None] = mapped_column(String(255), index=True)
    school_id: Mapped[int | None] = mapped_column(ForeignKey("school.id"), index=True)
    class_group_id: Mapped[int | None] = mapped_column(ForeignKey("class_group.id"), index=True)
    # At most one slot a device, and one device a slot; at most one owner.
    slot_id: Mapped[int | None] = mapped_column(ForeignKey("slot.id"), unique=True)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"), index=True)
    is_expected: Mapped[bool] = mapped_column(default=False)
    name: Mapped[str] = mapped_column(String(255), default="")
    # Apple's identifier of the hardware, such as iPad13,18.
    product_name: Mapped[str] = mapped_column(String(80), default="")
    os_version: Mapped[str] = mapped_column(String(40), default="")
    build_version: Mapped[str] = mapped_column(String(40), default="")
    is_supervised: Mapped[bool | None]
    is_shared_ipad: Mapped[bool | None]
    # It may come back with a certificate that names nobody: a person said so, or it
    # acknowledged an order to erase itself.
    is_return_expected: Mapped[bool] = mapped_column(default=False)
    facts_observed_at: Mapped[datetime | None] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant)
    retired_at: Mapped[datetime | None] = mapped_column(Instant)


class Enrollment(Base):
    """One period of management of one channel. At most one per key is current."""

    __tablename__ = "enrollment"
    __table_args__ = (
        # A held newcomer waits beside the current enrollment, so it is not part of this rule.
        Index(
            "uq_enrollment_current_key",
            "key",
            unique=True,
            sqlite_where=text("ended_at IS NULL AND held_reason IS NULL"),
            postgresql_where=text("ended_at IS NULL AND held_reason IS NULL"),
        ),
        Index(
            "ix_enrollment_due",
            "id",
            sqlite_where=text("due_generation > done_generation"),
            postgresql_where=text("due_generation > done_generation"),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    device_id: Mapped[int] = mapped_column(ForeignKey("device.id"), index=True)
    # None on the device channel; the device channel's enrollment on a user channel.
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("enrollment.id"), index=True)
    key: Mapped[str] = mapped_column(String(520), index=True)
    # What it said of itself when it joined; proves nothing by itself.
    claimed_serial: Mapped[str | None] = mapped_column(String(255))
    user_short_name: Mapped[str | None] = mapped_column(String(255))
    state: Mapped[EnrollmentState] = mapped_column(stored_enum(EnrollmentState))
    generation: Mapped[int] = mapped_column(default=1)
    held_reason: Mapped[HoldReason | None] = mapped_column(stored_enum(HoldReason))
    link_id: Mapped[int | None] = mapped_column(ForeignKey("enrollment_link.id"))
    topic: Mapped[str] = mapped_column(String(1024), default="")
    push_token: Mapped[bytes | None] = mapped_column(LargeBinary)
    # Apple promises no length, and a device tells it only once: it must fit.
    push_magic: Mapped[str | None] = mapped_column(String(1024))
    token_updated_at: Mapped[datetime | None] = mapped_column(Instant)
    # Set when Apple says the token is dead; a newer TokenUpdate clears it.
    unpushable_reason: Mapped[str | None] = mapped_column(String(80))
    sealed_unlock_token: Mapped[bytes | None] = mapped_column(LargeBinary)
    sealed_bootstrap_token: Mapped[bytes | None] = mapped_column(LargeBinary)
    is_awaiting_configuration: Mapped[bool] = mapped_column(default=False)
    access_rights: Mapped[int] = mapped_column(default=8191)
    authenticated_at: Mapped[datetime | None] = mapped_column(Instant)
    enrolled_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    last_seen_at: Mapped[datetime | None] = mapped_column(Instant)
    # When Apple last took a push for it.
    last_pushed_at: Mapped[datetime | None] = mapped_column(Instant)
    # The last time it opened a connection by itself: what proves that a restart is over.
    last_idle_at: Mapped[datetime | None] = mapped_column(Instant)
    due_generation: Mapped[int] = mapped_column(default=0)
    done_generation: Mapped[int] = mapped_column(default=0)
    # The reconciler's own lease and its wish to look again later (a back-off, a proof).
    due_claimed_until: Mapped[datetime | None] = mapped_column(Instant)
    look_again_at: Mapped[datetime | None] = mapped_column(Instant, index=True)


class IdentityCertificate(Base):
    """A certificate we issued, and the enrollment it is pinned to once it was used."""

    __tablename__ = "identity_certificate"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    authority_id: Mapped[int] = mapped_column(ForeignKey("server_key.id"))
    challenge_id: Mapped[int | None] = mapped_column(ForeignKey("challenge.id"), index=True)
    purpose: Mapped[CertificatePurpose] = mapped_column(stored_enum(CertificatePurpose))
    # Whom it was issued for, when that was known: decides whether a newcomer is held.
    bound_device_id: Mapped[int | None] = mapped_column(ForeignKey("device.id"))
    enrollment_id: Mapped[int | None] = mapped_column(ForeignKey("enrollment.id"), index=True)
    public_key_digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    der: Mapped[bytes] = mapped_column(LargeBinary)
    not_before: Mapped[datetime] = mapped_column(Instant)
    not_after: Mapped[datetime] = mapped_column(Instant)
    issued_at: Mapped[datetime] = mapped_column(Instant)
    pinned_at: Mapped[datetime | None] = mapped_column(Instant)
    # Set when a newer certificate of the same enrollment has been used.
    unpinned_at: Mapped[datetime | None] = mapped_column(Instant)
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)


class FormerToken(Base):
    """A push token that a newer one replaced; its message may come again and must not count."""

    __tablename__ = "former_token"

    enrollment_id: Mapped[int] = mapped_column(ForeignKey("enrollment.id"), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    replaced_at: Mapped[datetime] = mapped_column(Instant)


class Report(Base):
    """What a device said, whole and dated. The latest of each kind also lives in items."""

    __tablename__ = "report"
    __table_args__ = (Index(None, "enrollment_id", "kind", "observed_at"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    device_id: Mapped[int] = mapped_column(ForeignKey("device.id"), index=True)
    enrollment_id: Mapped[int] = mapped_column(ForeignKey("enrollment.id"))
    kind: Mapped[str] = mapped_column(String(60))
    observed_at: Mapped[datetime] = mapped_column(Instant)
    # Only a complete answer proves that something is absent.
    is_complete: Mapped[bool]
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    # None when the digest equals the previous report's: nothing new was said.
    compressed: Mapped[bytes | None] = mapped_column(LargeBinary)


class ReportedItem(Base):
    """The latest a device said about one thing: one profile, one app, one fact."""

    __tablename__ = "reported_item"
    __table_args__ = (UniqueConstraint("enrollment_id", "kind", "subject"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    enrollment_id: Mapped[int] = mapped_column(ForeignKey("enrollment.id"))
    kind: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(255))
    value: Mapped[dict[str, Any]] = mapped_column(Json)
    observed_at: Mapped[datetime] = mapped_column(Instant)
