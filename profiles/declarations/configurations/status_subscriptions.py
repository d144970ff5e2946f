"""Which status items a device reports by itself.

Here: the declaration, and the items that this server makes use of. Several subscriptions add up.
Subscribe only to what a device says it has (profiles.declarations.capabilities): others come back
as errors.

source: Apple, schema "Management:Status Subscriptions", and the status items.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from profiles.declarations.checked_declaration import checked_declaration
from profiles.declarations.declaration import Declaration
from profiles.errors import InvalidPayload
from profiles.schema.os_version import OsVersion

TYPE = "com.apple.configuration.management.status-subscriptions"

_ITEM = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+", re.ASCII)

_15 = OsVersion(15)
_16 = OsVersion(16)
_16_1 = OsVersion(16, 1)
_17 = OsVersion(17)
_18 = OsVersion(18)

# Name of the item → first version of iPadOS that has it.
USEFUL_ITEMS: dict[str, OsVersion] = {
    "app.managed.list": OsVersion(17, 2),
    "device.identifier.serial-number": _16,
    "device.identifier.udid": _16,
    "device.model.family": _15,
    "device.model.identifier": _15,
    "device.model.marketing-name": _15,
    "device.model.number": _17,
    "device.operating-system.build-version": _15,
    "device.operating-system.family": _15,
    "device.operating-system.marketing-name": _15,
    "device.operating-system.supplemental.build-version": _16_1,
    "device.operating-system.supplemental.extra-version": _16_1,
    "device.operating-system.version": _15,
    "mdm.app": _16,
    "passcode.is-compliant": _16,
    "passcode.is-present": _16,
    "security.certificate.list": _17,
    "softwareupdate.beta-enrollment": _18,
    "softwareupdate.device-id": _18,
    "softwareupdate.failure-reason": _17,
    "softwareupdate.install-reason": _17,
    "softwareupdate.install-state": _17,
    "softwareupdate.pending-version": _17,
}


def items_of(installed: OsVersion) -> tuple[str, ...]:
    """List the useful items of a version, in alphabetical order."""
    return tuple(sorted(name for name, since in USEFUL_ITEMS.items() if since <= installed))


def status_subscriptions(items: Iterable[str], identifier: str) -> Declaration:
    """Ask for reports; the same set of items gives the same declaration.

    raises: InvalidPayload.
    """
    names = sorted(set(items))
    if not names:
        raise InvalidPayload("StatusItems", "is empty", "name one status item or more")
    for place, name in enumerate(names):
        if not _ITEM.fullmatch(name):
            raise InvalidPayload(
                f"StatusItems[{place}].Name", "is no status item", "write it like mdm.app"
            )
    return checked_declaration(TYPE, identifier, {"StatusItems": [{"Name": n} for n in names]})
