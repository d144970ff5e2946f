"""What a device is answered about its declarations: the statements of the device path.

All answers to one request come from one set, which never changes; the row of the channel says
which. Two statements at most: who asks and which set, and the set itself where this process has
not read it yet. A guarded third one remembers what was fetched.
Not here: changing what a channel is told (service.py), HTTP (the door).
"""

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Integer, String, bindparam, func, or_, select, update
from sqlalchemy.orm import aliased

from mdm.base.db import Instant
from mdm.base.driver import Driver
from mdm.rooms.declarations import contents
from mdm.rooms.declarations.errors import SnapshotDamaged
from mdm.rooms.declarations.models import DeclarationChannel, DeclarationSnapshot
from mdm.rooms.devices.speaking import in_good_standing
from profiles.declarations.manifest import (
    DeclarationKind,
    declaration_items_document,
    tokens_document,
)
from profiles.declarations.snapshot import Snapshot


class Asking(NamedTuple):
    """A channel in good standing that asks.

    token: of what it should have; None when it was never told anything, and then the rest is None
    too. fetched_token: of the list that it last fetched.
    """

    enrollment_id: int
    token: str | None
    previous_token: str | None
    changed_at: datetime | None
    fetched_token: str | None
    is_enabled: bool


class Serving:
    """Compiled once per process and database."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self._who = driver.prepare(_who())
        self._sets = driver.prepare(_sets())
        self._fetched = driver.prepare(_fetched())

    def asking(self, fingerprint: bytes, key: str) -> Asking | None:
        """Who asks, and what that channel should have; None when nobody in good standing does."""
        rows = self._driver.rows(self._who, {"fingerprint": fingerprint, "key": key})
        if not rows:
            return None
        number, token, previous, changed_at, fetched, enabled_at = rows[0]
        instant = self._driver.read_instant(changed_at)
        return Asking(number, token, previous, instant, fetched, enabled_at is not None)

    def tokens(self, asking: Asking) -> bytes | None:
        """The answer to "tokens"; None when nothing was ever declared. raises: SnapshotDamaged."""
        if asking.token is None or asking.changed_at is None:
            return None
        snapshot = self._snapshot(asking.token)
        return tokens_document(contents.changed(snapshot, asking.changed_at))

    def items(self, asking: Asking, now: datetime) -> bytes | None:
        """The answer to "declaration-items", which is then remembered as fetched.

        returns: None when nothing was ever declared. raises: SnapshotDamaged.
        """
        if asking.token is None:
            return None
        document = declaration_items_document(self._snapshot(asking.token).manifest)
        if asking.fetched_token != asking.token or not asking.is_enabled:
            values = {
                "enrollment_id": asking.enrollment_id,
                "token": asking.token,
                "now": self._driver.instant(now),
            }
            self._driver.rows(self._fetched, values)
        return document

    def declaration(self, asking: Asking, kind: DeclarationKind, identifier: str) -> bytes | None:
        """The answer to "declaration/KIND/IDENTIFIER", still with versions of profiles in it.

        returns: None when it is neither in the set that this channel should have nor in the one
            before: only then may a device be told so. raises: SnapshotDamaged.
        """
        tokens = [token for token in (asking.token, asking.previous_token) if token is not None]
        if any(contents.remembered.get(token) is None for token in tokens):
            self._read(tokens)
        found = (self._snapshot(token).body_of(kind, identifier) for token in tokens)
        return next((body for body in found if body is not None), None)

    def _snapshot(self, token: str) -> Snapshot:
        remembered = contents.remembered.get(token)
        return remembered if remembered is not None else self._read([token])[token]

    def _read(self, tokens: list[str]) -> dict[str, Snapshot]:
        values = {"token": tokens[0], "other": tokens[-1]}
        rows = self._driver.rows(self._sets, values)
        found = {row[0]: contents.stored(row[0], bytes(row[1]), row[2]) for row in rows}
        for token in tokens:
            if token not in found:
                raise SnapshotDamaged(token)
        return found


def _who() -> Any:
    who = in_good_standing().cte("who")
    newest = aliased(DeclarationSnapshot)
    previous = aliased(DeclarationSnapshot)
    channel = DeclarationChannel
    return (
        select(
            who.c.id,
            newest.token,
            previous.token,
            channel.changed_at,
            channel.fetched_token,
            channel.enabled_at,
        )
        .select_from(who)
        .outerjoin(channel, channel.enrollment_id == who.c.id)
        .outerjoin(newest, newest.id == channel.snapshot_id)
        .outerjoin(previous, previous.id == channel.previous_snapshot_id)
    )


def _sets() -> Any:
    one, other = bindparam("token", type_=String), bindparam("other", type_=String)
    row = DeclarationSnapshot
    return select(row.token, row.compressed, row.empty_because).where(
        or_(row.token == one, row.token == other)
    )


def _fetched() -> Any:
    now = bindparam("now", type_=Instant)
    return (
        update(DeclarationChannel)
        .where(DeclarationChannel.enrollment_id == bindparam("enrollment_id", type_=Integer))
        .values(
            fetched_token=bindparam("token", type_=String),
            fetched_at=now,
            # Whoever asks for the list has taken the command.
            enabled_at=func.coalesce(DeclarationChannel.enabled_at, now),
        )
    )
