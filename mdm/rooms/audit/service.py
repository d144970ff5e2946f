"""The journal: every act that changes something is written in the same transaction.

Personal values stay out: subjects are named by kind and number, details hold what changed.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from mdm.base.db import Tx, alone
from mdm.rooms.audit.models import AuditEntry, AuditSeal

_BATCH = 1000
_GENESIS = "0" * 64


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a person who signed in, the system user of a command line, a job, a device."""

    name: str

    @classmethod
    def person(cls, person_id: int) -> "Actor":
        return cls(f"person:{person_id}")

    @classmethod
    def system_user(cls, login: str) -> "Actor":
        return cls(f"system:{login}")

    @classmethod
    def device(cls, device_id: int) -> "Actor":
        return cls(f"device:{device_id}")

    @classmethod
    def job(cls, job: str) -> "Actor":
        return cls(f"job:{job}")


@dataclass(frozen=True, slots=True)
class Subject:
    """What an act is about, by kind and number."""

    kind: str
    id: str

    @classmethod
    def of(cls, kind: str, number: int | str) -> "Subject":
        return cls(kind, str(number))


def record(
    tx: Tx,
    actor: Actor,
    act: str,
    subject: Subject,
    now: datetime,
    *,
    school_id: int | None = None,
    reason: str = "",
    details: Mapping[str, Any] | None = None,
) -> None:
    """Write one entry; it stands or falls with the caller's transaction."""
    tx.add(
        AuditEntry(
            at=now,
            actor=actor.name,
            act=act,
            subject_kind=subject.kind,
            subject_id=subject.id,
            school_id=school_id,
            reason=reason[:500],
            details=dict(details or {}),
        )
    )


def seal_next(tx: Tx, now: datetime) -> int:
    """Seal the next batch of entries into the chain; returns how many were sealed.

    Entries younger than a minute wait: on PostgreSQL a transaction that began earlier may
    still commit an entry with a smaller number.
    """
    alone(tx, "audit_seal")
    previous = tx.scalar(select(AuditSeal).order_by(AuditSeal.id.desc()).limit(1))
    entries = _unsealed(tx, previous.last_entry_id if previous else 0, now)
    if not entries:
        return 0
    tx.add(
        AuditSeal(
            first_entry_id=entries[0].id,
            last_entry_id=entries[-1].id,
            entry_count=len(entries),
            digest=_digest(previous.digest if previous else _GENESIS, entries),
            sealed_at=now,
        )
    )
    return len(entries)


def broken_seal(tx: Tx) -> int | None:
    """Check the chain from its start; returns the number of the first seal that does not hold."""
    digest = _GENESIS
    for seal in tx.scalars(select(AuditSeal).order_by(AuditSeal.id)):
        entries = _between(tx, seal.first_entry_id, seal.last_entry_id)
        digest = _digest(digest, entries)
        if digest != seal.digest or len(entries) != seal.entry_count:
            return seal.id
    return None


def count(tx: Tx) -> int:
    """Count the entries."""
    return tx.scalar(select(func.count()).select_from(AuditEntry)) or 0


def _unsealed(tx: Tx, after: int, now: datetime) -> list[AuditEntry]:
    query = select(AuditEntry).where(AuditEntry.id > after).order_by(AuditEntry.id).limit(_BATCH)
    entries = []
    for entry in tx.scalars(query):
        if (now - entry.at).total_seconds() < 60:
            break
        entries.append(entry)
    return entries


def _between(tx: Tx, first: int, last: int) -> list[AuditEntry]:
    query = select(AuditEntry).where(AuditEntry.id.between(first, last)).order_by(AuditEntry.id)
    return list(tx.scalars(query))


def _digest(previous: str, entries: list[AuditEntry]) -> str:
    chain = hashlib.sha256(previous.encode())
    for entry in entries:
        chain.update(_canonical(entry))
    return chain.hexdigest()


def _canonical(entry: AuditEntry) -> bytes:
    fields = [
        entry.id,
        entry.at.isoformat(),
        entry.actor,
        entry.act,
        entry.subject_kind,
        entry.subject_id,
        entry.school_id,
        entry.reason,
        entry.details,
    ]
    return json.dumps(fields, sort_keys=True, ensure_ascii=False).encode()
