"""Commands as logs may show them."""

from typing import Any

import pytest

from profiles.commands.command import Command, build
from profiles.commands.redaction import PERSONAL, SECRET, redacted, secret_fields

APP = "de.beispiel.mathe"


@pytest.mark.parametrize(
    ("request_type", "parameters", "field"),
    [
        ("InstallProfile", {"Payload": b"x"}, "Payload"),
        ("ClearPasscode", {"UnlockToken": b"x"}, "UnlockToken"),
        (
            "EraseDevice",
            {"ReturnToService": {"Enabled": True, "BootstrapToken": b"x"}},
            "ReturnToService.BootstrapToken",
        ),
        ("RequestMirroring", {"DestinationName": "Raum 12", "Password": "x"}, "Password"),
        ("InstallApplication", {"Identifier": APP, "Configuration": {"k": "x"}}, "Configuration"),
        (
            "Settings",
            {
                "Settings": [
                    {
                        "Item": "ApplicationConfiguration",
                        "Identifier": APP,
                        "Configuration": {"k": "x"},
                    }
                ]
            },
            "Settings[0].Configuration",
        ),
        ("TriggerEnhancedLogCollection", {"AppleCareToken": "x"}, "AppleCareToken"),
    ],
)
def test_secrets_are_found_by_their_path(
    request_type: str, parameters: dict[str, Any], field: str
) -> None:
    assert secret_fields(build(request_type, parameters)) == (field,)


def test_a_command_without_secrets_has_none() -> None:
    assert secret_fields(build("DeviceInformation", {"Queries": ["UDID"]})) == ()


def test_redaction_keeps_what_helps_and_hides_the_secret() -> None:
    command = build(
        "EraseDevice",
        {
            "PreserveDataPlan": True,
            "ReturnToService": {"Enabled": True, "WiFiProfileData": b"kennwort"},
        },
    )

    assert redacted(command) == {
        "PreserveDataPlan": True,
        "ReturnToService": {"Enabled": True, "WiFiProfileData": SECRET},
    }


def test_names_of_persons_are_hidden_too() -> None:
    assert redacted(build("DeleteUser", {"UserName": "schueler_a"})) == {"UserName": PERSONAL}


def test_the_items_of_settings_are_judged_one_by_one() -> None:
    items: list[Any] = [
        {"Item": "DeviceName", "DeviceName": "iPad von Schüler A"},
        {"Item": "Bluetooth", "Enabled": True},
    ]

    shown = redacted(build("Settings", {"Settings": items}))

    assert shown == {
        "Settings": [
            {"Item": "DeviceName", "DeviceName": PERSONAL},
            {"Item": "Bluetooth", "Enabled": True},
        ]
    }


def test_what_the_catalogue_does_not_know_is_hidden_entirely() -> None:
    assert redacted(Command("FlyToTheMoon", {"Crew": "schueler_a"})) == {"Crew": SECRET}
