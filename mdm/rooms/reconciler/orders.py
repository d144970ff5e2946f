"""What a planned step becomes as a command: its RequestType, parameters and place in the queue.

Here: steps to orders. Not here: which steps there are (policies.reconcile), the rows
(mdm.rooms.commands), bytes that are put together at delivery (mdm.rooms.commands.delivery).
"""

from typing import Any

from mdm.rooms.audit.service import Actor
from mdm.rooms.commands.service import Order
from mdm.rooms.facts.service import Facts
from policies.actions import (
    Action,
    Inquire,
    InstallApp,
    InstallProfile,
    QueryKind,
    ReleaseFromSetup,
    RemoteAction,
    RemoveApp,
    RemoveProfile,
    RenewIdentity,
    ScheduleOsUpdate,
    SetDeviceName,
    SyncDeclarations,
)
from policies.errors import InvalidWish
from policies.plan import Step
from policies.wishes import ReasonKey
from profiles.commands.command import Command, build
from profiles.commands.device_queries import QueryGroup, standard_queries
from profiles.plist import PlistValue

ACTOR = Actor.job("reconcile")

# Lower is sooner. Within one priority the order of the plan holds.
_FIRST_INVENTORY = 45
_PROFILES = 50
_APPS = 70
_RELEASE = 75
_QUESTIONS = 80

# With the profile that enrolled the iPad its managed apps go, and they are in no backup.
_MANAGEMENT_FLAGS = 5
# The licence was assigned to the device by Apps and Books; no Apple Account is asked for.
_ASSIGNED_LICENSE = 1

_LISTED = (
    "Identifier",
    "Name",
    "ShortVersion",
    "Version",
    "Installing",
    "BundleSize",
    "IsValidated",
    "HasUpdateAvailable",
)


class NoBytes(Exception):
    """The version of a profile that the plan names is not in the library any more."""


def order_for(step: Step, facts: Facts) -> Order:
    """Turn a step into an order.

    raises: NoBytes, InvalidCommand; InvalidWish for an action that no plan holds.
    """
    action = step.action
    return Order(
        enrollment_id=facts.enrollment_id,
        command=_command(action, facts),
        key=action.key,
        reason=_reason(step),
        ordered_by=ACTOR,
        priority=_priority(step),
        profile_version_id=_version_row(action, facts),
        payload_types=_payload_types(action, facts),
        not_before=step.not_before,
        parameters_shown=_shown(action),
    )


def _command(action: Action, facts: Facts) -> Command:
    match action:
        case Inquire():
            return _question(action.query, facts)
        case InstallProfile(body=bytes() as body):
            return build("InstallProfile", {"Payload": body})
        case InstallProfile() | RenewIdentity():
            # Its bytes hold secrets; they are put in when it leaves.
            return Command("InstallProfile")
        case RemoveProfile():
            return build("RemoveProfile", {"Identifier": action.identifier})
        case InstallApp():
            return _install_app(action)
        case RemoveApp():
            return build("RemoveApplication", {"Identifier": action.identifier})
        case SetDeviceName():
            item: dict[str, PlistValue] = {"Item": "DeviceName", "DeviceName": action.name}
            return build("Settings", {"Settings": [item]})
        case ReleaseFromSetup():
            return build("DeviceConfigured")
        case SyncDeclarations():
            # The newest tokens are put in when it leaves.
            return build("DeclarativeManagement")
        case ScheduleOsUpdate():
            return build("ScheduleOSUpdate", {"Updates": [_update(action)]})
        case RemoteAction():
            raise InvalidWish("action", "a person's order is no part of a plan")


def _question(query: QueryKind, facts: Facts) -> Command:
    match query:
        case QueryKind.DEVICE_INFORMATION:
            shared = facts.is_shared_ipad is True
            groups = (QueryGroup.STATIC, QueryGroup.CHANGING)
            names = [
                name for group in groups for name in standard_queries(group, shared_ipad=shared)
            ]
            return build("DeviceInformation", {"Queries": list(names)})
        case QueryKind.SECURITY_INFO:
            return build("SecurityInfo")
        case QueryKind.PROFILE_LIST:
            return build("ProfileList")
        case QueryKind.CERTIFICATE_LIST:
            return build("CertificateList", {"ManagedOnly": True})
        case QueryKind.INSTALLED_APPLICATIONS:
            return build("InstalledApplicationList", {"Items": list(_LISTED)})
        case QueryKind.MANAGED_APPLICATIONS:
            return build("ManagedApplicationList")


def _install_app(action: InstallApp) -> Command:
    parameters: dict[str, Any] = {
        "ManagementFlags": _MANAGEMENT_FLAGS,
        "Options": {"PurchaseMethod": _ASSIGNED_LICENSE},
    }
    if action.store_id is not None:
        parameters["iTunesStoreID"] = action.store_id
    else:
        parameters["Identifier"] = action.identifier
    if action.take_over:
        parameters["ChangeManagementState"] = "Managed"
    return build("InstallApplication", parameters)


def _update(action: ScheduleOsUpdate) -> dict[str, PlistValue]:
    """Load, or install what was loaded, as fits: the same order again goes on from there."""
    return {"ProductVersion": action.version, "InstallAction": "Default"}


def _version_row(action: Action, facts: Facts) -> int | None:
    if not isinstance(action, InstallProfile) or action.body is not None:
        return None
    row = facts.version_rows.get(action.uuid)
    if row is None:
        raise NoBytes(f"profile {action.profile_id} version {action.version}")
    return row


def _payload_types(action: Action, facts: Facts) -> tuple[str, ...] | None:
    """What goes with a profile; only our own are ever removed, and never the one that enrols."""
    if not isinstance(action, RemoveProfile):
        return None
    return facts.payload_types.get(action.identifier, ())


def _shown(action: Action) -> dict[str, Any]:
    match action:
        case InstallProfile():
            return {"Identifier": action.identifier, "Version": action.version}
        case _:
            return {}


def _priority(step: Step) -> int:
    match step.action:
        case Inquire():
            is_first = step.reason.key is ReasonKey.FIRST_INVENTORY
            return _FIRST_INVENTORY if is_first else _QUESTIONS
        case InstallApp() | RemoveApp() | SetDeviceName() | ScheduleOsUpdate():
            return _APPS
        case ReleaseFromSetup():
            return _RELEASE
        case _:
            return _PROFILES


def _reason(step: Step) -> str:
    """The key of the reason and its scope; pages turn it into a sentence."""
    return f"{step.reason.key.value} {step.reason.scope}"
