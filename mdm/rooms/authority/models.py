"""Tables of the keys the server itself holds: device authority, signer, push certificate."""

import enum
from datetime import datetime

from sqlalchemy import Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from mdm.base.db import Base, Instant, stored_enum


class KeyPurpose(enum.Enum):
    """What a key of the server is for."""

    DEVICE_AUTHORITY = "device_authority"
    PROFILE_SIGNER = "profile_signer"
    TLS = "tls"


class ServerKey(Base):
    """A certificate of the server with its sealed private key. Several generations may live."""

    __tablename__ = "server_key"
    __table_args__ = (
        Index(
            "uq_server_key_current_purpose",
            "purpose",
            "name",
            unique=True,
            sqlite_where=text("retired_at IS NULL"),
            postgresql_where=text("retired_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    purpose: Mapped[KeyPurpose] = mapped_column(stored_enum(KeyPurpose))
    # Distinguishes keys of one purpose, say the host name of a TLS certificate.
    name: Mapped[str] = mapped_column(String(255), default="")
    certificate: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_key: Mapped[bytes] = mapped_column(LargeBinary)
    not_after: Mapped[datetime] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant)
    retired_at: Mapped[datetime | None] = mapped_column(Instant)


class PushCertificate(Base):
    """The certificate that lets us push, or the request for one (certificate still empty)."""

    __tablename__ = "push_certificate"

    id: Mapped[int] = mapped_column(primary_key=True)
    topic: Mapped[str | None] = mapped_column(String(255))
    certificate: Mapped[bytes | None] = mapped_column(LargeBinary)
    sealed_key: Mapped[bytes] = mapped_column(LargeBinary)
    request: Mapped[bytes | None] = mapped_column(LargeBinary)
    apple_account: Mapped[str] = mapped_column(String(255), default="")
    not_after: Mapped[datetime | None] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant)
    imported_at: Mapped[datetime | None] = mapped_column(Instant)
    replaced_at: Mapped[datetime | None] = mapped_column(Instant)
