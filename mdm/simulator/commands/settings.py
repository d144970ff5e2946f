"""The command Settings: each item succeeds or fails by itself.

source: Apple, SettingsCommand.
"""

from collections.abc import Callable, Mapping

from mdm.simulator.commands.outcome import Outcome
from mdm.simulator.errors import DeviceError
from mdm.simulator.ipad import SimulatedIpad
from mdm.simulator.management import Channel
from profiles import plist
from profiles.commands.error_codes import SETTINGS as DOMAIN
from profiles.errors import MalformedMessage
from profiles.plist import PlistDict, PlistValue, WritableValue

Apply = Callable[[SimulatedIpad, PlistDict], None]

_SUPERVISED = frozenset(
    {
        "AccessibilitySettings",
        "Bluetooth",
        "DefaultApplications",
        "DeviceName",
        "SoftwareUpdateSettings",
        "TimeZone",
        "Wallpaper",
    }
)
_SHARED = frozenset(
    {
        "AppAnalytics",
        "DiagnosticSubmission",
        "MaximumResidentUsers",
        "PasscodeLockGracePeriod",
        "SharedDeviceConfiguration",
    }
)
_REFUSED = 28000


def settings(ipad: SimulatedIpad, channel: Channel, asked: PlistDict) -> Outcome:
    """Apply the items one by one, each with a result of its own, in their order."""
    results = [_result(ipad, item) for item in plist.dictionaries(asked, "Settings")]
    return Outcome({"Settings": results})


def _result(ipad: SimulatedIpad, item: Mapping[str, PlistValue]) -> WritableValue:
    result: dict[str, WritableValue] = {"Status": "Acknowledged"}
    try:
        _apply(ipad, item)
    except DeviceError as error:
        result |= {"Status": "Error", "ErrorChain": error.chain()}
    except MalformedMessage as error:
        refused = DeviceError(DOMAIN, _REFUSED, f"{error.field} {error.problem}")
        result |= {"Status": "Error", "ErrorChain": refused.chain()}
    if isinstance(identifier := item.get("Identifier"), str):
        result["Identifier"] = identifier
    return result


def _apply(ipad: SimulatedIpad, item: PlistDict) -> None:
    name = plist.text(item, "Item")
    if name in _SUPERVISED and not ipad.hardware.is_supervised:
        raise DeviceError(DOMAIN, _REFUSED, f"{name} needs supervision")
    if name in _SHARED and not ipad.hardware.is_shared:
        raise DeviceError(DOMAIN, _REFUSED, f"{name} needs a Shared iPad")
    _ITEMS.get(name, _unknown)(ipad, item)


def _unknown(ipad: SimulatedIpad, item: PlistDict) -> None:
    raise DeviceError(DOMAIN, _REFUSED, "unknown setting")


def _device_name(ipad: SimulatedIpad, item: PlistDict) -> None:
    ipad.settings.device_name = plist.text(item, "DeviceName")


def _time_zone(ipad: SimulatedIpad, item: PlistDict) -> None:
    ipad.settings.time_zone = plist.text(item, "TimeZone")


def _organization(ipad: SimulatedIpad, item: PlistDict) -> None:
    ipad.settings.organization_info = dict(plist.dictionary(item, "OrganizationInfo"))


def _options(ipad: SimulatedIpad, item: PlistDict) -> None:
    ipad.settings.mdm_options |= plist.dictionary(item, "MDMOptions")


def _switch(ipad: SimulatedIpad, item: PlistDict) -> None:
    ipad.settings.others[plist.text(item, "Item")] = plist.boolean(item, "Enabled")


def _keep(ipad: SimulatedIpad, item: PlistDict) -> None:
    kept = {key: value for key, value in item.items() if key != "Item"}
    ipad.settings.others[plist.text(item, "Item")] = dict(kept)


def _app_configuration(ipad: SimulatedIpad, item: PlistDict) -> None:
    app = ipad.apps.managed(plist.text(item, "Identifier"))
    if app is None:
        raise DeviceError("MCMDMErrorDomain", 12029, "app is not managed")
    app.configuration = plist.optional_dictionary(item, "Configuration")


def _app_attributes(ipad: SimulatedIpad, item: PlistDict) -> None:
    app = ipad.apps.managed(plist.text(item, "Identifier"))
    if app is None:
        raise DeviceError("MCMDMErrorDomain", 12029, "app is not managed")
    app.attributes = plist.optional_dictionary(item, "Attributes") or {}


_ITEMS: Mapping[str, Apply] = {
    "DeviceName": _device_name,
    "TimeZone": _time_zone,
    "OrganizationInfo": _organization,
    "MDMOptions": _options,
    "ApplicationConfiguration": _app_configuration,
    "ApplicationAttributes": _app_attributes,
    **dict.fromkeys(
        (
            "AppAnalytics",
            "Bluetooth",
            "DataRoaming",
            "DiagnosticSubmission",
            "PersonalHotspot",
            "VoiceRoaming",
        ),
        _switch,
    ),
    **dict.fromkeys(
        (
            "AccessibilitySettings",
            "DefaultApplications",
            "MaximumResidentUsers",
            "PasscodeLockGracePeriod",
            "SharedDeviceConfiguration",
            "SoftwareUpdateSettings",
            "Wallpaper",
        ),
        _keep,
    ),
}
