"""Which device may get which command, and why not."""

from typing import Any

import pytest

from profiles.commands.applicability import applicability
from profiles.commands.catalogue import CATALOGUE
from profiles.commands.command import Command, build
from profiles.commands.device_facts import DeviceFacts
from profiles.commands.refusal import Refusal, RefusalKind
from profiles.commands.vocabulary import AccessRight, Channel, Platform
from profiles.errors import UnknownCommand
from profiles.schema.os_version import OsVersion

APP = "de.beispiel.mathe"


def device(os_version: str | None = "18.3", **facts: Any) -> DeviceFacts:
    """A supervised iPad of a school, in ordinary use, unless told otherwise."""
    version = OsVersion.parse(os_version) if os_version else None
    return DeviceFacts(**{"os_version": version, "supervised": True, "ade": True, **facts})


def setting(**item: Any) -> Command:
    return build("Settings", {"Settings": [item]})


RESTART = build("RestartDevice")
ERASE = build("EraseDevice")
LOGS = build("TriggerEnhancedLogCollection", {"AppleCareToken": "muster"})

REFUSED = [
    (RESTART, device(supervised=False), RefusalKind.NEEDS_SUPERVISION, "", None),
    (RESTART, device(supervised=None), RefusalKind.UNKNOWN_SUPERVISION, "", None),
    (RESTART, device(user_enrollment=True), RefusalKind.NOT_UNDER_USER_ENROLLMENT, "", None),
    (LOGS, device("26.4"), RefusalKind.OS_TOO_OLD, "27.0", None),
    (LOGS, device(None), RefusalKind.UNKNOWN_OS_VERSION, "27.0", None),
    (
        ERASE,
        device(access_rights=AccessRight.ALL & ~AccessRight.ALLOW_DEVICE_ERASE),
        RefusalKind.NEEDS_ACCESS_RIGHT,
        "ALLOW_DEVICE_ERASE",
        None,
    ),
    (build("AvailableOSUpdates"), device("27.0"), RefusalKind.REMOVED_FROM_OS, "27.0", None),
    (
        build("DeviceLock"),
        device(platform=Platform.TVOS),
        RefusalKind.WRONG_PLATFORM,
        "iPadOS",
        None,
    ),
    (
        build("DeclarativeManagement"),
        device("15.6", platform=Platform.TVOS),
        RefusalKind.OS_TOO_OLD,
        "16.0",
        None,
    ),
    (build("DeviceConfigured"), device(ade=False), RefusalKind.NEEDS_ADE, "", None),
    (build("UserList"), device(), RefusalKind.NEEDS_SHARED_IPAD, "", None),
    (
        build("ClearPasscode", {"UnlockToken": b"x"}),
        device(shared_ipad=True),
        RefusalKind.NOT_ON_SHARED_IPAD,
        "",
        None,
    ),
    (
        build("SecurityInfo"),
        device(shared_ipad=True, channel=Channel.USER),
        RefusalKind.WRONG_CHANNEL,
        "device",
        None,
    ),
    (build("UserConfigured"), device(shared_ipad=True), RefusalKind.WRONG_CHANNEL, "user", None),
    (build("CertificateList"), device(lost_mode=True), RefusalKind.NOT_IN_LOST_MODE, "", None),
    (
        build("RemoveApplication", {"Identifier": APP}),
        device(awaiting_configuration=True),
        RefusalKind.NOT_WHILE_AWAITING_CONFIGURATION,
        "",
        None,
    ),
    (
        build("EraseDevice", {"ReturnToService": {"Enabled": True}}),
        device("16.7"),
        RefusalKind.OS_TOO_OLD,
        "17.0",
        "ReturnToService",
    ),
    (
        build("EraseDevice", {"ReturnToService": {"Enabled": True, "BootstrapToken": b"x"}}),
        device("18.3"),
        RefusalKind.OS_TOO_OLD,
        "26.0",
        "ReturnToService.BootstrapToken",
    ),
    (
        build("EraseDevice", {"DisallowProximitySetup": True}),
        device(shared_ipad=True),
        RefusalKind.NOT_ON_SHARED_IPAD,
        "",
        "DisallowProximitySetup",
    ),
    (
        build("InstallApplication", {"Identifier": APP, "Attributes": {"Lockable": False}}),
        device("18.0"),
        RefusalKind.OS_TOO_OLD,
        "18.1",
        "Attributes.Lockable",
    ),
    (
        build("InstallApplication", {"Identifier": APP, "ChangeManagementState": "Managed"}),
        device(user_enrollment=True),
        RefusalKind.NOT_UNDER_USER_ENROLLMENT,
        "",
        "ChangeManagementState",
    ),
    (
        setting(Item="DeviceName", DeviceName="Koffer 3, Nr. 7"),
        device(supervised=False),
        RefusalKind.NEEDS_SUPERVISION,
        "",
        "Settings[0]",
    ),
    (
        setting(Item="PersonalHotspot", Enabled=False),
        device(access_rights=AccessRight.ALLOW_SETTINGS),
        RefusalKind.NEEDS_ACCESS_RIGHT,
        "ALLOW_QUERY_NETWORK_INFORMATION",
        "Settings[0]",
    ),
    (
        setting(Item="AccessibilitySettings", TextSize=9),
        device(shared_ipad=True),
        RefusalKind.WRONG_CHANNEL,
        "user",
        "Settings[0]",
    ),
    (
        setting(Item="SharedDeviceConfiguration", QuotaSize=2048),
        device(),
        RefusalKind.NEEDS_SHARED_IPAD,
        "",
        "Settings[0]",
    ),
]

