"""Reading the journal."""

from collections.abc import Collection, Sequence

from sqlalchemy import and_, false, or_, select

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


def entries_about_any(
    tx: Tx, subjects: Collection[Subject], limit: int = 50
) -> Sequence[AuditEntry]:
    """List what happened to several things, newest first."""
    named = [
        and_(AuditEntry.subject_kind == subject.kind, AuditEntry.subject_id == subject.id)
        for subject in subjects
    ]
    query = select(AuditEntry).where(or_(false(), *named))
    return tx.scalars(query.order_by(AuditEntry.id.desc()).limit(limit)).all()


def latest(tx: Tx, limit: int = 50) -> Sequence[AuditEntry]:
    """List the latest entries, newest first."""
    return tx.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(limit)).all()
