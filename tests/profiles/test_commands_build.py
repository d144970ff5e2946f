"""Building commands: an example and the traps of each family."""

from typing import Any

import pytest

from profiles.commands.command import Command, build
from profiles.commands.device_queries import QueryGroup, standard_queries
from profiles.commands.wire import read_command, to_bytes
from profiles.errors import InvalidCommand, MalformedMessage, UnknownCommand

UUID = "6F0C0E1E-5A0C-4E2B-9B39-0E5B0B1C8A11"
APP = "de.beispiel.mathe"

VALID: list[tuple[str, dict[str, Any]]] = [
    ("DeviceInformation", {"Queries": ["SerialNumber", "OSVersion"]}),
    ("DeviceInformation", {"Queries": list(standard_queries(QueryGroup.STATIC))}),
    ("SecurityInfo", {}),
    ("ProfileList", {"ManagedOnly": True, "RequestRequiresNetworkTether": False}),
    ("InstallProfile", {"Payload": b"<plist/>"}),
    ("RemoveProfile", {"Identifier": "de.beispiel.wlan"}),
    ("InstallApplication", {"iTunesStoreID": 361309726, "Options": {"PurchaseMethod": 1}}),
    ("InstallApplication", {"Identifier": APP, "Configuration": {"a": [1, {"b": 2.5}]}}),
    ("InstallMedia", {"MediaType": "Book", "iTunesStoreID": 5}),
    ("RemoveMedia", {"MediaType": "Book", "iTunesStoreID": "5"}),
    ("EraseDevice", {"ReturnToService": {"Enabled": True, "WiFiProfileData": b"x"}}),
    ("DeviceLock", {"Message": "Bitte abgeben", "PhoneNumber": "030 5550100"}),
    ("RestartDevice", {}),
    ("EnableLostMode", {"PhoneNumber": "030 5550100"}),
    ("ActivationLockBypassCode", {}),
    ("RefreshCellularPlans", {"eSIMServerURL": "https://esim.example/"}),
    ("DeleteUser", {"DeleteAllUsers": True}),
    ("DeleteUser", {"UserName": "schueler_a@schule.example"}),
    ("RequestMirroring", {"DestinationName": "Raum 12", "ScanTime": 300}),
    ("ScheduleOSUpdate", {"Updates": [{"ProductVersion": "18.1", "InstallAction": "Default"}]}),
    ("DeclarativeManagement", {"Data": b"{}"}),
    ("TriggerEnhancedLogCollection", {"AppleCareToken": "muster"}),
    (
        "Settings",
        {
            "Settings": [
                {"Item": "DeviceName", "DeviceName": "Koffer 3, Nr. 7"},
                {"Item": "SharedDeviceConfiguration", "UserSessionTimeout": 0, "ResidentUsers": 5},
                {"Item": "TimeZone", "TimeZone": "America/Argentina/Buenos_Aires"},
            ]
        },
    ),
]

