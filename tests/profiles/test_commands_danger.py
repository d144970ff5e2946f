"""How dangerous a command is with its parameters."""

from typing import Any

import pytest

from profiles.cms import SignatureForm, sign_attached
from profiles.commands.command import Command, build
from profiles.commands.danger import assess, danger_of
from profiles.commands.vocabulary import Danger
from profiles.errors import UnknownCommand
from tests.profiles.cms_samples import ec_certificate, ec_key

APP = "de.beispiel.mathe"


def profile(words: str) -> bytes:
    return f"<plist><dict><key>PayloadContent</key>{words}</dict></plist>".encode()


def install(words: str) -> Command:
    return build("InstallProfile", {"Payload": profile(words)})


def setting(**item: Any) -> Command:
    return build("Settings", {"Settings": [{"Item": "TimeZone", "TimeZone": "UTC"}, item]})


def update(action: str) -> Command:
    return build(
        "ScheduleOSUpdate", {"Updates": [{"ProductVersion": "18.1", "InstallAction": action}]}
    )


TABLE = [
    (build("EraseDevice"), Danger.DESTRUCTIVE),
    (build("ClearPasscode", {"UnlockToken": b"x"}), Danger.DESTRUCTIVE),
    (build("RemoveApplication", {"Identifier": APP}), Danger.DESTRUCTIVE),
    (build("DeleteUser", {"UserName": "a", "ForceDeletion": True}), Danger.DESTRUCTIVE),
    (build("DeleteUser", {"DeleteAllUsers": True}), Danger.DESTRUCTIVE),
    (build("DeleteUser", {"UserName": "a", "ForceDeletion": False}), Danger.DISRUPTIVE),
    (build("DeviceLocation"), Danger.PRIVACY),
    (build("RestartDevice"), Danger.DISRUPTIVE),
    (build("ShutDownDevice"), Danger.DISRUPTIVE),
    (build("DeviceLock"), Danger.DISRUPTIVE),
    (build("EnableLostMode", {"Message": "Bitte abgeben"}), Danger.DISRUPTIVE),
    (update("InstallASAP"), Danger.DISRUPTIVE),
    (update("DownloadOnly"), Danger.HARMLESS),
    (build("InstallApplication", {"Identifier": APP}), Danger.HARMLESS),
    (
        build("InstallApplication", {"Identifier": APP, "ChangeManagementState": "Managed"}),
        Danger.DISRUPTIVE,
    ),
    (build("ManagedApplicationFeedback", {"Identifiers": [APP]}), Danger.HARMLESS),
    (
        build("ManagedApplicationFeedback", {"Identifiers": [APP], "DeleteFeedback": True}),
        Danger.DISRUPTIVE,
    ),
    (install("<string>com.apple.notificationsettings</string>"), Danger.HARMLESS),
    (install("<string>com.apple.app.lock</string>"), Danger.DISRUPTIVE),
    (install("<string>com.apple.proxy.http.global</string>"), Danger.DISRUPTIVE),
    (install("<string>com.apple.wifi.managed</string>"), Danger.DISRUPTIVE),
    (install("<string>com.apple.&#119;ifi.managed</string>"), Danger.DISRUPTIVE),
    (install("<key>forceWiFiToAllowedNetworksOnly</key>"), Danger.DISRUPTIVE),
    (install("<key>EncryptedPayloadContent</key>"), Danger.DISRUPTIVE),
    (build("InstallProfile", {"Payload": b"\x30\x82 unreadable"}), Danger.DISRUPTIVE),
    (setting(Item="DeviceName", DeviceName="Nr. 7"), Danger.HARMLESS),
    (setting(Item="Bluetooth", Enabled=False), Danger.DISRUPTIVE),
    (
        setting(Item="MDMOptions", MDMOptions={"ActivationLockAllowedWhileSupervised": True}),
        Danger.DISRUPTIVE,
    ),
    (
        setting(Item="MDMOptions", MDMOptions={"ActivationLockAllowedWhileSupervised": False}),
        Danger.HARMLESS,
    ),
]


@pytest.mark.parametrize(("command", "danger"), TABLE)
def test_a_command_is_as_dangerous_as_its_parameters_make_it(
    command: Command, danger: Danger
) -> None:
    assert danger_of(command) is danger


@pytest.mark.parametrize("form", [SignatureForm.SHA256_DER_ATTRIBUTES, SignatureForm.SHA256_BER])
@pytest.mark.parametrize(
    ("payload_type", "danger"),
    [("com.apple.wifi.managed", Danger.DISRUPTIVE), ("com.apple.font", Danger.HARMLESS)],
)
def test_a_signed_profile_is_judged_by_its_content(
    form: SignatureForm, payload_type: str, danger: Danger
) -> None:
    signed = sign_attached(profile(payload_type), ec_certificate(), ec_key(), form=form)

    assert danger_of(build("InstallProfile", {"Payload": signed})) is danger


@pytest.mark.parametrize(
    ("payload_types", "danger"),
    [
        (None, Danger.DESTRUCTIVE),
        (("com.apple.security.scep", "com.apple.mdm"), Danger.DESTRUCTIVE),
        (("com.apple.wifi.managed",), Danger.DISRUPTIVE),
        (("com.apple.applicationaccess",), Danger.HARMLESS),
    ],
)
def test_removing_a_profile_is_as_dangerous_as_what_goes_with_it(
    payload_types: tuple[str, ...] | None, danger: Danger
) -> None:
    command = build("RemoveProfile", {"Identifier": "de.beispiel.profil"})

    assert danger_of(command, payload_types=payload_types) is danger


def test_only_what_is_destructive_needs_an_approval() -> None:
    assert [danger for danger in Danger if danger.needs_approval] == [Danger.DESTRUCTIVE]


def test_the_reason_is_that_of_the_greater_danger() -> None:
    everybody = assess(build("DeleteUser", {"DeleteAllUsers": True}))

    assert everybody.needs_approval
    assert "Everybody" in everybody.reason


def test_a_command_outside_the_catalogue_has_no_danger_but_an_error() -> None:
    with pytest.raises(UnknownCommand):
        danger_of(Command("RequestUnlockToken"))
