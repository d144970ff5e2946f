"""Rules that hold on an iPad, by declarations and profiles together.

Here: what they add up to. Nothing is kept: a rule ends with the declaration or profile that made
it. Not here: how a declaration comes into force (declarative).

source: Apple, schemas of the declarations named below: how several of them combine.
"""

from collections.abc import Mapping
from typing import Any

from mdm.simulator import passcode_rules
from mdm.simulator.installed_profiles import RESTRICTIONS
from mdm.simulator.ipad import SimulatedIpad
from mdm.simulator.passcode_rules import PasscodeRule
from mdm.simulator.restrictions import combine, obeyed
from profiles.schema.hints import DeviceTraits

APP_SETTINGS = "com.apple.configuration.app.settings"
UPDATE_SETTINGS = "com.apple.configuration.softwareupdate.settings"
ORGANIZATION = "com.apple.management.organization-info"

_USUAL_DELAY_DAYS = 30


def passcode_rule(ipad: SimulatedIpad) -> PasscodeRule:
    """Tell what the passcode must be."""
    payloads = ipad.profiles.payloads(passcode_rules.PAYLOAD)
    declared = _declared(ipad, passcode_rules.DECLARATION)
    return PasscodeRule.of(declared, [payload.content for payload in payloads])


def may_open(ipad: SimulatedIpad, bundle_id: str) -> bool:
    """Tell whether people can see and open an app, as far as declarations decide it."""
    rules = [one.get("Allowed", {}) for one in _declared(ipad, APP_SETTINGS)]
    is_denied = any(bundle_id in one.get("DeniedApps", ()) for one in rules)
    return not is_denied and all(bundle_id in one.get("AllowedApps", (bundle_id,)) for one in rules)


def deferral_days(ipad: SimulatedIpad) -> int:
    """Tell for how many days after its posting a release is hidden; the longest applies."""
    deferrals = [one.get("Deferrals", {}) for one in _declared(ipad, UPDATE_SETTINGS)]
    days = [one.get("CombinedPeriodInDays", 0) for one in deferrals]
    hardware = ipad.hardware
    traits = DeviceTraits(hardware.version, hardware.is_supervised, hardware.is_shared)
    restricted = combine(obeyed(one, traits) for one in ipad.profiles.payloads(RESTRICTIONS))
    if restricted.get("forceDelayedSoftwareUpdates") is True:
        days.append(restricted.get("enforcedSoftwareUpdateDelay", _USUAL_DELAY_DAYS))
    return max(days, default=0)


def organization_of(ipad: SimulatedIpad) -> Mapping[str, Any]:
    """Give what the server says of the organisation; empty if it says nothing."""
    client = ipad.declarative
    if client is not None:
        for one in client.of_kind("management"):
            if one.declaration_type == ORGANIZATION:
                return one.payload
    return {}


def _declared(ipad: SimulatedIpad, declaration_type: str) -> list[Mapping[str, Any]]:
    client = ipad.declarative
    return client.payloads(declaration_type) if client is not None else []