# RequestType, parameters, the field that is named, a word of what to do about it.
INVALID: list[tuple[str, dict[str, Any], str, str]] = [
    ("DeviceInformation", {}, "Queries", "array"),
    ("DeviceInformation", {"Queries": []}, "Queries", "at least 1"),
    ("DeviceInformation", {"Queries": ["SerialNumber", "Serial"]}, "Queries[1]", "SerialNumber"),
    ("DeviceInformation", {"Queries": ["HostName"]}, "Queries[0]", "SerialNumber"),
    (
        "DeviceInformation",
        {"Queries": ["UDID"], "DeviceAttestationNonce": bytes(33)},
        "DeviceAttestationNonce",
        "at most 32",
    ),
    ("SecurityInfo", {"Queries": ["UDID"]}, "Queries", "known are"),
    ("ProfileList", {"ManagedOnly": 1}, "ManagedOnly", "boolean"),
    ("InstallProfile", {"Payload": "<plist/>"}, "Payload", "data"),
    ("InstallProfile", {"Payload": b""}, "Payload", "at least 1"),
    ("RemoveProfile", {}, "Identifier", "string"),
    ("RemoveProvisioningProfile", {"UUID": "kein-uuid"}, "UUID", "UUID"),
    ("InstallApplication", {}, "iTunesStoreID", "one of iTunesStoreID, Identifier, ManifestURL"),
    ("InstallApplication", {"iTunesStoreID": "361309726"}, "iTunesStoreID", "integer"),
    ("InstallApplication", {"iTunesStoreID": True}, "iTunesStoreID", "integer"),
    ("InstallApplication", {"iTunesStoreID": 0}, "iTunesStoreID", "at least 1"),
    ("InstallApplication", {"iTunesStoreID": 1, "Identifier": APP}, "Identifier", "only one"),
    ("InstallApplication", {"ManifestURL": "http://a.example/"}, "ManifestURL", "https://"),
    ("InstallApplication", {"ManifestURL": "https:///x"}, "ManifestURL", "https://"),
    ("InstallApplication", {"ManifestURL": "https://a.example/ x"}, "ManifestURL", "https://"),
    ("InstallApplication", {"Identifier": APP, "ManagementFlags": 2}, "ManagementFlags", "1, 4, 5"),
    (
        "InstallApplication",
        {"Identifier": APP, "Options": {"PurchaseMethod": 2}},
        "Options.PurchaseMethod",
        "0, 1",
    ),
    (
        "InstallApplication",
        {"Identifier": APP, "Attributes": {"Removable": 0}},
        "Attributes.Removable",
        "boolean",
    ),
    ("InstallApplication", {"Identifier": APP, "iOSApp": True}, "iOSApp", "leave it out"),
    ("ManagedApplicationFeedback", {"Identifiers": []}, "Identifiers", "at least 1"),
    ("RemoveApplication", {"Identifier": "de beispiel"}, "Identifier", "identifier"),
    ("InstallMedia", {"iTunesStoreID": 5}, "MediaType", "string"),
    (
        "InstallMedia",
        {"MediaType": "Book", "MediaURL": "https://b.example/b.pdf"},
        "PersistentID",
        "MediaURL",
    ),
    ("RemoveMedia", {"MediaType": "Book", "iTunesStoreID": 5}, "iTunesStoreID", "string"),
    ("EraseDevice", {"PIN": "123456"}, "PIN", "leave it out"),
    ("EraseDevice", {"ReturnToService": {}}, "ReturnToService.Enabled", "boolean"),
    ("RestartDevice", {"NotifyUser": True}, "NotifyUser", "leave it out"),
    ("EnableLostMode", {"Footnote": "Danke"}, "Message", "Message, PhoneNumber"),
    ("ClearPasscode", {}, "UnlockToken", "data"),
    ("DeleteUser", {}, "UserName", "DeleteAllUsers"),
    ("DeleteUser", {"DeleteAllUsers": False}, "UserName", "DeleteAllUsers"),
    ("RequestMirroring", {"DestinationName": "Raum 12", "ScanTime": 9}, "ScanTime", "at least 10"),
    (
        "RequestMirroring",
        {"DestinationDeviceID": "01-23-45-67-89-ab"},
        "DestinationDeviceID",
        "01:23",
    ),
    ("ScheduleOSUpdate", {"Updates": ["18.1"]}, "Updates[0]", "dictionary"),
    (
        "ScheduleOSUpdate",
        {"Updates": [{"InstallAction": "Default"}]},
        "Updates[0].ProductKey",
        "ProductVersion",
    ),
    (
        "ScheduleOSUpdate",
        {"Updates": [{"ProductKey": "a", "InstallAction": "InstallForceRestart"}]},
        "Updates[0].InstallAction",
        "InstallASAP",
    ),
    ("Settings", {"Settings": []}, "Settings", "at least 1"),
    ("Settings", {"Settings": [{}]}, "Settings[0].Item", "DeviceName"),
    ("Settings", {"Settings": [{"Item": ["DeviceName"]}]}, "Settings[0].Item", "DeviceName"),
    ("Settings", {"Settings": [{"Item": "HostName"}]}, "Settings[0].Item", "leave it out"),
    (
        "Settings",
        {"Settings": [{"Item": "Bluetooth", "Enabled": True}, {"Item": "DeviceName"}]},
        "Settings[1].DeviceName",
        "string",
    ),
    (
        "Settings",
        {
            "Settings": [
                {"Item": "SharedDeviceConfiguration", "QuotaSize": 1024, "ResidentUsers": 5}
            ]
        },
        "Settings[0].ResidentUsers",
        "only one",
    ),
    (
        "Settings",
        {"Settings": [{"Item": "SharedDeviceConfiguration", "UserSessionTimeout": 29}]},
        "Settings[0].UserSessionTimeout",
        "at least 30",
    ),
    (
        "Settings",
        {"Settings": [{"Item": "AccessibilitySettings", "TextSize": 12}]},
        "Settings[0].TextSize",
        "at most 11",
    ),
    (
        "Settings",
        {"Settings": [{"Item": "AccessibilitySettings"}]},
        "Settings[0].BoldTextEnabled",
        "TextSize",
    ),
    ("SecurityInfo", {"RequestRequiresNetworkTether": "yes"}, "RequestRequiresNetworkTether", "b"),
]


