"""Typed settings become payloads; settings that contradict themselves do not."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiles.declarations.configurations import (
    app_settings,
    assistance,
    calculator,
    legacy,
    passcode,
    safari,
    security,
    status_subscriptions,
    update_enforcement,
    update_settings,
)
from profiles.declarations.configurations.app_settings import AppRules, SuggestedPermissions
from profiles.declarations.configurations.passcode import PasscodeSettings
from profiles.declarations.configurations.update_enforcement import EnforcedUpdate
from profiles.declarations.configurations.update_settings import (
    Automatic,
    BetaProgram,
    Recommended,
    UpdateSettings,
)
from profiles.declarations.declaration import to_bytes
from profiles.errors import InvalidPayload
from profiles.payloads.passcode import PasscodeRules

URL = "https://mdm.beispielstadt.example/profile/4711"
DEADLINE = datetime(2026, 12, 4, 18, 0)
BETA = BetaProgram("iPadOS 27 Beta", "token")


def refused(make: Callable[[], object]) -> str:
    """The field that is refused; every refusal says what to do."""
    with pytest.raises(InvalidPayload) as refusal:
        make()
    assert refusal.value.next_step
    return refusal.value.field


class TestStatusSubscriptions:
    def test_items_are_written_once_and_in_order(self) -> None:
        declaration = status_subscriptions.status_subscriptions(
            ["passcode.is-present", "mdm.app", "mdm.app"], "cfg.status"
        )

        assert declaration.payload == {
            "StatusItems": [{"Name": "mdm.app"}, {"Name": "passcode.is-present"}]
        }

    @pytest.mark.parametrize("items", [[], ["Mdm.App"], ["app"], ["a b.c"]])
    def test_what_is_no_status_item_is_refused(self, items: list[str]) -> None:
        field = refused(lambda: status_subscriptions.status_subscriptions(items, "cfg.status"))

        assert field.startswith("StatusItems")


class TestPasscode:
    def test_rules_become_keys(self) -> None:
        settings = PasscodeSettings(minimum_length=6, lock_after_min=5, erase_after_failures=10)

        assert passcode.passcode_settings(settings, "cfg.p").payload == {
            "RequirePasscode": True,
            "MinimumLength": 6,
            "MaximumInactivityInMinutes": 5,
            "MaximumFailedAttempts": 10,
        }

    @pytest.mark.parametrize(
        ("settings", "field"),
        [
            ({"erase_after_failures": 3}, "MaximumFailedAttempts"),
            ({"lock_after_min": 0}, "MaximumInactivityInMinutes"),
            ({"maximum_age_days": 0}, "MaximumPasscodeAgeInDays"),
            ({"minimum_complex_characters": 4, "minimum_length": 3}, "MinimumComplexCharacters"),
            ({"grace_period_min": -1}, "MaximumGracePeriodInMinutes"),
            ({"required": None}, "RequirePasscode"),
        ],
    )
    def test_dangerous_or_empty_rules_are_refused(
        self, settings: dict[str, Any], field: str
    ) -> None:
        assert refused(lambda: PasscodeSettings(**settings)) == field

    def test_a_length_beyond_sixteen_is_refused(self) -> None:
        settings = PasscodeSettings(minimum_length=17)

        assert refused(lambda: passcode.passcode_settings(settings, "x")) == "MinimumLength"

    def test_the_rules_of_a_profile_say_the_same_as_a_declaration(self) -> None:
        rules = PasscodeRules(allow_simple=False, minimum_length=8, history=5)

        assert passcode.settings_from(rules) == PasscodeSettings(
            require_complex=True, minimum_length=8, history=5
        )


class TestEnforcedUpdate:
    def test_the_deadline_is_the_ipads_own_time(self) -> None:
        update = EnforcedUpdate("26.1", DEADLINE, details_url="https://schule.example/update")

        assert update_enforcement.enforced_update(update, "cfg.u").payload == {
            "TargetOSVersion": "26.1",
            "TargetLocalDateTime": "2026-12-04T18:00:00",
            "DetailsURL": "https://schule.example/update",
        }

    @given(st.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2099, 1, 1)))
    def test_no_deadline_has_a_zone_or_a_fraction(self, moment: datetime) -> None:
        update = EnforcedUpdate("26.1", moment.replace(microsecond=0))

        written = update_enforcement.enforced_update(update, "cfg.u").payload["TargetLocalDateTime"]

        assert len(str(written)) == len("2026-12-04T18:00:00")

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"version": "26"}, "TargetOSVersion"),
            ({"version": "26.1 (a)"}, "TargetOSVersion"),
            ({"deadline": DEADLINE.replace(tzinfo=UTC)}, "TargetLocalDateTime"),
            ({"deadline": DEADLINE.replace(microsecond=1)}, "TargetLocalDateTime"),
            ({"build": "26.1"}, "TargetBuildVersion"),
            ({"details_url": "ftp://x"}, "DetailsURL"),
        ],
    )
    def test_an_inexact_update_is_refused(self, changes: dict[str, Any], field: str) -> None:
        assert refused(lambda: replace(EnforcedUpdate("26.1", DEADLINE), **changes)) == field

    def test_a_build_of_an_improvement_is_one(self) -> None:
        assert EnforcedUpdate("16.5", DEADLINE, build="20F770750b").build == "20F770750b"


class TestUpdateSettings:
    def test_settings_become_nested_keys(self) -> None:
        settings = UpdateSettings(
            delay_days=30,
            install=Automatic.ALWAYS,
            recommended=Recommended.OLDEST,
            security_improvements_removable=False,
            betas=Automatic.NEVER,
        )

        assert update_settings.update_settings(settings, "cfg.u").payload == {
            "Deferrals": {"CombinedPeriodInDays": 30},
            "RecommendedCadence": "Oldest",
            "AutomaticActions": {"InstallOSUpdates": "AlwaysOn"},
            "RapidSecurityResponse": {"EnableRollback": False},
            "Beta": {"ProgramEnrollment": "AlwaysOff"},
        }

    def test_a_required_programme_of_betas_is_written(self) -> None:
        settings = UpdateSettings(betas=Automatic.ALWAYS, required_beta=BETA)

        assert update_settings.update_settings(settings, "cfg.u").payload["Beta"] == {
            "ProgramEnrollment": "AlwaysOn",
            "RequireProgram": {"Description": "iPadOS 27 Beta", "Token": "token"},
        }

    @pytest.mark.parametrize("days", [0, 91])
    def test_a_delay_out_of_range_is_refused(self, days: int) -> None:
        settings = UpdateSettings(delay_days=days)

        field = refused(lambda: update_settings.update_settings(settings, "x"))
        assert field == "Deferrals.CombinedPeriodInDays"

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({}, "Payload"),
            (
                {"download": Automatic.NEVER, "install": Automatic.ALWAYS},
                "AutomaticActions.InstallOSUpdates",
            ),
            ({"required_beta": BETA}, "Beta.RequireProgram"),
            (
                {"required_beta": BETA, "betas": Automatic.ALWAYS, "offered_betas": (BETA,)},
                "Beta.OfferPrograms",
            ),
            ({"betas": Automatic.NEVER, "offered_betas": (BETA,)}, "Beta.OfferPrograms"),
        ],
    )
    def test_contradictions_are_refused(self, changes: dict[str, Any], field: str) -> None:
        assert refused(lambda: UpdateSettings(**changes)) == field

    def test_a_token_is_not_shown(self) -> None:
        assert "token" not in repr(BETA).removeprefix("BetaProgram").lower()


class TestAppSettings:
    def test_both_lists_are_written_in_order(self) -> None:
        rules = AppRules(denied=frozenset({"com.example.game", "com.example.chat"}))

        assert app_settings.app_settings(rules, "cfg.a").payload == {
            "Allowed": {"DeniedApps": ["com.example.chat", "com.example.game"]}
        }

    def test_allowed_apps_may_include_all_web_clips(self) -> None:
        rules = AppRules(allowed=frozenset({app_settings.WEB_CLIPS, "com.apple.Preferences"}))

        assert app_settings.app_settings(rules, "cfg.a").payload == {
            "Allowed": {"AllowedApps": ["com.apple.Preferences", "com.apple.webapp"]}
        }

    def test_suggested_permissions_are_written_for_each_app(self) -> None:
        asked = SuggestedPermissions("Für den Unterricht", camera=True)
        rules = AppRules(permissions={"com.example.app": asked})

        assert app_settings.app_settings(rules, "cfg.a").payload == {
            "Privacy": {
                "PermissionDefaults": {
                    "com.example.app": {
                        "OrganizationJustification": "Für den Unterricht",
                        "Camera": "Allow",
                    }
                }
            }
        }

    @pytest.mark.parametrize(
        ("allowed", "denied", "hidden"),
        [
            (None, {"com.example.game"}, False),
            (None, {"com.apple.Preferences"}, True),
            ({"com.example.app"}, set(), True),
            ({"com.apple.Preferences"}, set(), False),
        ],
    )
    def test_rules_that_hide_the_settings_say_so(
        self, allowed: set[str] | None, denied: set[str], hidden: bool
    ) -> None:
        rules = AppRules(None if allowed is None else frozenset(allowed), frozenset(denied))

        assert rules.hides_settings is hidden

    @pytest.mark.parametrize(
        ("allowed", "denied", "field"),
        [
            (None, set(), "Allowed"),
            (set(), set(), "Allowed.AllowedApps"),
            ({"com.example.a"}, {"com.example.a"}, "Allowed.DeniedApps"),
            ({"Example App"}, set(), "Allowed.AllowedApps"),
        ],
    )
    def test_rules_without_sense_are_refused(
        self, allowed: set[str] | None, denied: set[str], field: str
    ) -> None:
        chosen = None if allowed is None else frozenset(allowed)

        assert refused(lambda: AppRules(chosen, frozenset(denied))) == field


class TestLegacyProfiles:
    def test_a_profile_is_named_by_its_address(self) -> None:
        assert legacy.legacy_profile(URL, "cfg.wlan").payload == {"ProfileURL": URL}

    def test_a_profile_may_be_offered(self) -> None:
        declaration = legacy.offered_profile(URL, "WLAN Lehrkräfte", "cfg.wlan")

        assert declaration.payload == {"ProfileURL": URL, "VisibleName": "WLAN Lehrkräfte"}

    def test_a_profile_may_come_from_an_asset(self) -> None:
        declaration = legacy.legacy_profile_from("asset.wlan", "cfg.wlan")

        assert declaration.payload == {"ProfileAssetReference": "asset.wlan"}

    def test_an_address_without_tls_is_refused(self) -> None:
        plain = "http://mdm.beispielstadt.example/p"

        assert refused(lambda: legacy.legacy_profile(plain, "cfg.wlan")) == "ProfileURL"


class TestExams:
    def test_plain_arithmetic_switches_everything_else_off(self) -> None:
        declaration = calculator.calculator_settings(calculator.PLAIN_ARITHMETIC, "cfg.math")

        assert declaration.payload == {
            "Calculator": {
                "BasicMode": {"AddSquareRoot": False},
                "ScientificMode": {"Enabled": False},
                "MathNotesMode": {"Enabled": False},
                "InputModes": {"UnitConversion": False},
            },
            "SystemBehavior": {"KeyboardSuggestions": False, "MathNotes": False},
        }

    def test_half_a_behaviour_is_refused(self) -> None:
        field = refused(lambda: calculator.CalculatorSettings(suggest_results=False))

        assert field == "SystemBehavior"

    def test_a_calculator_without_an_opinion_is_refused(self) -> None:
        assert refused(calculator.CalculatorSettings) == "Calculator"

    def test_a_keyboard_may_give_no_help(self) -> None:
        declaration = assistance.keyboard_settings(assistance.NO_HELP_WHILE_TYPING, "cfg.k")

        assert set(declaration.payload.values()) == {False}
        assert len(declaration.payload) == 8


class TestAssistance:
    def test_intelligence_is_set_per_app_and_as_a_whole(self) -> None:
        settings = assistance.IntelligenceSettings(writing_tools=False, mail_summaries=False)

        assert assistance.intelligence_settings(settings, "cfg.i").payload == {
            "AllowWritingTools": False,
            "Apps": {"Mail": {"AllowSummary": False}},
        }

    def test_siri_is_set(self) -> None:
        settings = assistance.SiriSettings(while_locked=False)

        assert assistance.siri_settings(settings, "cfg.s").payload == {"AllowWhileLocked": False}

    def test_services_of_others_are_set(self) -> None:
        declaration = assistance.external_intelligence_settings("cfg.e", enabled=False)

        assert declaration.payload == {"Enabled": False}

    def test_settings_without_an_opinion_are_refused(self) -> None:
        empty = assistance.SiriSettings()

        assert refused(lambda: assistance.siri_settings(empty, "cfg.s")) == "Payload"


class TestSafari:
    def test_settings_become_keys(self) -> None:
        settings = safari.SafariSettings(
            cookies=safari.Cookies.CURRENT_WEBSITE, home_page="https://schule.example"
        )

        assert safari.safari_settings(settings, "cfg.s").payload == {
            "AcceptCookies": "CurrentWebsite",
            "NewTabStartPage": {"PageType": "Home", "HomepageURL": "https://schule.example"},
        }

    def test_bookmarks_stand_in_one_folder(self) -> None:
        page = safari.Bookmark("Mensa", "https://schule.example/mensa")

        assert safari.bookmarks([page], "Schule", "schule-040", "cfg.b").payload == {
            "ManagedBookmarks": [
                {
                    "GroupIdentifier": "schule-040",
                    "Title": "Schule",
                    "Bookmarks": [{"Title": "Mensa", "URL": "https://schule.example/mensa"}],
                }
            ]
        }

    def test_all_extensions_may_be_off(self) -> None:
        rules = {safari.EVERY_EXTENSION: safari.ExtensionRules(safari.ExtensionState.OFF)}

        assert safari.extensions(rules, "cfg.e").payload == {
            "ManagedExtensions": {"*": {"State": "AlwaysOff"}}
        }

    @pytest.mark.parametrize(
        "rules",
        [
            {},
            {"com.example.x (TEAM)": safari.ExtensionRules()},
            {"*": safari.ExtensionRules(allowed_domains=("example.org",))},
        ],
    )
    def test_rules_without_effect_are_refused(
        self, rules: dict[str, safari.ExtensionRules]
    ) -> None:
        field = refused(lambda: safari.extensions(rules, "cfg.e"))

        assert field.startswith("ManagedExtensions")


def test_certificates_and_identities_name_their_asset() -> None:
    assert security.installed_identity("asset.key", "cfg.k").payload == {
        "CredentialAssetReference": "asset.key"
    }
    field = refused(lambda: security.installed_certificate("a/b", "cfg.k"))
    assert field == "CredentialAssetReference"


@given(st.integers(4, 11), st.integers(0, 16), st.booleans())
def test_every_accepted_passcode_rule_can_be_written(
    failures: int, length: int, complex_one: bool
) -> None:
    settings = PasscodeSettings(
        erase_after_failures=failures, minimum_length=length, require_complex=complex_one
    )

    assert to_bytes(passcode.passcode_settings(settings, "cfg.p"))
