"""How dangerous a whole command is, with its parameters.

Here: what a parameter adds to the danger that the catalogue gives for the RequestType.
Not here: who may approve, how many per hour (policies.guards).

The table, by RequestType (everything not named is HARMLESS):

    DESTRUCTIVE  EraseDevice, ClearPasscode, RemoveApplication, ClearActivationLockBypassCode,
                 DeleteUser with ForceDeletion or DeleteAllUsers,
                 RemoveProfile of the MDM profile, or of one whose payloads nobody told
    PRIVACY      DeviceLocation, RequestMirroring, TriggerEnhancedLogCollection
    DISRUPTIVE   RestartDevice, ShutDownDevice, DeviceLock, EnableLostMode, DisableLostMode,
                 PlayLostModeSound, LogOutUser, DeleteUser, StopMirroring, RemoveMedia,
                 RemoveProvisioningProfile, ClearRestrictionsPassword, RefreshCellularPlans,
                 ApplyRedemptionCode, ManagedApplicationFeedback with DeleteFeedback,
                 InstallApplication with ChangeManagementState, ScheduleOSUpdate with InstallASAP,
                 Install- and RemoveProfile with Wi-Fi, app lock, global proxy, MDM or a content
                 that cannot be read, Settings with an item that cuts off or cannot be undone
"""

from collections.abc import Callable, Collection, Mapping

from profiles import plist
from profiles.commands.catalogue import spec_of
from profiles.commands.command import Command
from profiles.commands.profile_danger import install_risk, removal_risk
from profiles.commands.risk import NO_RISK, Risk
from profiles.commands.settings_danger import settings_risk
from profiles.commands.software_update import INSTALL_ASAP
from profiles.commands.vocabulary import Danger


def danger_of(command: Command, *, payload_types: Collection[str] | None = None) -> Danger:
    """Say how much care a command needs.

    payload_types: of the profile that a RemoveProfile names, as far as the caller knows them;
        None counts as the worst, since the MDM profile cannot be excluded.
    raises: UnknownCommand.
    """
    return assess(command, payload_types=payload_types).danger


def assess(command: Command, *, payload_types: Collection[str] | None = None) -> Risk:
    """Say how much care a command needs, and why.

    raises: UnknownCommand.
    """
    spec = spec_of(command.request_type)
    base = Risk(spec.danger, spec.danger_reason)
    if command.request_type == "RemoveProfile":
        return max(base, removal_risk(payload_types), key=_danger)
    judge = _JUDGES.get(command.request_type)
    return base if judge is None else max(base, judge(command.parameters), key=_danger)


def _danger(risk: Risk) -> Danger:
    return risk.danger


def _user_deletion_risk(parameters: Mapping[str, plist.PlistValue]) -> Risk:
    if parameters.get("DeleteAllUsers") is True:
        return Risk(Danger.DESTRUCTIVE, "Everybody's data on the device is lost.")
    if parameters.get("ForceDeletion") is True:
        return Risk(Danger.DESTRUCTIVE, "What the person has not yet synced is lost.")
    return NO_RISK


def _update_risk(parameters: Mapping[str, plist.PlistValue]) -> Risk:
    updates = parameters.get("Updates")
    for update in updates if isinstance(updates, list) else []:
        if isinstance(update, dict) and update.get("InstallAction") == INSTALL_ASAP:
            return Risk(Danger.DISRUPTIVE, "The device restarts for the update at once.")
    return NO_RISK


def _app_risk(parameters: Mapping[str, plist.PlistValue]) -> Risk:
    if "ChangeManagementState" in parameters:
        return Risk(Danger.DISRUPTIVE, "A person's own app and its data become the school's.")
    return NO_RISK


def _feedback_risk(parameters: Mapping[str, plist.PlistValue]) -> Risk:
    if parameters.get("DeleteFeedback") is True:
        return Risk(Danger.DISRUPTIVE, "The device forgets what the app has told.")
    return NO_RISK


_JUDGES: Mapping[str, Callable[[Mapping[str, plist.PlistValue]], Risk]] = {
    "DeleteUser": _user_deletion_risk,
    "ScheduleOSUpdate": _update_risk,
    "InstallApplication": _app_risk,
    "ManagedApplicationFeedback": _feedback_risk,
    "InstallProfile": install_risk,
    "Settings": settings_risk,
}
