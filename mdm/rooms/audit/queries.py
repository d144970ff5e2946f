"""Reading the journal."""

from collections.abc import Sequence

from sqlalchemy import select

from mdm.base.db import Tx
from mdm.rooms.audit.models import AuditEntry
from mdm.rooms.audit.service import Subject


def entries_about(tx: Tx, subject: Subject, limit: int = 50) -> Sequence[AuditEntry]:
    """List what happened to one thing, newest first."""
    return tx.scalars(
        select(AuditEntry)
        .where(AuditEntry.subject_kind == subject.kind, AuditEntry.subject_id == subject.id)
        .order_by(AuditEntry.id.desc())
        .limit(limit)
    ).all()


def latest(tx: Tx, limit: int = 50) -> Sequence[AuditEntry]:
    """List the latest entries, newest first."""
    return tx.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(limit)).all()
