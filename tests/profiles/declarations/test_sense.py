"""Declarations that people write key by key: as sensible as those that are built."""

from typing import Any

import pytest

from profiles.declarations.configurations import (
    app_settings,
    assistance,
    calculator,
    passcode,
    safari,
    update_settings,
)
from profiles.declarations.configurations.app_settings import (
    Accuracy,
    AppRules,
    Location,
    SuggestedPermissions,
)
from profiles.declarations.configurations.calculator import CalculatorSettings
from profiles.declarations.configurations.passcode import PasscodeSettings
from profiles.declarations.configurations.safari import ExtensionRules, ExtensionState
from profiles.declarations.configurations.update_settings import (
    Automatic,
    BetaProgram,
    Recommended,
    UpdateSettings,
)
from profiles.declarations.declaration import Declaration
from profiles.declarations.sense import require_sense
from profiles.errors import InvalidPayload

NAME = "cfg.x"
BETA = BetaProgram("Test", "token")
APP = "com.example.app"

PASSCODE = PasscodeSettings(True, True, False, 8, 2, 6, 0, 5, 365, 4)
UPDATES = UpdateSettings(
    delay_days=30,
    download=Automatic.ALWAYS,
    install=Automatic.PERSON_DECIDES,
    install_security=Automatic.ALWAYS,
    notify=False,
    recommended=Recommended.OLDEST,
    security_improvements=True,
    security_improvements_removable=False,
    betas=Automatic.ALWAYS,
    required_beta=BETA,
)
OFFERED = UpdateSettings(betas=Automatic.PERSON_DECIDES, offered_betas=(BETA,))
ASKED = SuggestedPermissions(
    "Für den Unterricht",
    camera=True,
    dictation=True,
    location=Location.ALWAYS,
    accuracy=Accuracy.PRECISE,
)
APPS = AppRules(frozenset({APP}), frozenset({"com.example.game"}), {APP: ASKED})
MATHS = CalculatorSettings(square_root=True, suggest_results=False, solve_anywhere=False)
EXTENSIONS = {
    "com.example.reader (TEAM)": ExtensionRules(ExtensionState.ON, None, ("example.org",), ("*",)),
    "*": ExtensionRules(ExtensionState.OFF, ExtensionState.OFF),
}


@pytest.mark.parametrize(
    ("settings", "built", "read"),
    [
        (PASSCODE, passcode.passcode_settings(PASSCODE, NAME), passcode.read),
        (UPDATES, update_settings.update_settings(UPDATES, NAME), update_settings.read),
        (OFFERED, update_settings.update_settings(OFFERED, NAME), update_settings.read),
        (APPS, app_settings.app_settings(APPS, NAME), app_settings.read),
        (MATHS, calculator.calculator_settings(MATHS, NAME), calculator.read),
        (EXTENSIONS, safari.extensions(EXTENSIONS, NAME), safari.read_extensions),
    ],
    ids=["passcode", "updates", "offered betas", "apps", "calculator", "extensions"],
)
def test_what_is_built_is_read_back_and_makes_sense(
    settings: Any, built: Declaration, read: Any
) -> None:
    require_sense(built.declaration_type, built.payload)

    assert read(built.payload) == settings


@pytest.mark.parametrize(
    ("declaration_type", "payload", "field"),
    [
        (assistance.SIRI, {}, "Payload"),
        (passcode.TYPE, {}, "Payload"),
        (passcode.TYPE, {"MaximumFailedAttempts": 2}, "MaximumFailedAttempts"),
        (passcode.TYPE, {"MaximumInactivityInMinutes": 0}, "MaximumInactivityInMinutes"),
        (passcode.TYPE, {"MaximumPasscodeAgeInDays": 0}, "MaximumPasscodeAgeInDays"),
        (passcode.TYPE, {"MinimumLength": 2, "MinimumComplexCharacters": 3}, "MinimumComplexChar"),
        (update_settings.TYPE, {"Deferrals": {}}, "Payload"),
        (
            update_settings.TYPE,
            {"AutomaticActions": {"Download": "AlwaysOff", "InstallOSUpdates": "AlwaysOn"}},
            "AutomaticActions.InstallOSUpdates",
        ),
        (
            update_settings.TYPE,
            {"Beta": {"RequireProgram": {"Description": "Test", "Token": "t"}}},
            "Beta.RequireProgram",
        ),
        (app_settings.TYPE, {"Allowed": {}}, "Allowed"),
        (app_settings.TYPE, {"Allowed": {"AllowedApps": []}}, "Allowed.AllowedApps"),
        (app_settings.TYPE, {"Allowed": {"DeniedApps": ["kein Name"]}}, "Allowed.DeniedApps"),
        (
            app_settings.TYPE,
            {"Allowed": {"AllowedApps": [APP], "DeniedApps": [APP]}},
            "Allowed.DeniedApps",
        ),
        (calculator.TYPE, {"Calculator": {}}, "Calculator"),
        (safari.EXTENSIONS, {"ManagedExtensions": {}}, "ManagedExtensions"),
    ],
)
def test_what_no_school_can_mean_is_refused_with_its_key(
    declaration_type: str, payload: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidPayload) as error:
        require_sense(declaration_type, payload)

    assert error.value.field.startswith(field)
    assert error.value.next_step


@pytest.mark.parametrize(
    ("below", "key"),
    [
        (7, ""),
        ({"OrganizationJustification": ""}, "OrganizationJustification"),
        ({"OrganizationJustification": 7}, ".OrganizationJustification"),
        ({"OrganizationJustification": "x", "Camra": "Allow"}, ".Camra"),
        ({"OrganizationJustification": "x", "Camera": "Deny"}, ".Camera"),
        ({"OrganizationJustification": "x", "Location": "Sometimes"}, ".Location"),
    ],
)
def test_what_the_tables_leave_open_below_an_app_is_checked(below: Any, key: str) -> None:
    with pytest.raises(InvalidPayload) as error:
        require_sense(app_settings.TYPE, {"Privacy": {"PermissionDefaults": {APP: below}}})

    assert error.value.field.endswith(key)


def test_a_permission_may_be_left_to_people() -> None:
    below = {"OrganizationJustification": "x", "Camera": "None", "Location": "None"}

    rules = app_settings.read({"Privacy": {"PermissionDefaults": {APP: below}}})

    assert rules.permissions == {APP: SuggestedPermissions("x")}


@pytest.mark.parametrize(
    ("below", "key"),
    [
        ([], ""),
        ({}, ""),
        ({"State": "On"}, ".State"),
        ({"Stat": "AlwaysOn"}, ".Stat"),
        ({"AllowedDomains": "example.org"}, ".AllowedDomains"),
        ({"DeniedDomains": [1]}, ".DeniedDomains"),
    ],
)
def test_what_the_tables_leave_open_below_an_extension_is_checked(below: Any, key: str) -> None:
    with pytest.raises(InvalidPayload) as error:
        require_sense(safari.EXTENSIONS, {"ManagedExtensions": {"com.example.x (TEAM)": below}})

    assert error.value.field == f"ManagedExtensions.com.example.x (TEAM){key}"


def test_a_type_without_rules_of_its_own_is_let_through() -> None:
    require_sense(assistance.SIRI, {"Enabled": False})
