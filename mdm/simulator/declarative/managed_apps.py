"""Apps that declarations install, take over and remove.

Here: what becomes of an app, and how it is told. Not here: installing step by step
(mdm.simulator.installed_apps), commands for apps (mdm.simulator.commands.apps).

source: Apple, schema "App:Managed", status item "app.managed.list".
"""

from collections.abc import Iterator
from typing import Any

from mdm.simulator.declarative.assets import content_of
from mdm.simulator.declarative.client import DeclarativeClient
from mdm.simulator.declarative.documents import Declaration
from mdm.simulator.declarative.prepared import Prepared
from mdm.simulator.declarative.reasons import ASSET_NOT_READ, NOT_APPLIED, Reason, Refused
from mdm.simulator.exchange import Conversation
from mdm.simulator.installed_apps import (
    FAILED,
    LOGIN,
    MANAGED,
    MANAGED_BUT_UNINSTALLED,
    OPTIONAL,
    PROMPTING,
    QUEUED,
    UPDATING,
    USER_INSTALLED,
    App,
    in_status_item,
)
from mdm.simulator.ipad import SimulatedIpad
from mdm.simulator.management import Channel
from mdm.simulator.store import StoreApp
from profiles import plist
from profiles.errors import MalformedPlist
from profiles.plist import PlistDict

_LICENCE = "Error.LicenseNotFound"
_SYSTEM = "Error.NotSupported"
_DOWNLOAD = "Error.DownloadFailed"
_INSTALLATION = "Error.InstallFailed"
_REJECTED = "Error.UserRejected"
_UPDATE = "Info.UpdateAvailable"
_UNINSTALLED = frozenset({MANAGED_BUT_UNINSTALLED, OPTIONAL, FAILED, LOGIN})


def prepare(
    ipad: SimulatedIpad, channel: Channel, client: DeclarativeClient, declaration: Declaration
) -> Conversation[Prepared]:
    """Find the app and its configuration. raises: Refused."""
    yield from ()
    store_app = _found(ipad, declaration)
    settings = _settings(client, declaration)

    def apply() -> Conversation[None]:
        _apply(ipad, store_app, declaration, settings)
        yield from ()

    return Prepared(store_app.bundle_id, apply)


def remove(ipad: SimulatedIpad, channel: Channel, bundle_id: str, identifier: str) -> None:
    """Remove an app whose declaration is gone, with its data."""
    app = ipad.apps.get(bundle_id)
    if app is not None and app.declaration == identifier:
        ipad.apps.remove(bundle_id)


def release(ipad: SimulatedIpad, channel: Channel, bundle_id: str, identifier: str) -> None:
    """Let go of an app that another declaration takes over in the same moment."""
    app = ipad.apps.get(bundle_id)
    if app is not None and app.declaration == identifier:
        app.declaration = None


def refresh(ipad: SimulatedIpad) -> None:
    """Try again what waited for a licence, and begin the updates that are to come by themselves."""
    store = ipad.environment.store
    for app in ipad.apps:
        if app.declaration is None:
            continue
        offered = store.apps.get(app.store_app.bundle_id)
        if app.reason == _LICENCE and store.has_licence(app.store_app, ipad.serial_number):
            _queue(ipad, app)
        elif app.updates_itself and app.state == MANAGED and offered not in (None, app.store_app):
            app.store_app = offered or app.store_app
            app.state, app.steps_left = UPDATING, ipad.habits.install_steps


def listed(ipad: SimulatedIpad) -> Iterator[dict[str, Any]]:
    """Write what app.managed.list tells."""
    for app in ipad.apps:
        if app.declaration is not None:
            yield {key: value for key, value in _told(ipad, app).items() if value is not None}


def _found(ipad: SimulatedIpad, declaration: Declaration) -> StoreApp:
    store, payload = ipad.environment.store, declaration.payload
    if "ManifestURL" in payload:
        found = store.manifests.get(payload["ManifestURL"])
    elif "AppStoreID" in payload:
        found = store.by_store_id(int(payload["AppStoreID"]))
    else:
        found = store.apps.get(payload["BundleID"])
    if found is None:
        raise Refused(Reason(NOT_APPLIED, "Error.InvalidAppID"))
    return found


