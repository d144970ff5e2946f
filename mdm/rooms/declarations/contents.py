"""A set of declarations as bytes to be stored, and back as the value that answers devices.

Here: writing, reading, and remembering what was read: a set takes a millisecond to check, and is
asked for some ten times by each of thousands of iPads. Remembered is by content, never by number.
Not here: rows (service.py), who may ask (serving.py).
"""

import json
import threading
import zlib
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache

from mdm.rooms.declarations.errors import SnapshotDamaged
from profiles.declarations.declaration import Declaration
from profiles.declarations.json_form import canonical
from profiles.declarations.manifest import Manifest
from profiles.declarations.snapshot import Snapshot
from profiles.errors import ProfileError

_MOST_REMEMBERED = 1024
# The instant is the channel's own (DeclarationChannel.changed_at) and is put in at each answer.
_NO_INSTANT = datetime(2000, 1, 1, tzinfo=UTC)


def written(declarations: Sequence[Declaration]) -> bytes:
    """Write declarations so that the same set gives the same bytes.

    raises: InvalidPayload for a payload that is no JSON.
    """
    ordered = sorted(declarations, key=lambda declaration: declaration.identifier)
    return canonical([[d.declaration_type, d.identifier, d.payload] for d in ordered])


@lru_cache(maxsize=_MOST_REMEMBERED)
def snapshot_of(content: bytes, empty_because: str | None) -> Snapshot:
    """Check a set as a whole.

    content: of `written`. returns: a value without an instant of its own.
    raises: InvalidPayload, also for an empty set without a reason.
    """
    declarations = tuple(Declaration(*each) for each in json.loads(content))
    return Snapshot(declarations, _NO_INSTANT, empty_because)


def stored(token: str, compressed: bytes, empty_because: str | None) -> Snapshot:
    """Read a set as it is stored. raises: SnapshotDamaged."""
    try:
        snapshot = snapshot_of(zlib.decompress(compressed), empty_because)
    except (zlib.error, ValueError, TypeError, ProfileError) as error:
        raise SnapshotDamaged(token) from error
    if snapshot.token != token:
        raise SnapshotDamaged(token)
    remembered.put(token, snapshot)
    return snapshot


def changed(snapshot: Snapshot, at: datetime) -> Manifest:
    """What a set tells, as changed at a channel's own instant."""
    return replace(snapshot.manifest, changed_at=at)


class _Remembered:
    """The latest sets of this process, by token."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._found: OrderedDict[str, Snapshot] = OrderedDict()

    def get(self, token: str) -> Snapshot | None:
        """Find a set; None when it must be read."""
        with self._lock:
            found = self._found.get(token)
            if found is not None:
                self._found.move_to_end(token)
            return found

    def put(self, token: str, snapshot: Snapshot) -> None:
        """Remember a set, and forget the one that nobody asked for the longest."""
        with self._lock:
            self._found[token] = snapshot
            if len(self._found) > _MOST_REMEMBERED:
                self._found.popitem(last=False)

    def clear(self) -> None:
        """Forget all, as a new process does."""
        with self._lock:
            self._found.clear()


remembered = _Remembered()
