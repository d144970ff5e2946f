"""Lists of apps that take the Settings app away are noticed, in blueprints and in wishes."""

from __future__ import annotations

import json

import pytest

from policies.blueprint import DeclarationSetting, DeviceNameSetting, Setting
from policies.explain_wording import describe_explanation
from policies.explanation import Explanation, WishState
from policies.hidden_settings import (
    hides_settings,
    restrictions_hide_settings,
    wish_hides_settings,
)
from policies.scope import CITY
from policies.wishes import (
    ProfileContent,
    ProfileKind,
    Reason,
    ReasonKey,
    WantedApp,
    WantedDeclaration,
    WantedProfile,
)
from profiles.declarations.configurations import app_settings, passcode
from tests.policies.builders import NOW

REASON = Reason(ReasonKey.ASSIGNED, CITY, NOW)
EXAM = {"Allowed": {"AllowedApps": ["de.example.pruefung"]}}


def wanted(payload: object, declaration_type: str = app_settings.TYPE) -> WantedDeclaration:
    return WantedDeclaration("apps", declaration_type, json.dumps(payload).encode(), REASON)


@pytest.mark.parametrize(
    ("lists", "hidden"),
    [
        ({"AllowedApps": ["de.example.pruefung"]}, True),
        ({"AllowedApps": ["de.example.pruefung", "com.apple.Preferences"]}, False),
        ({"DeniedApps": ["com.apple.Preferences"]}, True),
        ({"DeniedApps": ["de.example.spiel"]}, False),
    ],
)
def test_a_list_without_the_settings_app_hides_it(lists: dict[str, object], hidden: bool) -> None:
    setting = DeclarationSetting(app_settings.TYPE, {"Allowed": lists})

    assert hides_settings([DeviceNameSetting("$SERIAL"), setting]) is hidden
    assert wish_hides_settings(wanted({"Allowed": lists})) is hidden


@pytest.mark.parametrize(
    "settings",
    [
        (),
        (DeviceNameSetting("$SERIAL"),),
        (DeclarationSetting(passcode.TYPE, {"MinimumLength": 6}),),
    ],
)
def test_other_settings_hide_nothing(settings: tuple[Setting, ...]) -> None:
    assert not hides_settings(settings)


@pytest.mark.parametrize(
    ("restrictions", "hidden"),
    [
        ({"allowListedAppBundleIDs": ["de.example.pruefung"]}, True),
        ({"allowListedAppBundleIDs": []}, True),
        ({"allowListedAppBundleIDs": ["de.example.pruefung", "com.apple.Preferences"]}, False),
        ({"whitelistedAppBundleIDs": ["de.example.pruefung"]}, True),
        ({"blockedAppBundleIDs": ["com.apple.Preferences"]}, True),
        ({"blacklistedAppBundleIDs": ["com.apple.Preferences"]}, True),
        ({"blockedAppBundleIDs": ["de.example.spiel"]}, False),
        ({"allowCamera": False, "enforcedSoftwareUpdateDelay": 30}, False),
        ({}, False),
    ],
)
def test_the_lists_of_a_profile_hide_it_as_those_of_a_declaration_do(
    restrictions: dict[str, object], hidden: bool
) -> None:
    written = tuple((key, json.dumps(value)) for key, value in restrictions.items())
    content = ProfileContent(restrictions=written)
    wish = WantedProfile("r", "u", ProfileKind.RESTRICTIONS, 1, 1, REASON, content=content)

    assert wish_hides_settings(wish) is hidden
    assert restrictions_hide_settings(restrictions) is hidden


def test_other_wishes_hide_nothing() -> None:
    assert not wish_hides_settings(None)
    assert not wish_hides_settings(WantedApp("de.example.pruefung", 1, REASON))
    assert not wish_hides_settings(wanted({"MinimumLength": 6}, passcode.TYPE))


def test_lists_that_allow_nothing_never_reach_an_ipad() -> None:
    assert not wish_hides_settings(wanted({"Allowed": {"AllowedApps": []}}))


def test_an_explanation_says_that_the_settings_app_is_hidden() -> None:
    explained = Explanation(wanted(EXAM), WishState.UNDER_WAY)

    lines = describe_explanation(explained)

    assert "  hides the Settings app: nobody at the iPad can join a network" in lines
