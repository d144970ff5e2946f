"""Updates of the system by command, as systems before iPadOS 27 take them.

Not here: the update itself (mdm.simulator.system_update), that newer systems do not know these
commands (execution, by the catalogue).

source: Apple, AvailableOSUpdatesCommand, ScheduleOSUpdateCommand, OSUpdateStatusCommand.
"""

from mdm.simulator.commands.outcome import Outcome
from mdm.simulator.errors import DeviceError
from mdm.simulator.ipad import SimulatedIpad
from mdm.simulator.management import Channel
from mdm.simulator.releases import Release, newest
from mdm.simulator.rules_in_force import deferral_days
from mdm.simulator.system_update import UpdateState, Wish
from profiles import plist
from profiles.commands.error_codes import MDM
from profiles.plist import PlistDict, WritableValue

_SIZE = 6_200_000_000
_SIGNED_IN = (12077, "a person is signed in")
_NOTHING = (12048, "no update available")
_DECLARED = (12010, "a declaration enforces an update")
_WORDS = {
    UpdateState.DOWNLOADING: "Downloading",
    UpdateState.INSTALLING: "Installing",
    UpdateState.FAILED: "InstallFailed",
}


def available_updates(ipad: SimulatedIpad, channel: Channel, asked: PlistDict) -> Outcome:
    """List the newest version on offer, if it is newer than the present one."""
    release = _on_offer(ipad)
    listed: list[WritableValue] = [] if release is None else [_listed(release)]
    return Outcome({"AvailableOSUpdates": listed})


def schedule_update(ipad: SimulatedIpad, channel: Channel, asked: PlistDict) -> Outcome:
    """Load, or install what is loaded."""
    if ipad.hardware.is_shared and ipad.signed_in is not None:
        raise DeviceError(MDM, *_SIGNED_IN)
    results = [_scheduled(ipad, wish) for wish in plist.dictionaries(asked, "Updates")]
    return Outcome({"UpdateResults": results})


def update_status(ipad: SimulatedIpad, channel: Channel, asked: PlistDict) -> Outcome:
    """Tell how far the update is that is under way."""
    wish, state = ipad.update.wish, ipad.update.state
    if wish is None:
        return Outcome({"OSUpdateStatus": []})
    is_loaded = state in (UpdateState.PREPARED, UpdateState.INSTALLING, UpdateState.FAILED)
    told: dict[str, WritableValue] = {
        "ProductKey": _key(wish.release),
        "IsDownloaded": is_loaded,
        "DownloadPercentComplete": 1.0 if is_loaded else 0.5,
        "Status": _WORDS.get(state, "Idle"),
    }
    return Outcome({"OSUpdateStatus": [told]})


def _on_offer(ipad: SimulatedIpad) -> Release | None:
    hardware = ipad.hardware
    return newest(
        ipad.environment.releases,
        hardware.version,
        hardware.product_name,
        ipad.now.date(),
        deferral_days(ipad),
    )


def _key(release: Release) -> str:
    return f"iOSUpdate{release.build}"


def _listed(release: Release) -> WritableValue:
    return {
        "ProductKey": _key(release),
        "HumanReadableName": f"iPadOS {release.version}",
        "ProductName": "iPadOS",
        "Version": release.version,
        "Build": release.build,
        "DownloadSize": _SIZE,
        "InstallSize": _SIZE,
        "IsCritical": False,
        "RestartRequired": True,
    }


def _scheduled(ipad: SimulatedIpad, asked: PlistDict) -> WritableValue:
    action = plist.text(asked, "InstallAction")
    result: dict[str, WritableValue] = {"InstallAction": action}
    try:
        release = _wanted(ipad, asked)
        result |= {"ProductKey": _key(release), "Status": _begun(ipad, release, action)}
    except DeviceError as error:
        result |= {"Status": "Idle", "ErrorChain": error.chain()}
    return result


def _wanted(ipad: SimulatedIpad, asked: PlistDict) -> Release:
    if ipad.update.noticed_at:
        raise DeviceError(MDM, *_DECLARED)
    names = plist.optional_text(asked, "ProductKey"), plist.optional_text(asked, "ProductVersion")
    day, hardware = ipad.now.date(), ipad.hardware
    for release in ipad.environment.releases:
        is_newer = release.number > hardware.version
        is_named = _key(release) == names[0] or release.version == names[1]
        if is_named and is_newer and release.is_for(hardware.product_name, day):
            return release
    raise DeviceError(MDM, *_NOTHING)


def _begun(ipad: SimulatedIpad, release: Release, action: str) -> str:
    """Begin what fits the present state; returns Apple's word for it."""
    update = ipad.update
    is_loaded = (
        update.wish is not None
        and update.wish.release == release
        and update.state in (UpdateState.PREPARED, UpdateState.FAILED)
    )
    if is_loaded and action != "DownloadOnly":
        update.want(Wish(release))
        return "Installing"
    if is_loaded or action == "InstallASAP":
        return "Idle"
    update.want(Wish(release, only_load=True))
    return "Downloading"
