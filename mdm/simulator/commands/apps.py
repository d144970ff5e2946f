"""Installing, changing and removing apps.

source: Apple, InstallApplicationCommand and its RejectionReason.
"""

from mdm.simulator.commands.outcome import DONE, Outcome
from mdm.simulator.errors import DeviceError
from mdm.simulator.installed_apps import (
    MANAGED,
    MANAGED_BUT_UNINSTALLED,
    PROMPTING,
    QUEUED,
    UPDATING,
    App,
)
from mdm.simulator.ipad import SimulatedIpad
from mdm.simulator.management import Channel
from mdm.simulator.store import StoreApp
from profiles import plist
from profiles.commands.error_codes import MDM
from profiles.plist import PlistDict

_BY_LICENCE = 1


def install_application(ipad: SimulatedIpad, channel: Channel, asked: PlistDict) -> Outcome:
    """Begin an installation, an update, or the takeover of a person's own app."""
    store_app, from_store = _wanted(ipad, asked)
    options = plist.optional_dictionary(asked, "Options") or {}
    by_licence = plist.optional_integer(options, "PurchaseMethod") == _BY_LICENCE
    if from_store:
        _require_purchase(ipad, store_app, by_licence)
    present = ipad.apps.get(store_app.bundle_id)
    if present is not None and present.declaration is not None:
        raise DeviceError(MDM, 12038, "a declaration manages this app")
    if present is not None and present.is_under_way:
        raise _rejection(12036, "AppAlreadyQueued")
    app = _begun(ipad, store_app, present, asked)
    app.flags = plist.optional_integer(asked, "ManagementFlags") or 0
    app.is_device_licensed = by_licence
    app.configuration = plist.optional_dictionary(asked, "Configuration") or app.configuration
    app.attributes = plist.optional_dictionary(asked, "Attributes") or app.attributes
    ipad.apps.put(app)
    return Outcome({"Identifier": store_app.bundle_id, "State": app.state})


def _wanted(ipad: SimulatedIpad, asked: PlistDict) -> tuple[StoreApp, bool]:
    """Find the app, and whether it comes from the store."""
    store = ipad.environment.store
    url = plist.optional_text(asked, "ManifestURL")
    if url is not None:
        if url not in store.manifests:
            raise _rejection(12024, "CouldNotVerifyAppID")
        return store.manifests[url], False
    store_id = plist.optional_integer(asked, "iTunesStoreID")
    bundle_id = plist.optional_text(asked, "Identifier")
    app = store.by_store_id(store_id) if store_id is not None else store.apps.get(bundle_id or "")
    if app is None:
        raise _rejection(12023, "CouldNotVerifyAppID")
    return app, True


def _require_purchase(ipad: SimulatedIpad, app: StoreApp, by_licence: bool) -> None:
    if ipad.hardware.is_shared and not by_licence:
        raise _rejection(12035, "PurchaseMethodNotSupportedInMultiUser")
    if app.is_paid and not by_licence:
        raise _rejection(12035, "PurchaseMethodNotSupported")
    if by_licence and not ipad.environment.store.has_licence(app, ipad.serial_number):
        raise DeviceError(MDM, 12064, "no licence for this app was found")


def _begun(ipad: SimulatedIpad, wanted: StoreApp, present: App | None, asked: PlistDict) -> App:
    steps = ipad.habits.install_steps
    if not wanted.runs_on(ipad.hardware.version):
        return App(wanted, "Failed")
    if present is None or present.state == MANAGED_BUT_UNINSTALLED:
        return App(wanted, QUEUED, steps_left=steps)
    if not present.is_managed:
        return _taken_over(ipad, present, asked)
    if present.store_app != wanted:
        present.store_app = wanted
        present.state, present.steps_left = UPDATING, steps
    return present


def _taken_over(ipad: SimulatedIpad, present: App, asked: PlistDict) -> App:
    if asked.get("ChangeManagementState") != "Managed":
        raise _rejection(12025, "AppAlreadyInstalled")
    present.is_managed = True
    present.state = MANAGED if ipad.hardware.is_supervised else PROMPTING
    return present


def _rejection(code: int, reason: str) -> DeviceError:
    return DeviceError(MDM, code, reason, {"RejectionReason": reason})


def remove_application(ipad: SimulatedIpad, channel: Channel, asked: PlistDict) -> Outcome:
    """Remove a managed app with its data."""
    identifier = plist.text(asked, "Identifier")
    if ipad.apps.managed(identifier) is None:
        raise DeviceError(MDM, 12029, "app is not managed")
    ipad.apps.remove(identifier)
    return DONE


def apply_redemption_code(ipad: SimulatedIpad, channel: Channel, asked: PlistDict) -> Outcome:
    """Take a code; no app here waits for one."""
    raise DeviceError(MDM, 12028, "app does not wait for a code")


def validate_applications(ipad: SimulatedIpad, channel: Channel, asked: PlistDict) -> Outcome:
    """Check the trust in an organisation's own apps; nothing to do here."""
    return DONE


def invite_to_program(ipad: SimulatedIpad, channel: Channel, asked: PlistDict) -> Outcome:
    """Show an invitation."""
    is_known = asked.get("ProgramID") == "com.apple.cloudvpp"
    return Outcome({"InvitationResult": "Acknowledged" if is_known else "InvalidProgramID"})
