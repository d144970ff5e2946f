"""What a device says it can: types of declarations, status items, features.

A device and each person on a Shared iPad may say different things, and anew after an update.
What it does not list it refuses.

source: Apple, schema "Status Management Client Capabilities".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from profiles.declarations import activations, management
from profiles.declarations.configurations import status_subscriptions
from profiles.declarations.status_merge import ItemKey, Known
from profiles.declarations.status_report import CLIENT_CAPABILITIES

_PAYLOADS = f"{CLIENT_CAPABILITIES}.supported-payloads"
_KINDS = ("activations", "assets", "configurations", "management")

# What may be sent to a device that has not yet said what it can; every iPadOS from 16 on has it.
BEFORE_THE_FIRST_REPORT = frozenset(
    {
        activations.SIMPLE,
        management.ORGANIZATION_INFO,
        management.PROPERTIES,
        management.SERVER_CAPABILITIES,
        status_subscriptions.TYPE,
    }
)


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What one channel of a device can.

    declaration_types: full names. versions: of the protocol.
    """

    declaration_types: frozenset[str]
    status_items: frozenset[str]
    versions: tuple[str, ...] = ()

    def subscribable(self, items: Iterable[str]) -> tuple[str, ...]:
        """Keep the status items that the device has, in the given order."""
        return tuple(item for item in items if item in self.status_items)


def capabilities(items: Known) -> Capabilities | None:
    """Read what a device can; None when it has not said so yet.

    items: what is known after `status_merge.merge`.
    """
    lists = [_texts(items, f"{_PAYLOADS}.declarations.{kind}") for kind in _KINDS]
    types = frozenset(name for names in lists for name in names)
    status_items = _texts(items, f"{_PAYLOADS}.status-items")
    if not types and not status_items:
        return None
    versions = _texts(items, f"{CLIENT_CAPABILITIES}.supported-versions")
    return Capabilities(types, frozenset(status_items), versions)


def takes(known: Capabilities | None, declaration_type: str) -> bool:
    """Tell whether a type may be sent; before the first report only the harmless ones may."""
    if known is None:
        return declaration_type in BEFORE_THE_FIRST_REPORT
    return declaration_type in known.declaration_types


def _texts(items: Known, path: str) -> tuple[str, ...]:
    value = items.get(ItemKey(path))
    if not isinstance(value, list):
        return ()
    return tuple(name for name in value if isinstance(name, str))
