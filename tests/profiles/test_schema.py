"""Versions, checks that hold for every device, and hints about one device."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiles.errors import InvalidPayload
from profiles.schema.facts import Channel, KeyFacts, ValueKind
from profiles.schema.hints import DeviceTraits, HintKind, unsupported_on
from profiles.schema.os_version import OsVersion
from profiles.schema.reader import check, problems_in
from profiles.schema.tables import facts_of, payload_types

RESTRICTIONS = "com.apple.applicationaccess"
WIFI = "com.apple.wifi.managed"
SCEP = "com.apple.security.scep"

RESTRICTION_KEYS = sorted(facts_of(RESTRICTIONS).keys.values(), key=lambda facts: facts.name)

OF_ANOTHER_KIND: dict[ValueKind, list[object]] = {
    ValueKind.BOOLEAN: [0, 1, "true", None, [], 1.0],
    ValueKind.INTEGER: [True, "30", 30.0, None, [30]],
    ValueKind.REAL: [True, 2, "2.0", None],
    ValueKind.STRING: [True, 1, b"de", None, ["de"]],
    ValueKind.ARRAY: [True, "com.example.app", {}, {"com.example.app"}, None, [1], [None], [b"a"]],
}


def a_valid_value(facts: KeyFacts) -> object:
    if facts.allowed:
        return facts.allowed[0]
    if facts.kind is ValueKind.ARRAY:
        return ["com.example.app"]
    return facts.default


class TestVersions:
    @pytest.mark.parametrize("text", ["17.4.1", "26.0", "13.4", "8.1.3", "18.1.0.1"])
    def test_a_version_reads_and_prints_alike(self, text: str) -> None:
        assert str(OsVersion.parse(text)) == text

    def test_missing_parts_count_as_zero(self) -> None:
        assert OsVersion.parse("17") == OsVersion.parse("17.0.0") == OsVersion(17)

    def test_versions_compare_by_number_and_not_by_letter(self) -> None:
        texts = ["18.10", "9.3.2", "18.2", "18.2.1", "26"]

        ordered = sorted(OsVersion.parse(text) for text in texts)

        assert [str(v) for v in ordered] == ["9.3.2", "18.2", "18.2.1", "18.10", "26.0"]

    @pytest.mark.parametrize(
        "text", ["", "17.", ".4", "17.4b", "17 ", "-1", "1.2.3.4.5", "v17", "١٧", "99999", "17\n"]
    )
    def test_anything_else_is_no_version(self, text: str) -> None:
        with pytest.raises(ValueError, match="version"):
            OsVersion.parse(text)

    @given(st.tuples(*[st.integers(0, 9999)] * 4))
    def test_printing_loses_nothing(self, parts: tuple[int, int, int, int]) -> None:
        version = OsVersion(*parts)

        assert OsVersion.parse(str(version)) == version


class TestErrorsOfEveryDevice:
    @pytest.mark.parametrize("facts", RESTRICTION_KEYS, ids=lambda facts: facts.name)
    def test_every_restriction_accepts_its_kind_and_refuses_others(self, facts: KeyFacts) -> None:
        valid = a_valid_value(facts)

        assert problems_in(RESTRICTIONS, {facts.name: valid}) == []
        for wrong in OF_ANOTHER_KIND[facts.kind]:
            assert problems_in(RESTRICTIONS, {facts.name: wrong}), wrong

    @pytest.mark.parametrize("days", [1, 90])
    def test_both_ends_of_a_range_are_inside(self, days: int) -> None:
        check(RESTRICTIONS, {"enforcedSoftwareUpdateDelay": days})

    @pytest.mark.parametrize("days", [0, 91, -1, 2**70])
    def test_beyond_a_range_is_refused(self, days: int) -> None:
        with pytest.raises(InvalidPayload) as refused:
            check(RESTRICTIONS, {"enforcedSoftwareUpdateDelay": days})

        assert refused.value.field == "enforcedSoftwareUpdateDelay"
        assert refused.value.next_step == "give 1 to 90"

    @pytest.mark.parametrize(
        ("key", "value"),
        [
            ("ratingApps", 250),
            ("ratingMovies", 600),
            ("ratingRegion", "DE"),
            ("safariAcceptCookies", 0.5),
            ("safariAcceptCookies", float("nan")),
        ],
    )
    def test_a_value_that_is_not_listed_is_refused(self, key: str, value: object) -> None:
        with pytest.raises(InvalidPayload) as refused:
            check(RESTRICTIONS, {key: value})

        assert refused.value.field == key

    def test_a_misspelt_key_is_refused_with_the_nearest_one(self) -> None:
        with pytest.raises(InvalidPayload) as refused:
            check(RESTRICTIONS, {"allowcamera": True})

        assert refused.value.next_step == "did you mean allowCamera?"

    @given(st.sampled_from(sorted(payload_types())), st.text(max_size=40), st.booleans())
    def test_an_unknown_key_is_always_refused(
        self, payload_type: str, key: str, value: bool
    ) -> None:
        if key in facts_of(payload_type).keys:
            return

        assert key in [problem.field for problem in problems_in(payload_type, {key: value})]

    def test_an_endless_key_is_not_repeated_in_the_error(self) -> None:
        problems = problems_in(RESTRICTIONS, {"a" * 10_000: True})

        assert len(problems[0].field) < 100

    def test_keys_for_computers_are_unknown(self) -> None:
        assert problems_in(RESTRICTIONS, {"allowTimeMachineBackup": False})
        assert problems_in(WIFI, {"SetupModes": ["System"]})

    def test_errors_deep_inside_name_the_whole_path(self) -> None:
        content = {"EAPClientConfiguration": {"AcceptEAPTypes": [13, 14], "Foo": 1}}

        fields = [problem.field for problem in problems_in(WIFI, content)]

        assert fields == [
            "EAPClientConfiguration.AcceptEAPTypes[1]",
            "EAPClientConfiguration.Foo",
        ]

    def test_a_missing_key_is_named(self) -> None:
        problems = problems_in(WIFI, {"EAPClientConfiguration": {}})

        assert [(p.field, p.problem) for p in problems] == [
            ("EAPClientConfiguration.AcceptEAPTypes", "is missing")
        ]

    def test_a_subject_two_arrays_deep_is_refused(self) -> None:
        request = {"URL": "https://mdm.example.org/scep", "Subject": [["CN", "x"]]}

        problems = problems_in(SCEP, {"PayloadContent": request})

        assert [p.field for p in problems] == [
            "PayloadContent.Subject[0][0]",
            "PayloadContent.Subject[0][1]",
        ]

    def test_a_pair_needs_two_elements(self) -> None:
        request = {"URL": "https://mdm.example.org/scep", "Subject": [[["CN", "x", "y"]]]}

        problems = problems_in(SCEP, {"PayloadContent": request})

        assert [(p.field, p.next_step) for p in problems] == [
            ("PayloadContent.Subject[0][0]", "give 2 to 2")
        ]

    def test_an_alternative_name_may_be_one_text_or_several(self) -> None:
        request = {
            "URL": "https://mdm.example.org/scep",
            "SubjectAltName": {"dNSName": "a.example.org", "rfc822Name": ["a@example.org"]},
        }

        assert problems_in(SCEP, {"PayloadContent": request}) == []

    @pytest.mark.parametrize("text", ["not-a-uuid", "", "A" * 36, "$UDID"])
    def test_a_reference_must_have_the_form_of_a_uuid(self, text: str) -> None:
        assert problems_in(WIFI, {"PayloadCertificateUUID": text})

    def test_a_payload_without_a_table_is_refused(self) -> None:
        with pytest.raises(InvalidPayload) as refused:
            check("../facts", {})

        assert refused.value.field == "PayloadType"


class TestHintsAboutOneDevice:
    def kinds(self, content: dict[str, object], device: DeviceTraits) -> list[HintKind]:
        return [hint.kind for hint in unsupported_on(RESTRICTIONS, content, device)]

    def test_a_key_newer_than_the_device_is_named_with_its_version(self) -> None:
        device = DeviceTraits(OsVersion(17, 3), supervised=True)

        hints = unsupported_on(RESTRICTIONS, {"allowAutoDim": False}, device)

        assert [(h.field, h.kind, h.version) for h in hints] == [
            ("allowAutoDim", HintKind.NEEDS_NEWER_OS, OsVersion(17, 4))
        ]

    def test_a_supervised_key_on_an_unsupervised_device_is_named(self) -> None:
        device = DeviceTraits(OsVersion(18), supervised=False)

        assert self.kinds({"allowAirDrop": False, "allowCamera": False}, device) == [
            HintKind.NEEDS_SUPERVISION
        ]

    def test_supervision_is_asked_only_since_the_version_that_asks(self) -> None:
        content: dict[str, object] = {"allowSafari": False}

        assert self.kinds(content, DeviceTraits(OsVersion(12, 5), supervised=False)) == []
        assert self.kinds(content, DeviceTraits(OsVersion(13), supervised=False)) == [
            HintKind.NEEDS_SUPERVISION
        ]

    def test_a_removed_key_names_what_takes_its_place(self) -> None:
        device = DeviceTraits(OsVersion(27), supervised=True)

        (hint,) = unsupported_on(RESTRICTIONS, {"forceDelayedSoftwareUpdates": True}, device)

        assert hint.kind is HintKind.REMOVED
        assert hint.replacement == "com.apple.configuration.softwareupdate.settings"

    def test_a_deprecated_key_still_works_and_is_named(self) -> None:
        device = DeviceTraits(OsVersion(26, 4), supervised=True)

        assert self.kinds({"allowDictation": False}, device) == [HintKind.DEPRECATED]

    def test_what_is_not_known_about_a_device_gives_no_hint(self) -> None:
        assert self.kinds({"allowAirDrop": False, "allowAutoDim": False}, DeviceTraits()) == []

    def test_keys_that_a_shared_ipad_ignores_are_named(self) -> None:
        device = DeviceTraits(OsVersion(18), supervised=True, shared_ipad=True)
        content: dict[str, object] = {"allowPasscodeModification": False, "allowGenmoji": False}

        assert self.kinds(content, device) == [HintKind.NOT_ON_SHARED_IPAD] * 2

    def test_keys_that_a_private_ipad_refuses_are_named(self) -> None:
        device = DeviceTraits(OsVersion(18), user_enrollment=True)

        assert self.kinds({"allowCamera": False, "allowScreenShot": False}, device) == [
            HintKind.NOT_IN_USER_ENROLLMENT
        ]

    def test_a_payload_on_the_wrong_channel_of_a_shared_ipad_is_named(self) -> None:
        device = DeviceTraits(shared_ipad=True, channel=Channel.USER)

        hints = unsupported_on(WIFI, {"SSID_STR": "Schule"}, device)

        assert [(h.field, h.kind) for h in hints] == [("PayloadType", HintKind.WRONG_CHANNEL)]

    def test_a_payload_newer_than_the_device_needs_no_hints_about_its_keys(self) -> None:
        device = DeviceTraits(OsVersion(15))

        hints = unsupported_on("com.apple.security.acme", {"Attest": True}, device)

        assert [h.field for h in hints] == ["PayloadType"]

    def test_hints_reach_into_dictionaries(self) -> None:
        content = {"EAPClientConfiguration": {"TLSAllowTrustExceptions": True}}

        hints = unsupported_on(WIFI, content, DeviceTraits(OsVersion(18)))

        assert [h.field for h in hints] == ["EAPClientConfiguration.TLSAllowTrustExceptions"]

    @pytest.mark.parametrize("facts", RESTRICTION_KEYS, ids=lambda facts: facts.name)
    def test_a_new_supervised_ipad_obeys_every_key_that_is_not_removed(
        self, facts: KeyFacts
    ) -> None:
        device = DeviceTraits(OsVersion(27), supervised=True)

        kinds = self.kinds({facts.name: a_valid_value(facts)}, device)

        assert set(kinds) <= {HintKind.DEPRECATED, HintKind.REMOVED}
        assert (HintKind.REMOVED in kinds) == (facts.removed is not None)


class TestPayloadsOfOtherPlatforms:
    def hints(
        self, payload_type: str, content: dict[str, object], device: DeviceTraits
    ) -> list[tuple[str, HintKind]]:
        found = unsupported_on(payload_type, content, device)
        return [(hint.field, hint.kind) for hint in found]

    def test_a_payload_for_apple_tv_is_not_for_ipads(self) -> None:
        hints = self.hints("com.apple.conferenceroomdisplay", {"Message": "Hallo"}, DeviceTraits())

        assert hints == [("PayloadType", HintKind.WRONG_PLATFORM)]

    def test_a_payload_for_ipads_is_not_for_apple_tv(self) -> None:
        device = DeviceTraits(OsVersion(18), supervised=True, apple_tv=True)

        assert self.hints("com.apple.education", {}, device) == [
            ("PayloadType", HintKind.WRONG_PLATFORM)
        ]

    def test_the_version_of_an_apple_tv_is_one_of_tvos(self) -> None:
        old, new = (DeviceTraits(OsVersion(major), apple_tv=True) for major in (16, 17))

        assert self.hints("com.apple.relay.managed", {}, new) == []
        assert self.hints("com.apple.relay.managed", {}, old) == [
            ("PayloadType", HintKind.NEEDS_NEWER_OS)
        ]

    def test_a_payload_in_an_old_form_still_works_and_is_named(self) -> None:
        hints = self.hints("com.apple.apn.managed", {}, DeviceTraits(OsVersion(18)))

        assert hints == [("PayloadType", HintKind.DEPRECATED)]

    def test_hints_reach_into_lists(self) -> None:
        content: dict[str, object] = {"AirPrint": [{"IPAddress": "192.0.2.9", "ForceTLS": True}]}

        hints = self.hints("com.apple.airprint", content, DeviceTraits(OsVersion(10)))

        assert hints == [("AirPrint[0].ForceTLS", HintKind.NEEDS_NEWER_OS)]

    def test_apples_own_filter_needs_supervision_and_that_of_an_app_does_not(self) -> None:
        device = DeviceTraits(OsVersion(18), supervised=False)
        filtering = "com.apple.webcontent-filter"

        assert self.hints(filtering, {"AutoFilterEnabled": True}, device) == [
            ("AutoFilterEnabled", HintKind.NEEDS_SUPERVISION)
        ]
        assert self.hints(filtering, {"PluginBundleID": "com.example.filter"}, device) == []


class TestSharedShapes:
    def test_a_tunnel_that_is_always_on_has_the_keys_of_ikev2_and_its_own(self) -> None:
        tunnels = facts_of("com.apple.vpn.managed").keys["AlwaysOn"].keys or {}
        tunnel = tunnels["TunnelConfigurations"].item

        assert tunnel is not None
        assert {"ProtocolType", "Interfaces", "RemoteAddress", "OnDemandRules"} <= set(
            tunnel.keys or {}
        )

    def test_vpn_for_apps_has_the_keys_of_vpn_and_its_own(self) -> None:
        keys = facts_of("com.apple.vpn.managed.applayer").keys

        assert {"VPNUUID", "SafariDomains", "IKEv2", "VPNType"} <= set(keys)

    def test_errors_inside_a_shape_name_the_whole_path(self) -> None:
        content = {"Pages": [[{"Type": "App", "BundleID": "com.example.app"}]]}

        problems = problems_in("com.apple.homescreenlayout", content)

        assert [problem.field for problem in problems] == ["Pages[0][0].Type"]