@pytest.mark.parametrize(("request_type", "parameters"), VALID)
def test_a_valid_command_is_built_as_it_was_ordered(
    request_type: str, parameters: dict[str, Any]
) -> None:
    command = build(request_type, parameters)

    assert (command.request_type, dict(command.parameters)) == (request_type, parameters)


@pytest.mark.parametrize(("request_type", "parameters", "field", "advice"), INVALID)
def test_an_invalid_command_names_the_field_and_the_next_step(
    request_type: str, parameters: dict[str, Any], field: str, advice: str
) -> None:
    with pytest.raises(InvalidCommand) as refused:
        build(request_type, parameters)

    assert refused.value.field == field
    assert advice in refused.value.next_step


def test_an_unknown_request_type_is_refused() -> None:
    with pytest.raises(UnknownCommand):
        build("EraseEverything")


def test_a_key_that_only_macs_know_is_refused_with_that_reason() -> None:
    with pytest.raises(InvalidCommand, match="only Macs know this"):
        build("DeviceLock", {"PIN": "123456"})


def test_a_refusal_does_not_repeat_the_value() -> None:
    with pytest.raises(InvalidCommand) as refused:
        build("ClearPasscode", {"UnlockToken": "Geheimnis"})

    assert "Geheimnis" not in str(refused.value)


@pytest.mark.parametrize("value", ["\x00", "\ud800", 2**64, float("nan"), None, {1: 2}, [set()]])
def test_a_configuration_that_no_property_list_can_hold_is_refused(value: Any) -> None:
    with pytest.raises(InvalidCommand) as refused:
        build("InstallApplication", {"Identifier": APP, "Configuration": {"a": value}})

    assert refused.value.field.startswith("Configuration")


def test_a_configuration_that_is_nested_without_end_is_refused() -> None:
    deep: dict[str, Any] = {}
    for _ in range(5_000):
        deep = {"a": deep}

    with pytest.raises(InvalidCommand, match="nested too deeply"):
        build("InstallApplication", {"Identifier": APP, "Configuration": deep})


def test_what_the_caller_changes_later_does_not_reach_the_command() -> None:
    parameters: dict[str, Any] = {"Queries": ["UDID"]}
    command = build("DeviceInformation", parameters)

    parameters["Queries"].append("Geheim")

    assert command.parameters == {"Queries": ["UDID"]}


def test_a_command_does_not_show_its_parameters_by_accident() -> None:
    assert "muster" not in repr(build("TriggerEnhancedLogCollection", {"AppleCareToken": "muster"}))


def test_the_wire_form_holds_uuid_and_command() -> None:
    body = to_bytes(build("DeviceInformation", {"Queries": ["UDID"]}), UUID)

    assert b"<key>CommandUUID</key><string>" + UUID.encode() in body
    assert b"<key>Command</key><dict><key>RequestType</key><string>DeviceInformation<" in body
    assert b"<key>Queries</key><array><string>UDID</string></array>" in body


def test_a_device_reads_commands_that_the_catalogue_does_not_know() -> None:
    body = to_bytes(Command("FlyToTheMoon", {"Speed": 3}), UUID)

    assert read_command(body) == (UUID, Command("FlyToTheMoon", {"Speed": 3}))


@pytest.mark.parametrize("missing", ["CommandUUID", "Command", "RequestType"])
def test_a_device_does_not_read_half_a_command(missing: str) -> None:
    body = to_bytes(build("UserList"), UUID).replace(missing.encode() + b"</key>", b"X</key>")

    with pytest.raises(MalformedMessage) as refused:
        read_command(body)

    assert refused.value.field == missing
