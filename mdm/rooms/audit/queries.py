"""Reading the journal."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class JournalFilter:
    """What the journal is narrowed to. subject_id: only together with subject_kind.

    before: only entries with a smaller number, for the page after.
    """

    school_id: int | None = None
    subject_kind: str = ""
    subject_id: str = ""
    before: int | None = None


_EVERYTHING = JournalFilter()


def latest(tx: Tx, limit: int = 50, narrowed: JournalFilter = _EVERYTHING) -> Sequence[AuditEntry]:
    """List the latest entries, newest first."""
    query = select(AuditEntry).order_by(AuditEntry.id.desc()).limit(limit)
    if narrowed.school_id is not None:
        query = query.where(AuditEntry.school_id == narrowed.school_id)
    if narrowed.subject_kind:
        query = query.where(AuditEntry.subject_kind == narrowed.subject_kind)
        if narrowed.subject_id:
            query = query.where(AuditEntry.subject_id == narrowed.subject_id)
    if narrowed.before is not None:
        query = query.where(AuditEntry.id < narrowed.before)
    return tx.scalars(query).all()