def _settings(client: DeclarativeClient, declaration: Declaration) -> PlistDict | None:
    name = declaration.payload.get("LegacyAppConfigAssetReference")
    if name is None:
        return None
    try:
        return plist.read_dict(content_of(client, name))
    except MalformedPlist as error:
        raise Refused(Reason(ASSET_NOT_READ, "is no property list")) from error


def _apply(
    ipad: SimulatedIpad, wanted: StoreApp, declaration: Declaration, settings: PlistDict | None
) -> None:
    behaviour = declaration.payload.get("InstallBehavior", {})
    updates = declaration.payload.get("UpdateBehavior", {})
    app = ipad.apps.get(wanted.bundle_id) or App(wanted, OPTIONAL)
    app.declaration = declaration.identifier
    app.is_required = behaviour.get("Install", "Optional") == "Required"
    app.pinned = behaviour.get("Version")
    app.updates_itself = updates.get("AutomaticAppUpdates") == "AlwaysOn" and app.pinned is None
    app.is_device_licensed = _assignment(declaration) == "Device"
    app.configuration, app.attributes = settings, declaration.payload.get("Attributes", {})
    app.reason = None
    if app.state == USER_INSTALLED:
        app.state = MANAGED if ipad.hardware.is_supervised else PROMPTING
    elif app.state in _UNINSTALLED:
        app.store_app = wanted
        _start(ipad, app, from_store="ManifestURL" not in declaration.payload)
    app.is_managed = True
    ipad.apps.put(app)


def _assignment(declaration: Declaration) -> str | None:
    licence = declaration.payload.get("InstallBehavior", {}).get("License", {})
    assignment = licence.get("Assignment", licence.get("VPPType"))
    return assignment if isinstance(assignment, str) else None


def _start(ipad: SimulatedIpad, app: App, *, from_store: bool) -> None:
    store = ipad.environment.store
    if not app.store_app.runs_on(ipad.hardware.version):
        app.state, app.reason = FAILED, _SYSTEM
    elif app.pinned not in (None, app.store_app.external_version):
        app.state, app.reason = FAILED, _DOWNLOAD
    elif not app.is_required:
        app.state = OPTIONAL
    elif from_store and not app.is_device_licensed:
        # Nobody is signed in to the store on a school's iPad.
        app.state = LOGIN
    elif from_store and not store.has_licence(app.store_app, ipad.serial_number):
        app.state, app.reason = FAILED, _LICENCE
    else:
        _queue(ipad, app)


def _queue(ipad: SimulatedIpad, app: App) -> None:
    app.state, app.steps_left, app.reason = QUEUED, ipad.habits.install_steps, None
    ipad.apps.put(app)


def _told(ipad: SimulatedIpad, app: App) -> dict[str, Any]:
    offered = ipad.environment.store.apps.get(app.store_app.bundle_id)
    has_update = app.state == MANAGED and offered not in (None, app.store_app)
    state, update = in_status_item(app.state), "available" if has_update else None
    if app.state == UPDATING:
        state, update = "managed", "updating"
    elif app.state == "UserRejected":
        state = "failed"
    reason = _REJECTED if app.state == "UserRejected" else app.reason
    if app.state == FAILED and reason is None:
        reason = _INSTALLATION
    reasons = [code for code in (reason, _UPDATE if has_update else None) if code]
    is_there = app.is_on_device
    return {
        "identifier": app.store_app.bundle_id,
        "declaration-identifier": app.declaration,
        "name": app.store_app.name,
        "external-version-id": app.store_app.external_version if is_there else None,
        "version": app.store_app.version if is_there else None,
        "short-version": app.store_app.short_version if is_there else None,
        "state": state,
        "update-state": update,
        "reasons": [{"code": code} for code in reasons] or None,
    }
