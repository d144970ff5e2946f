"""What each channel should have, and how far it has heard of it.

Here: the rows of sets and channels, written. Alone in writing tables `declaration_snapshot` and
`declaration_channel`. A set is immutable and shared by its token; a channel points at the newest
and at the one before, so that a device half-way through a sync gets what it was promised.
What is missing in a set a device removes, with apps and accounts: a channel without a row was
never told anything, and hears "later" (serving.py), never "nothing".
Not here: which declarations (policies), answers (serving.py), what devices report (status.py).
"""

import zlib
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, or_, select
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from mdm.base.db import Tx, alone, changed_rows
from mdm.base.vault import Vault
from mdm.rooms.audit import service as audit
from mdm.rooms.audit.service import Actor, Subject
from mdm.rooms.declarations import addresses, contents
from mdm.rooms.declarations.models import (
    DeclarationChannel,
    DeclarationSnapshot,
    DeclarationState,
    ProfileAddress,
)
from mdm.rooms.devices.models import Device, Enrollment
from profiles.declarations.declaration import Declaration
from profiles.declarations.manifest import tokens_document
from profiles.declarations.snapshot import Snapshot

NEW_CONTENT = "new content"
"""Held by whoever adds a row that all enrollments share. Two workers that add the same rows in
different orders would otherwise wait for each other for ever."""

ACTOR = Actor.job("reconcile")

# The smallest difference that the Timestamp of the tokens can say; of two the newer one wins.
_TICK = timedelta(seconds=1)
_MOST_AT_ONCE = 500


def replace(
    tx: Tx,
    vault: Vault,
    enrollment_id: int,
    declarations: Sequence[Declaration],
    now: datetime,
    empty_because: str | None = None,
) -> str:
    """Let a channel have exactly these declarations; the same ones again change nothing.

    declarations: in any order, filled with the device's facts already, so that whoever planned
        knows their tokens. A ProfileURL may be "profile-version:UUID" (addresses.py).
    empty_because: why there are none, for the journal; without it an empty set is refused.
    returns: the set's token.
    raises: InvalidPayload (no reason for an empty set, a reason for one that is not empty, what
        does not go together: `field` begins with a declaration's identifier), NoSuchVersion.
    """
    content = contents.written(declarations)
    snapshot = contents.snapshot_of(content, empty_because)
    addresses.ensure(tx, vault, enrollment_id, addresses.versions_in(declarations), now)
    channel = tx.get(DeclarationChannel, enrollment_id, with_for_update=True)
    row_id = _stored(tx, snapshot, content, now)
    if channel is not None and channel.snapshot_id == row_id:
        return snapshot.token
    _point_at(tx, enrollment_id, channel, row_id, now)
    if empty_because is not None:
        _record_emptied(tx, enrollment_id, empty_because, now)
    return snapshot.token


def tokens_of(tx: Tx, enrollment_id: int) -> bytes | None:
    """The tokens document of a channel as it is now; None when nothing was ever declared.

    raises: SnapshotDamaged.
    """
    found = tx.execute(
        select(
            DeclarationChannel.changed_at,
            DeclarationSnapshot.token,
            DeclarationSnapshot.compressed,
            DeclarationSnapshot.empty_because,
        )
        .join(DeclarationSnapshot, DeclarationSnapshot.id == DeclarationChannel.snapshot_id)
        .where(DeclarationChannel.enrollment_id == enrollment_id)
    ).first()
    if found is None:
        return None
    changed_at, token, compressed, empty_because = found
    snapshot = contents.remembered.get(token) or contents.stored(token, compressed, empty_because)
    return tokens_document(contents.changed(snapshot, changed_at))


def forget(tx: Tx, enrollment_id: int) -> None:
    """A device has left, or has come anew: nothing of what it was told is there any more."""
    forget_all(tx, (enrollment_id,))


def forget_all(tx: Tx, enrollment_ids: Collection[int]) -> None:
    """The same for several. What they reported stays among the reports."""
    if not enrollment_ids:
        return
    for table in (DeclarationState, ProfileAddress, DeclarationChannel):
        tx.execute(delete(table).where(table.enrollment_id.in_(enrollment_ids)))


def forget_unused(tx: Tx, before: datetime) -> int:
    """Delete sets made before an instant that no channel points at, at most 500.

    returns: how many.
    """
    ids = tx.scalars(
        select(DeclarationSnapshot.id)
        .where(DeclarationSnapshot.created_at < before, ~_is_used())
        .limit(_MOST_AT_ONCE)
        .with_for_update(skip_locked=True)
    ).all()
    # Asked again: who pointed at one before it was locked is seen now, and nobody else can.
    result = tx.execute(
        delete(DeclarationSnapshot)
        .where(DeclarationSnapshot.id.in_(ids), ~_is_used())
        .execution_options(synchronize_session=False)
    )
    return changed_rows(result)


def _is_used() -> ColumnElement[bool]:
    return (
        select(DeclarationChannel.enrollment_id)
        .where(
            or_(
                DeclarationChannel.snapshot_id == DeclarationSnapshot.id,
                DeclarationChannel.previous_snapshot_id == DeclarationSnapshot.id,
            )
        )
        .exists()
    )


def _stored(tx: Tx, snapshot: Snapshot, content: bytes, now: datetime) -> int:
    """The row of a set; whoever is first writes it, for everybody."""
    by_token = select(DeclarationSnapshot.id).where(DeclarationSnapshot.token == snapshot.token)
    # Locked, so that it is not swept away before the channel points at it.
    known = tx.scalar(by_token.with_for_update(read=True, key_share=True))
    if known is not None:
        return known
    alone(tx, NEW_CONTENT)
    insert = pg_insert if tx.get_bind().dialect.name == "postgresql" else sqlite_insert
    tx.execute(
        insert(DeclarationSnapshot)
        .values(
            token=snapshot.token,
            compressed=zlib.compress(content),
            empty_because=snapshot.empty_because,
            created_at=now,
        )
        .on_conflict_do_nothing(index_elements=[DeclarationSnapshot.token])
    )
    return tx.execute(by_token).scalar_one()


def _point_at(
    tx: Tx, enrollment_id: int, channel: DeclarationChannel | None, row_id: int, now: datetime
) -> None:
    if channel is None:
        tx.add(DeclarationChannel(enrollment_id=enrollment_id, snapshot_id=row_id, changed_at=now))
    else:
        channel.previous_snapshot_id, channel.snapshot_id = channel.snapshot_id, row_id
        channel.changed_at = max(now, channel.changed_at + _TICK)
    tx.flush()


def _record_emptied(tx: Tx, enrollment_id: int, because: str, now: datetime) -> None:
    device = tx.get_one(Device, tx.get_one(Enrollment, enrollment_id).device_id)
    audit.record(
        tx,
        ACTOR,
        "declarations.empty",
        Subject.of("device", device.id),
        now,
        school_id=device.school_id,
        details={"enrollment": enrollment_id, "because": because},
    )
