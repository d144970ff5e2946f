"""Tables of invitations: enrolment links, one-time challenges, SCEP transactions."""

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from enrollment.standing import CertificatePurpose
from mdm.base.db import Base, BigId, Instant, stored_enum


class EnrollmentLink(Base):
    """A signed link that lets up to `max_uses` iPads of one school or class enrol."""

    __tablename__ = "enrollment_link"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_id: Mapped[str] = mapped_column(String(64), unique=True)
    school_id: Mapped[int] = mapped_column(ForeignKey("school.id"), index=True)
    class_group_id: Mapped[int | None] = mapped_column(ForeignKey("class_group.id"))
    created_by: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    max_uses: Mapped[int]
    uses: Mapped[int] = mapped_column(default=0)
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)


class Challenge(Base):
    """A one-time SCEP challenge. Only its digest is kept."""

    __tablename__ = "challenge"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    purpose: Mapped[CertificatePurpose] = mapped_column(stored_enum(CertificatePurpose))
    link_id: Mapped[int | None] = mapped_column(ForeignKey("enrollment_link.id"), index=True)
    # Whom it was made for, when that is known (renewal, a prepared device).
    device_id: Mapped[int | None] = mapped_column(ForeignKey("device.id"), index=True)
    enrollment_id: Mapped[int | None] = mapped_column(ForeignKey("enrollment.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    attempts: Mapped[int] = mapped_column(default=0)
    used_at: Mapped[datetime | None] = mapped_column(Instant)


class ScepTransaction(Base):
    """What led to a certificate, so that a repeated request gets the same one again."""

    __tablename__ = "scep_transaction"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    # Chosen by the client, mostly after its key: with a new challenge the same may come again.
    transaction_id: Mapped[str] = mapped_column(String(255))
    public_key_digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    # A challenge leads to one certificate. None when a certificate was renewed.
    challenge_id: Mapped[int | None] = mapped_column(ForeignKey("challenge.id"), unique=True)
    certificate_id: Mapped[int] = mapped_column(ForeignKey("identity_certificate.id"))
    created_at: Mapped[datetime] = mapped_column(Instant)
