"""The Wi-Fi payload and its three ways in."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiles.configuration_profile import ConfigurationProfile, read_profile, to_bytes
from profiles.errors import InvalidPayload
from profiles.payloads.wifi import (
    EapTls,
    Encryption,
    Peap,
    Personal,
    ServerTrust,
    TlsRange,
    TlsVersion,
    WifiNetwork,
    wifi_payload,
)
from profiles.schema.reader import problems_in
from profiles.variables import DeviceVariables, fill

IDENTIFIER = "de.beispielstadt.wlan.nord"
IDENTITY_UUID = "11111111-2222-5333-8444-555555555555"
ANCHOR_UUID = "AAAAAAAA-BBBB-5CCC-8DDD-EEEEEEEEEEEE"
TRUST = ServerTrust(("radius.beispielstadt.de",), (ANCHOR_UUID,))
NOBODY = DeviceVariables()


def a_network(**changes: Any) -> WifiNetwork:
    settings: dict[str, Any] = {"ssid": "Schule-Nord", "access": Personal("korrekt pferd")}
    return WifiNetwork(**settings | changes)


def content_of(network: WifiNetwork) -> dict[str, Any]:
    filled: dict[str, Any] = fill(wifi_payload(network, IDENTIFIER).content, NOBODY)
    return filled


def refused(make: Any) -> InvalidPayload:
    with pytest.raises(InvalidPayload) as error:
        make()
    assert error.value.next_step
    return error.value


class TestNetworks:
    def test_a_shared_passphrase_gives_the_shortest_payload(self) -> None:
        assert content_of(a_network()) == {
            "SSID_STR": "Schule-Nord",
            "HIDDEN_NETWORK": False,
            "AutoJoin": True,
            "CaptiveBypass": False,
            "DisableAssociationMACRandomization": False,
            "ProxyType": "None",
            "EncryptionType": "WPA2",
            "Password": "korrekt pferd",
        }

    @pytest.mark.parametrize(
        ("setting", "value", "key"),
        [
            ("hidden", True, "HIDDEN_NETWORK"),
            ("auto_join", False, "AutoJoin"),
            ("bypass_captive_portal", True, "CaptiveBypass"),
            ("fixed_mac_address", True, "DisableAssociationMACRandomization"),
        ],
    )
    def test_each_switch_has_its_key(self, setting: str, value: bool, key: str) -> None:
        assert content_of(a_network(**{setting: value}))[key] is value

    @pytest.mark.parametrize("ssid", ["a", "a" * 32, "ü" * 16, "Café 2", " Rand ", "$SERIAL", "$$"])
    def test_a_name_of_up_to_32_bytes_is_kept_as_it_is(self, ssid: str) -> None:
        assert content_of(a_network(ssid=ssid))["SSID_STR"] == ssid

    @pytest.mark.parametrize("ssid", ["", "a" * 33, "ü" * 17, "a\nb", "a\x00", "\x7f", "\ud800"])
    def test_other_names_are_refused(self, ssid: str) -> None:
        error = refused(lambda: wifi_payload(a_network(ssid=ssid), IDENTIFIER))

        assert error.field == "SSID_STR"

    def test_the_same_network_has_the_same_uuid(self) -> None:
        first, second = (wifi_payload(a_network(), IDENTIFIER) for _ in range(2))

        assert first == second

    def test_a_new_passphrase_gives_a_new_uuid(self) -> None:
        before = wifi_payload(a_network(), IDENTIFIER)
        after = wifi_payload(a_network(access=Personal("anderes pferd")), IDENTIFIER)

        assert before.identifier == after.identifier
        assert before.uuid != after.uuid

    def test_a_payload_survives_a_profile(self) -> None:
        payload = wifi_payload(a_network(access=EapTls(IDENTITY_UUID, TRUST)), IDENTIFIER)
        profile = ConfigurationProfile("de.beispielstadt.p", ANCHOR_UUID, "WLAN", (payload,))

        read = read_profile(to_bytes(profile)).payloads[0]

        assert (read.type, read.uuid, dict(read.content)) == (
            "com.apple.wifi.managed",
            payload.uuid,
            dict(payload.content),
        )

    @pytest.mark.parametrize("identifier", ["", "de..wlan", "de.wlan $SERIAL"])
    def test_an_identifier_must_be_one(self, identifier: str) -> None:
        error = refused(lambda: wifi_payload(a_network(), identifier))

        assert error.field == "PayloadIdentifier"


class TestPassphrases:
    @pytest.mark.parametrize("passphrase", ["8 Zeiche", "x" * 63, "0123456789abcDEF" * 4])
    def test_both_forms_of_a_passphrase_are_accepted(self, passphrase: str) -> None:
        content = content_of(a_network(access=Personal(passphrase)))

        assert content["Password"] == passphrase

    @pytest.mark.parametrize(
        "passphrase", ["", "7zeiche", "x" * 64, "x" * 65, "schlüssel1", "tab\tulator", "zeile 12\n"]
    )
    def test_other_passphrases_are_refused_without_being_repeated(self, passphrase: str) -> None:
        error = refused(lambda: Personal(passphrase))

        assert error.field == "Password"
        assert not passphrase or passphrase not in str(error)

    def test_a_passphrase_with_dollar_signs_arrives_as_typed(self) -> None:
        content = content_of(a_network(access=Personal("pa$$WORD$SERIAL")))

        assert content["Password"] == "pa$$WORD$SERIAL"

    def test_wpa3_alone_takes_no_raw_key(self) -> None:
        error = refused(lambda: Personal("0" * 64, Encryption.WPA3_ONLY))

        assert error.field == "Password"

    def test_wpa3_alone_is_said_to_the_device(self) -> None:
        network = a_network(access=Personal("korrekt pferd", Encryption.WPA3_ONLY))

        assert content_of(network)["EncryptionType"] == "WPA3"

    def test_no_passphrase_is_shown_in_a_log(self) -> None:
        assert "pferd" not in repr(a_network())


class TestCertificates:
    def test_the_devices_own_certificate_is_referred_to(self) -> None:
        content = content_of(a_network(access=EapTls(IDENTITY_UUID, TRUST)))

        assert content["PayloadCertificateUUID"] == IDENTITY_UUID
        assert content["EAPClientConfiguration"] == {
            "AcceptEAPTypes": [13],
            "PayloadCertificateAnchorUUID": [ANCHOR_UUID],
            "TLSTrustedServerNames": ["radius.beispielstadt.de"],
            "TLSMinimumVersion": "1.2",
            "TLSMaximumVersion": "1.2",
        }

    def test_a_user_name_may_hold_variables(self) -> None:
        access = EapTls(IDENTITY_UUID, TRUST, user_name="host/$SERIAL")
        payload = wifi_payload(a_network(access=access), IDENTIFIER)

        filled = fill(payload.content, DeviceVariables(serial="DMPTEST00001"))

        assert filled["EAPClientConfiguration"]["UserName"] == "host/DMPTEST00001"

    def test_an_unknown_variable_is_refused_before_saving(self) -> None:
        access = EapTls(IDENTITY_UUID, TRUST, user_name="$EMAIL")

        error = refused(lambda: wifi_payload(a_network(access=access), IDENTIFIER))

        assert error.field == "EAPClientConfiguration"
        assert "$EMAIL" in error.problem

    @pytest.mark.parametrize("uuid", ["", "identity", "$UDID", IDENTITY_UUID + "0"])
    def test_the_identity_must_be_a_payloads_uuid(self, uuid: str) -> None:
        error = refused(lambda: wifi_payload(a_network(access=EapTls(uuid, TRUST)), IDENTIFIER))

        assert error.field == "PayloadCertificateUUID"

    def test_an_anchor_must_be_a_payloads_uuid(self) -> None:
        access = EapTls(IDENTITY_UUID, ServerTrust(anchor_uuids=("root",)))

        error = refused(lambda: wifi_payload(a_network(access=access), IDENTIFIER))

        assert error.field == "EAPClientConfiguration.PayloadCertificateAnchorUUID[0]"


class TestTrust:
    def test_without_names_and_anchors_nothing_would_be_trusted(self) -> None:
        error = refused(ServerTrust)

        assert "trust" in error.problem

    def test_what_is_not_given_is_not_written(self) -> None:
        names = EapTls(IDENTITY_UUID, ServerTrust(("radius.beispielstadt.de",)))
        anchors = EapTls(IDENTITY_UUID, ServerTrust(anchor_uuids=(ANCHOR_UUID,)))

        by_name = content_of(a_network(access=names))["EAPClientConfiguration"]
        by_anchor = content_of(a_network(access=anchors))["EAPClientConfiguration"]

        assert "PayloadCertificateAnchorUUID" not in by_name
        assert "TLSTrustedServerNames" not in by_anchor

    @pytest.mark.parametrize("name", ["", "*", "*.*", ".", "a b", "a\n"])
    def test_a_name_that_fits_every_server_or_none_is_refused(self, name: str) -> None:
        error = refused(lambda: ServerTrust(("radius.beispielstadt.de", name)))

        assert error.field == "EAPClientConfiguration.TLSTrustedServerNames"

    def test_a_wildcard_inside_a_name_is_accepted(self) -> None:
        assert ServerTrust(("radius.*.beispielstadt.de",)).server_names

    def test_the_oldest_tls_cannot_be_newer_than_the_newest(self) -> None:
        error = refused(lambda: TlsRange(TlsVersion.TLS_1_3, TlsVersion.TLS_1_2))

        assert error.field == "EAPClientConfiguration.TLSMinimumVersion"


class TestPasswords:
    peap = Peap("ipad-$SERIAL", "ge$$HEIM", TRUST, outer_identity="anonymous")

    def test_a_name_and_a_password_are_written(self) -> None:
        payload = wifi_payload(a_network(access=self.peap), IDENTIFIER)

        filled = fill(payload.content, DeviceVariables(serial="DMPTEST00001"))

        assert "PayloadCertificateUUID" not in filled
        assert filled["EAPClientConfiguration"] == {
            "AcceptEAPTypes": [25],
            "UserName": "ipad-DMPTEST00001",
            "UserPassword": "ge$$HEIM",
            "OneTimeUserPassword": False,
            "OuterIdentity": "anonymous",
            "PayloadCertificateAnchorUUID": [ANCHOR_UUID],
            "TLSTrustedServerNames": ["radius.beispielstadt.de"],
            "TLSMinimumVersion": "1.2",
            "TLSMaximumVersion": "1.2",
        }

    @pytest.mark.parametrize(
        ("field", "key"), [("user_name", "UserName"), ("password", "UserPassword")]
    )
    def test_neither_may_be_empty(self, field: str, key: str) -> None:
        changes: dict[str, Any] = {field: ""}

        error = refused(lambda: replace(self.peap, **changes))

        assert error.field == f"EAPClientConfiguration.{key}"

    def test_tls_1_3_alone_needs_an_outer_identity(self) -> None:
        newest = TlsRange(TlsVersion.TLS_1_3, TlsVersion.TLS_1_3)

        error = refused(lambda: Peap("ipad", "geheim", TRUST, tls=newest))

        assert error.field == "EAPClientConfiguration.OuterIdentity"

    def test_no_password_is_shown_in_a_log(self) -> None:
        assert "HEIM" not in repr(a_network(access=self.peap))


UUIDS = st.uuids().map(lambda value: str(value).upper())
NAMES = st.text("abc.-", min_size=1, max_size=20).filter(lambda name: name.strip("*."))
TRUSTS = st.builds(
    ServerTrust,
    st.lists(NAMES, min_size=1, max_size=2).map(tuple),
    st.lists(UUIDS, max_size=2).map(tuple),
)
PASSPHRASES = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=8, max_size=63)
ACCESSES = st.one_of(
    st.builds(Personal, PASSPHRASES, st.sampled_from(Encryption)),
    st.builds(EapTls, UUIDS, TRUSTS),
    st.builds(Peap, NAMES, PASSPHRASES, TRUSTS),
)
SSIDS = st.text(st.characters(min_codepoint=32, max_codepoint=0x24F), min_size=1, max_size=16)


@given(
    st.builds(WifiNetwork, SSIDS.filter(lambda s: "\x7f" not in s), ACCESSES, *[st.booleans()] * 4)
)
def test_every_network_that_can_be_described_is_a_correct_payload(network: WifiNetwork) -> None:
    content = content_of(network)

    assert problems_in("com.apple.wifi.managed", content) == []
    assert content["SSID_STR"] == network.ssid
