"""What an iPad tells about its apps."""

from collections.abc import Iterable

from mdm.simulator.commands.outcome import Outcome
from mdm.simulator.installed_apps import INSTALLING, UPDATING, App
from mdm.simulator.ipad import SimulatedIpad
from mdm.simulator.management import Channel
from profiles import plist
from profiles.plist import PlistDict, WritableValue
from profiles.schema.os_version import OsVersion

_EXPENSIVE = frozenset({"BundleSize", "DynamicSize"})
_LISTS_SYSTEM_APPS = OsVersion(26)
_SYSTEM_APPS = (
    ("com.apple.mobilesafari", "Safari"),
    ("com.apple.camera", "Kamera"),
    ("com.apple.Preferences", "Einstellungen"),
)


def installed_application_list(ipad: SimulatedIpad, channel: Channel, asked: PlistDict) -> Outcome:
    """List the apps, with the items asked for."""
    only_managed = plist.boolean(asked, "ManagedAppsOnly", default=False)
    wanted = set(plist.texts(asked, "Identifiers"))
    listed = [
        _installed(ipad, app)
        for app in ipad.apps
        if app.is_on_device and (ipad.apps.managed(app.store_app.bundle_id) or not only_managed)
    ]
    is_new = ipad.hardware.version >= _LISTS_SYSTEM_APPS
    if is_new and not only_managed:
        listed += [_system(*app, ipad.hardware.os_version) for app in _SYSTEM_APPS]
    items = set(plist.texts(asked, "Items"))
    return Outcome(
        {
            "InstalledApplicationList": [
                _chosen(app, items, is_new)
                for app in listed
                if not wanted or app["Identifier"] in wanted
            ]
        }
    )


def _installed(ipad: SimulatedIpad, app: App) -> dict[str, WritableValue]:
    offered = ipad.environment.store.apps.get(app.store_app.bundle_id)
    return {
        "Identifier": app.store_app.bundle_id,
        "Name": app.store_app.name,
        "Version": app.store_app.version,
        "ShortVersion": app.store_app.short_version,
        "ExternalVersionIdentifier": app.store_app.external_version,
        "BundleSize": app.store_app.size,
        "DynamicSize": 0,
        "IsValidated": True,
        "Installing": app.state in (INSTALLING, UPDATING),
        "AppStoreVendable": not app.is_device_licensed,
        "DeviceBasedVPP": app.is_device_licensed,
        "BetaApp": False,
        "AdHocCodeSigned": False,
        "IsAppClip": False,
        "HasUpdateAvailable": offered is not None and offered != app.store_app,
    }


def _system(identifier: str, name: str, version: str) -> dict[str, WritableValue]:
    return {"Identifier": identifier, "Name": name, "Version": version, "Installing": False}


def _chosen(app: dict[str, WritableValue], items: set[str], is_new: bool) -> WritableValue:
    if items:
        return {key: value for key, value in app.items() if key in items | {"Identifier"}}
    return {key: value for key, value in app.items() if not (is_new and key in _EXPENSIVE)}


def managed_application_list(ipad: SimulatedIpad, channel: Channel, asked: PlistDict) -> Outcome:
    """List the managed apps by bundle identifier; reading uses up what is told only once."""
    wanted = set(plist.texts(asked, "Identifiers"))
    told = [app for app in ipad.apps.told() if not wanted or app.store_app.bundle_id in wanted]
    return Outcome(
        {
            "ManagedApplicationList": {
                app.store_app.bundle_id: {
                    "Status": app.state,
                    "ManagementFlags": app.flags,
                    "HasConfiguration": app.configuration is not None,
                    "HasFeedback": bool(app.feedback),
                    "IsValidated": True,
                    "ExternalVersionIdentifier": app.store_app.external_version,
                }
                for app in told
            }
        }
    )


def attributes(ipad: SimulatedIpad, channel: Channel, asked: PlistDict) -> Outcome:
    """Tell what the apps asked for were given as attributes."""
    return _details(ipad, asked, "ApplicationAttributes", "Attributes")


def configurations(ipad: SimulatedIpad, channel: Channel, asked: PlistDict) -> Outcome:
    """Tell what the apps asked for were given as configuration."""
    return _details(ipad, asked, "ApplicationConfigurations", "Configuration")


def feedback(ipad: SimulatedIpad, channel: Channel, asked: PlistDict) -> Outcome:
    """Tell what apps have to say, and forget it if asked to."""
    outcome = _details(ipad, asked, "ManagedApplicationFeedback", "Feedback")
    if plist.boolean(asked, "DeleteFeedback", default=False):
        for app in _managed(ipad, asked):
            app.feedback = {}
    return outcome


def _details(ipad: SimulatedIpad, asked: PlistDict, listed: str, key: str) -> Outcome:
    found: list[WritableValue] = []
    for app in _managed(ipad, asked):
        content = getattr(app, key.lower())
        found.append({"Identifier": app.store_app.bundle_id, key: dict(content or {})})
    return Outcome({listed: found})


def _managed(ipad: SimulatedIpad, asked: PlistDict) -> Iterable[App]:
    found = map(ipad.apps.managed, plist.texts(asked, "Identifiers"))
    return [app for app in found if app is not None]
