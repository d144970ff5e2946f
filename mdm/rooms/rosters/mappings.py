"""Column mappings that people have saved: of one school, or for every school.

Here: rows to policies values and back. Not here: guessing a mapping (policies.roster.formats),
reading with it (reading.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select

from mdm.base.db import Tx, alone
from mdm.base.errors import Forbidden, InvalidInput, NotFound
from mdm.rooms.access.service import Act, Viewer, require
from mdm.rooms.audit import service as audit
from mdm.rooms.audit.service import Subject
from mdm.rooms.rosters.models import SavedMapping
from mdm.rooms.schools.models import School
from policies.roster.formats.mapping import Column, ColumnMapping

_LONGEST_NAME = 80
_ORDER = {str(column): place for place, column in enumerate(Column)}


@dataclass(frozen=True, slots=True)
class StoredMapping:
    """A saved mapping. school_id: None for one that every school may use."""

    id: int
    school_id: int | None
    name: str
    mapping: ColumnMapping


def save(
    tx: Tx,
    viewer: Viewer,
    school: School | None,
    name: str,
    mapping: ColumnMapping,
    now: datetime,
) -> StoredMapping:
    """Save a mapping; one of the same name is replaced.

    school: None for every school, which is for those only who look after all of them.
    raises: InvalidInput (name empty or too long), NotFound, Forbidden.
    """
    _require(viewer, school)
    name = " ".join(name.split())
    if not name or len(name) > _LONGEST_NAME or not name.isprintable():
        raise InvalidInput("mapping", f"a name of 1 to {_LONGEST_NAME} characters is needed")
    alone(tx, "saved_mapping")
    row = _row(tx, school.id if school is not None else None, name)
    row.columns = _written(mapping)
    row.created_by, row.created_at = viewer.actor.name, now
    tx.flush()
    subject = Subject.of("saved_mapping", row.id)
    details = {"columns": sorted(mapping.headings)}
    audit.record(
        tx, viewer.actor, "mapping.save", subject, now, school_id=row.school_id, details=details
    )
    return _stored(row)


def mappings(tx: Tx, viewer: Viewer, school_id: int) -> list[StoredMapping]:
    """List what a school may use: its own first, then those for every school. raises: NotFound."""
    require(viewer, Act.SEE, school_id)
    return [_stored(row) for row in _usable(tx, school_id)]


def find(tx: Tx, viewer: Viewer, school_id: int, name: str) -> ColumnMapping:
    """Find a mapping by name; the school's own goes before one for every school.

    raises: NotFound.
    """
    found = (row for row in mappings(tx, viewer, school_id) if row.name == " ".join(name.split()))
    stored = next(found, None)
    if stored is None:
        raise NotFound("mapping", name)
    return stored.mapping


def _require(viewer: Viewer, school: School | None) -> None:
    if school is not None:
        require(viewer, Act.MANAGE, school.id)
    elif viewer.school_ids is not None or not viewer.may(Act.MANAGE):
        raise Forbidden(Act.MANAGE.value)


def _row(tx: Tx, school_id: int | None, name: str) -> SavedMapping:
    owner = SavedMapping.school_id
    here = owner.is_(None) if school_id is None else owner == school_id
    row = tx.scalar(select(SavedMapping).where(here, SavedMapping.name == name))
    if row is None:
        row = SavedMapping(school_id=school_id, name=name)
        tx.add(row)
    return row


def _usable(tx: Tx, school_id: int) -> Sequence[SavedMapping]:
    here = or_(SavedMapping.school_id == school_id, SavedMapping.school_id.is_(None))
    rows = tx.scalars(select(SavedMapping).where(here))
    return sorted(rows, key=lambda row: (row.school_id is None, row.name))


def _written(mapping: ColumnMapping) -> dict[str, Any]:
    return {
        "columns": {heading: str(column) for heading, column in mapping.columns},
        "default_role": str(mapping.default_role),
        "local_ids": mapping.local_ids,
    }


def _stored(row: SavedMapping) -> StoredMapping:
    # PostgreSQL does not keep the order of keys.
    columns = sorted(row.columns["columns"].items(), key=lambda pair: _ORDER.get(pair[1], 0))
    mapping = ColumnMapping.saved(
        dict(columns), row.columns["default_role"], row.columns["local_ids"]
    )
    return StoredMapping(row.id, row.school_id, row.name, mapping)
