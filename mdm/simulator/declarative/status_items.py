"""The status items of an iPad: which there are, since when, and their present values.

Here: one entry per item. Not here: what is told when (reports), and the items that tell of
declarations and capabilities, which need no subscription (reports, too).

source: Apple, schema of status items.
"""

from collections.abc import Callable, Mapping
from typing import Any

from mdm.simulator.declarative import certificates, managed_apps
from mdm.simulator.installed_apps import in_status_item
from mdm.simulator.ipad import SimulatedIpad
from mdm.simulator.management import Channel
from mdm.simulator.rules_in_force import passcode_rule
from profiles.schema.os_version import OsVersion

Tell = Callable[[SimulatedIpad, Channel], Any]

_MARKETING_NAMES = {"iPad12,1": "iPad (9th generation)", "iPad13,18": "iPad (10th generation)"}


def items_of(ipad: SimulatedIpad, channel: Channel) -> Mapping[str, Tell]:
    """Give the items that this system has, each with what tells its value."""
    return {
        name: tell
        for name, (since, on_user_channel, tell) in _ITEMS.items()
        if since <= ipad.hardware.version and (on_user_channel or not channel.is_user)
    }


def value_of(ipad: SimulatedIpad, channel: Channel, name: str) -> Any:
    """Give the value of one item. raises: KeyError, if the system does not have it."""
    return items_of(ipad, channel)[name](ipad, channel)


def _apps_by_command(ipad: SimulatedIpad) -> list[dict[str, Any]]:
    return [
        {
            "identifier": app.store_app.bundle_id,
            "name": app.store_app.name,
            "external-version-id": str(app.store_app.external_version),
            "version": app.store_app.version,
            "short-version": app.store_app.short_version,
            "state": in_status_item(app.state),
        }
        for app in ipad.apps
        if app.is_managed and app.declaration is None
    ]


def _install_reason(ipad: SimulatedIpad) -> dict[str, Any]:
    wish = ipad.update.wish
    if wish is None:
        return {"reason": []}
    if wish.declaration is None:
        return {"reason": ["mdm"]}
    return {"reason": ["declaration"], "declaration-id": wish.declaration}


def _failure_reason(ipad: SimulatedIpad) -> dict[str, Any]:
    update = ipad.update
    if update.failure is None or update.failed_at is None:
        return {"count": 0}
    stamp = update.failed_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"count": update.failures, "reason": update.failure, "timestamp": stamp}


def _pending(ipad: SimulatedIpad) -> dict[str, Any]:
    wish = ipad.update.wish
    if wish is None:
        return {"os-version": "", "build-version": ""}
    said = {"os-version": wish.release.version, "build-version": wish.release.build}
    return said if wish.deadline is None else said | {"target-local-date-time": wish.deadline}


def _marketing_name(ipad: SimulatedIpad) -> str:
    return _MARKETING_NAMES.get(ipad.hardware.product_name, "iPad")


_15, _16, _16_1, _17 = OsVersion(15), OsVersion(16), OsVersion(16, 1), OsVersion(17)
_17_2, _18 = OsVersion(17, 2), OsVersion(18)
_SYSTEM = "device.operating-system"

# Name → first version, whether a person's channel has it, too, and its value.
_ITEMS: Mapping[str, tuple[OsVersion, bool, Tell]] = {
    "app.managed.list": (_17_2, False, lambda ipad, _: list(managed_apps.listed(ipad))),
    "device.identifier.serial-number": (_16, True, lambda ipad, _: ipad.serial_number),
    "device.identifier.udid": (_16, True, lambda ipad, _: ipad.hardware.udid),
    "device.model.family": (_15, True, lambda ipad, _: "iPad"),
    "device.model.identifier": (_15, True, lambda ipad, _: ipad.hardware.product_name),
    "device.model.marketing-name": (_15, True, lambda ipad, _: _marketing_name(ipad)),
    "device.model.number": (_17, True, lambda ipad, _: ipad.hardware.model),
    f"{_SYSTEM}.build-version": (_15, True, lambda ipad, _: ipad.hardware.build_version),
    f"{_SYSTEM}.family": (_15, True, lambda ipad, _: "iPadOS"),
    f"{_SYSTEM}.marketing-name": (
        _15,
        True,
        lambda ipad, _: f"iPadOS {ipad.hardware.version.major}",
    ),
    f"{_SYSTEM}.supplemental.build-version": (
        _16_1,
        True,
        lambda ipad, _: ipad.hardware.build_version,
    ),
    f"{_SYSTEM}.supplemental.extra-version": (_16_1, True, lambda ipad, _: ""),
    f"{_SYSTEM}.version": (_15, True, lambda ipad, _: ipad.hardware.os_version),
    "device.power.battery-health": (_17, False, lambda ipad, _: "unsupported"),
    "mdm.app": (_16, True, lambda ipad, _: _apps_by_command(ipad)),
    "passcode.is-compliant": (
        _16,
        False,
        lambda ipad, _: passcode_rule(ipad).is_met_by(ipad.passcode),
    ),
    "passcode.is-present": (_16, False, lambda ipad, _: ipad.passcode is not None),
    "security.certificate.list": (
        _17,
        True,
        lambda ipad, channel: list(certificates.listed(ipad, channel)),
    ),
    "softwareupdate.beta-enrollment": (_18, False, lambda ipad, _: ""),
    "softwareupdate.device-id": (_18, False, lambda ipad, _: ipad.hardware.update_device_id),
    "softwareupdate.failure-reason": (_17, False, lambda ipad, _: _failure_reason(ipad)),
    "softwareupdate.install-reason": (_17, False, lambda ipad, _: _install_reason(ipad)),
    "softwareupdate.install-state": (_17, False, lambda ipad, _: ipad.update.state.value),
    "softwareupdate.pending-version": (_17, False, lambda ipad, _: _pending(ipad)),
    **{
        f"account.list.{kind}": (_16, True, lambda ipad, _: [])
        for kind in (
            "caldav",
            "carddav",
            "exchange",
            "google",
            "ldap",
            "mail.incoming",
            "mail.outgoing",
            "subscribed-calendar",
        )
    },
}