ALLOWED = [
    (RESTART, device()),
    (RESTART, device(lost_mode=True)),
    (ERASE, device(supervised=False, awaiting_configuration=True, lost_mode=True)),
    (build("DeviceInformation", {"Queries": ["UDID"]}), DeviceFacts()),
    (build("ProfileList", {"ManagedOnly": True}), DeviceFacts()),
    (build("SecurityInfo"), device(user_enrollment=True, access_rights=AccessRight.NONE)),
    (build("InstallProfile", {"Payload": b"x"}), device(shared_ipad=True, channel=Channel.USER)),
    (build("InstallApplication", {"Identifier": APP}), device(awaiting_configuration=True)),
    (build("AvailableOSUpdates"), device("26.4")),
    (build("RestartDevice"), device(platform=Platform.TVOS)),
    (setting(Item="AccessibilitySettings", TextSize=9), device()),
    (build("UserConfigured"), device(shared_ipad=True, channel=Channel.USER)),
]


@pytest.mark.parametrize(("command", "facts", "kind", "needed", "field"), REFUSED)
def test_a_command_that_does_not_suit_is_refused_with_its_reason(
    command: Command, facts: DeviceFacts, kind: RefusalKind, needed: str, field: str | None
) -> None:
    assert applicability(command, facts) == Refusal(kind, command.request_type, needed, field)


@pytest.mark.parametrize(("command", "facts"), ALLOWED)
def test_a_command_that_suits_is_allowed(command: Command, facts: DeviceFacts) -> None:
    assert applicability(command, facts) is None


def test_a_request_type_can_be_judged_before_its_parameters_are_known() -> None:
    refusal = applicability(CATALOGUE["RestartDevice"], device(supervised=False))

    assert refusal is not None
    assert refusal.kind is RefusalKind.NEEDS_SUPERVISION


def test_an_unknown_fact_is_a_passing_refusal_with_a_next_step() -> None:
    refusal = applicability(RESTART, device(supervised=None))

    assert refusal is not None
    assert refusal.is_temporary
    assert refusal.next_step == "ask DeviceInformation first"


def test_a_missing_supervision_is_a_lasting_refusal() -> None:
    refusal = applicability(RESTART, device(supervised=False))

    assert refusal is not None
    assert not refusal.is_temporary


def test_a_command_outside_the_catalogue_is_unknown() -> None:
    with pytest.raises(UnknownCommand):
        applicability(Command("RequestUnlockToken"), device())
