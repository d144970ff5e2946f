"""What plans need to know of declarative management, in three statements for any number."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, NamedTuple

from sqlalchemy import or_, select

from mdm.base.db import Tx
from mdm.rooms.declarations import contents, known_items
from mdm.rooms.declarations.known_items import STATUS
from mdm.rooms.declarations.models import DeclarationChannel, DeclarationSnapshot, DeclarationState
from mdm.rooms.devices.models import ReportedItem
from policies.declared import DeclaredFacts
from profiles.declarations import declaration_state as states
from profiles.declarations.capabilities import capabilities
from profiles.declarations.declaration import Declaration
from profiles.declarations.status_merge import ItemKey
from profiles.declarations.status_report import CLIENT_CAPABILITIES

_APPS = "app.managed.list"


def declared(tx: Tx, enrollment_ids: Collection[int]) -> dict[int, DeclaredFacts]:
    """Load how far each of these enrollments has come, and what it said."""
    channels = _channels(tx, enrollment_ids)
    reported = _states(tx, enrollment_ids)
    items = _items(tx, enrollment_ids)
    return {
        number: DeclaredFacts(
            enabled=channels.get(number, _NEVER).enabled,
            fetched_token=channels.get(number, _NEVER).fetched_token,
            issued=channels.get(number, _NEVER).issued,
            issued_at=channels.get(number, _NEVER).issued_at,
            capabilities=capabilities(items[number]),
            states=reported[number],
            app_states=_app_states(items[number]),
        )
        for number in enrollment_ids
    }


class _Channel(NamedTuple):
    enabled: bool = False
    fetched_token: str | None = None
    issued: Mapping[str, Declaration] = MappingProxyType({})
    issued_at: datetime | None = None


_NEVER = _Channel()


def _channels(tx: Tx, ids: Collection[int]) -> dict[int, _Channel]:
    channel, snapshot = DeclarationChannel, DeclarationSnapshot
    rows = tx.execute(
        select(
            channel.enrollment_id,
            channel.enabled_at,
            channel.fetched_token,
            channel.changed_at,
            snapshot.token,
            snapshot.compressed,
            snapshot.empty_because,
        )
        .join(snapshot, snapshot.id == channel.snapshot_id)
        .where(channel.enrollment_id.in_(ids))
    )
    return {
        row.enrollment_id: _Channel(
            row.enabled_at is not None,
            row.fetched_token,
            _issued(row.token, row.compressed, row.empty_because),
            row.changed_at,
        )
        for row in rows
    }


def _issued(token: str, compressed: bytes, empty_because: str | None) -> dict[str, Declaration]:
    snapshot = contents.remembered.get(token) or contents.stored(token, compressed, empty_because)
    return {declaration.identifier: declaration for declaration in snapshot.declarations}


def _states(tx: Tx, ids: Collection[int]) -> Mapping[int, dict[str, states.DeclarationState]]:
    rows = tx.scalars(
        select(DeclarationState)
        .where(DeclarationState.enrollment_id.in_(ids))
        .order_by(DeclarationState.enrollment_id, DeclarationState.identifier)
    )
    found: defaultdict[int, dict[str, states.DeclarationState]] = defaultdict(dict)
    for row in rows:
        found[row.enrollment_id][row.identifier] = known_items.state_of(row)
    return found


def _items(tx: Tx, ids: Collection[int]) -> Mapping[int, dict[ItemKey, Any]]:
    item = ReportedItem
    rows = tx.execute(
        select(item.enrollment_id, item.subject, item.value).where(
            item.enrollment_id.in_(ids),
            item.kind == STATUS,
            or_(
                item.subject.startswith(f"{CLIENT_CAPABILITIES}.", autoescape=True),
                item.subject.startswith(f"{_APPS}/", autoescape=True),
            ),
        )
    )
    found: defaultdict[int, dict[ItemKey, Any]] = defaultdict(dict)
    for number, subject, value in rows:
        key, said = known_items.item_of(subject, value)
        found[number][key] = said
    return found


def _app_states(items: Mapping[ItemKey, Any]) -> dict[str, str]:
    apps = {key.identifier: value for key, value in items.items() if key.path == _APPS}
    return {
        identifier: app["state"]
        for identifier, app in sorted(apps.items())
        if isinstance(app.get("state"), str)
    }
