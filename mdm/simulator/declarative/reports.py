"""Status reports: what has changed since it was last told, or once a day everything.

Here: comparing and writing. Not here: the values (status_items), sending (conversation). Only
digests of what was told are kept, since one process carries many iPads.

source: Apple, schema "Status Report", "Status Management Declarations", "Client Capabilities".
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from mdm.simulator.declarative.client import DeclarativeClient
from mdm.simulator.declarative.documents import Declaration
from mdm.simulator.declarative.reasons import Reason
from mdm.simulator.declarative.status_items import items_of
from mdm.simulator.declarative.system import known_types, traits
from mdm.simulator.ipad import SimulatedIpad
from mdm.simulator.management import Channel
from profiles.schema.os_version import OsVersion

SUBSCRIPTIONS = "com.apple.configuration.management.status-subscriptions"
CAPABILITIES = "management.client-capabilities"
DECLARATIONS = "management.declarations"

_KINDS = {
    "activations": "activation",
    "assets": "asset",
    "configurations": "configuration",
    "management": "management",
}
# These come without a subscription, so subscribing to them is no error.
_ALWAYS = frozenset({CAPABILITIES, DECLARATIONS})
_NO_SUCH_ITEM = Reason("Error.UnknownStatusItem", "this system has no such item")
_TELLS_EVERYTHING = OsVersion(17)

Told = dict[tuple[str, str], int]


@dataclass(slots=True)
class Report:
    """One report to be sent.

    items: path → value. told, errors: what counts as told once the server has it.
    """

    items: dict[str, Any] = field(default_factory=dict)
    told: Told = field(default_factory=dict)
    errors: frozenset[str] = frozenset()
    new_errors: tuple[str, ...] = ()
    is_full: bool = False

    @property
    def says_something(self) -> bool:
        """Whether it is worth sending."""
        return bool(self.items or self.new_errors or self.is_full)

    def to_bytes(self, version: OsVersion) -> bytes:
        """Write the JSON document."""
        errors = [
            {"StatusItem": name, "Reasons": [_NO_SUCH_ITEM.in_errors()]} for name in self.new_errors
        ]
        document: dict[str, Any] = {"StatusItems": _nested(self.items), "Errors": errors}
        if version >= _TELLS_EVERYTHING:
            document["FullReport"] = self.is_full
        return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def tells_everything(version: OsVersion) -> bool:
    """Whether a system reports everything once a day."""
    return version >= _TELLS_EVERYTHING


def report_of(
    ipad: SimulatedIpad, channel: Channel, client: DeclarativeClient, *, is_full: bool
) -> Report:
    """Compare what is so with what was told; a full report tells all of it."""
    tellers = items_of(ipad, channel)
    wanted = subscribed(client)
    missing = frozenset(wanted - tellers.keys() - _ALWAYS)
    known = frozenset() if is_full else client.errors_told
    report = Report(errors=missing, new_errors=tuple(sorted(missing - known)), is_full=is_full)
    before: Told = {} if is_full else client.reported
    for path, value in _unasked(ipad, channel, client):
        _put(report, before, path, value)
    for path in sorted(wanted & tellers.keys()):
        value = tellers[path](ipad, channel)
        put = _put_list if isinstance(value, list) else _put
        put(report, before, path, value)
    return report


def subscribed(client: DeclarativeClient) -> set[str]:
    """Name the status items that active subscriptions ask for."""
    return {item["Name"] for one in client.payloads(SUBSCRIPTIONS) for item in one["StatusItems"]}


def _unasked(
    ipad: SimulatedIpad, channel: Channel, client: DeclarativeClient
) -> Iterator[tuple[str, Any]]:
    yield CAPABILITIES, _capabilities(ipad, channel)
    for plural, kind in _KINDS.items():
        yield f"{DECLARATIONS}.{plural}", [_state(client, one) for one in client.of_kind(kind)]


def _state(client: DeclarativeClient, declaration: Declaration) -> dict[str, Any]:
    state = client.states[declaration.identifier]
    return {
        "identifier": declaration.identifier,
        "server-token": declaration.server_token,
        "active": state.active,
        "valid": state.validity.value,
        "reasons": [reason.in_status_item() for reason in state.reasons],
    }


def _capabilities(ipad: SimulatedIpad, channel: Channel) -> dict[str, Any]:
    device = traits(ipad.hardware, on_user_channel=channel.is_user)
    return {
        "supported-versions": ["1.0.0"],
        "supported-features": {},
        "supported-payloads": {
            "declarations": {plural: known_types(device, kind) for plural, kind in _KINDS.items()},
            "status-items": sorted({*items_of(ipad, channel), *_ALWAYS}),
        },
    }


def _put(report: Report, before: Told, path: str, value: Any) -> None:
    digest = _digest(value)
    report.told[path, ""] = digest
    if before.get((path, "")) != digest:
        report.items[path] = value


def _put_list(report: Report, before: Told, path: str, elements: list[dict[str, Any]]) -> None:
    """Tell the elements that are new or changed, and name those that are gone."""
    now = {str(one["identifier"]): one for one in elements}
    digests = {(path, identifier): _digest(one) for identifier, one in now.items()}
    changed = [now[key[1]] for key, digest in digests.items() if before.get(key) != digest]
    gone = [
        {"identifier": identifier, "_removed": True}
        for where, identifier in before
        if where == path and identifier and identifier not in now
    ]
    report.told |= digests
    report.told[path, ""] = 0
    if changed or gone or (path, "") not in before:
        report.items[path] = [*changed, *gone]


def _digest(value: Any) -> int:
    return hash(json.dumps(value, sort_keys=True))


def _nested(items: Mapping[str, Any]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for path, value in items.items():
        *parents, last = path.split(".")
        place = tree
        for parent in parents:
            place = place.setdefault(parent, {})
        place[last] = value
    return tree
