"""VPN for the whole iPad, for single apps and always; relays."""

from collections.abc import Iterator
from typing import Any

import pytest

from profiles.payloads.on_demand import Action, OnDemandRule
from profiles.payloads.relay import Relay, RelayServer, relay_payload
from profiles.payloads.vpn import OnDemand, PerAppVpn, Vpn, per_app_vpn_payload, vpn_payload
from profiles.payloads.vpn_ikev2 import (
    DeviceCertificate,
    Ikev2,
    Ikev2Access,
    NameAndPassword,
    SharedSecret,
)
from profiles.payloads.vpn_kinds import AlwaysOn, AppTunnel, Service
from profiles.payloads.vpn_proposal import SecurityAssociation
from tests.profiles.payloads.examples import EXAMPLES
from tests.profiles.payloads.support import APP, IDENTIFIER, UUID, content_of, refused

CERTIFICATE = DeviceCertificate(UUID)
ALWAYS = OnDemand((OnDemandRule(Action.CONNECT),))


def ikev2(access: Ikev2Access = CERTIFICATE, **changes: Any) -> Ikev2:
    """A tunnel of which only the access matters."""
    return Ikev2("vpn.example.org", "vpn.example.org", "ipad", access, **changes)


def tunnel_of(vpn: Vpn, key: str = "IKEv2") -> dict[str, Any]:
    """The tunnel's own dictionary."""
    tunnel: dict[str, Any] = content_of(vpn_payload(vpn, IDENTIFIER))[key]
    return tunnel


class TestIkev2:
    @pytest.mark.parametrize(
        ("access", "method", "extended"),
        [
            (SharedSecret("geheim"), "SharedSecret", 0),
            (DeviceCertificate(UUID), "Certificate", 0),
            (NameAndPassword("ipad", "geheim"), "None", 1),
        ],
    )
    def test_each_access_has_its_method(
        self, access: Ikev2Access, method: str, extended: int
    ) -> None:
        tunnel = tunnel_of(Vpn("Schule", ikev2(access)))

        assert tunnel["AuthenticationMethod"] == method
        assert tunnel["ExtendedAuthEnabled"] == extended

    def test_switches_are_numbers(self) -> None:
        payload = EXAMPLES["vpn, ikev2"]()

        assert True not in [value for value in _flat(payload.content) if type(value) is bool]
        assert tunnel_of(Vpn("Schule", ikev2()))["EnablePFS"] == 1

    def test_both_ends_agree_upon_something_strong(self) -> None:
        tunnel = tunnel_of(Vpn("Schule", ikev2()))

        assert tunnel["IKESecurityAssociationParameters"] == {
            "EncryptionAlgorithm": "AES-256-GCM",
            "IntegrityAlgorithm": "SHA2-256",
            "DiffieHellmanGroup": 19,
            "LifeTimeInMinutes": 1440,
        }

    @pytest.mark.parametrize("group", [1, 2, 5, 22])
    def test_weak_groups_are_refused(self, group: int) -> None:
        assert refused(lambda: SecurityAssociation(group=group)).field == "DiffieHellmanGroup"

    @pytest.mark.parametrize("mtu", [1279, 1401])
    def test_packets_have_a_size_that_networks_carry(self, mtu: int) -> None:
        error = refused(lambda: vpn_payload(Vpn("Schule", ikev2(mtu=mtu)), IDENTIFIER))

        assert error.field == "IKEv2.MTU"

    @pytest.mark.parametrize(
        ("make", "field"),
        [
            (lambda: SharedSecret(""), "IKEv2.SharedSecret"),
            (lambda: NameAndPassword("", "x"), "IKEv2.AuthName"),
            (lambda: NameAndPassword("x", ""), "IKEv2.AuthPassword"),
            (lambda: Ikev2("https://vpn", "a", "b", SharedSecret("x")), "IKEv2.RemoteAddress"),
            (lambda: Ikev2("vpn", "", "b", SharedSecret("x")), "IKEv2.RemoteIdentifier"),
            (lambda: Ikev2("vpn", "a", "", SharedSecret("x")), "IKEv2.LocalIdentifier"),
        ],
    )
    def test_what_an_ipad_could_not_ask_for_is_needed(self, make: Any, field: str) -> None:
        assert refused(make).field == field

    @pytest.mark.parametrize("access", [SharedSecret("geheim"), NameAndPassword("a", "geheim")])
    def test_no_secret_is_shown_in_a_log(self, access: Ikev2Access) -> None:
        assert "geheim" not in repr(Vpn("Schule", ikev2(access)))


class TestConnecting:
    def test_rules_stand_beside_the_tunnel_that_they_are_for(self) -> None:
        tunnel = tunnel_of(Vpn("Schule", ikev2(), ALWAYS))

        assert tunnel["OnDemandEnabled"] == 1
        assert tunnel["OnDemandUserOverrideDisabled"] == 0
        assert tunnel["OnDemandRules"] == [{"Action": "Connect"}]

    def test_without_rules_nothing_is_said_of_connecting(self) -> None:
        assert not [key for key in tunnel_of(Vpn("Schule", ikev2())) if "OnDemand" in key]

    @pytest.mark.parametrize(
        ("make", "field"),
        [
            (lambda: Vpn("", ikev2()), "UserDefinedName"),
            (lambda: PerAppVpn("", ikev2(), UUID), "UserDefinedName"),
            (lambda: AppTunnel("vpn", "vpn.example.org"), "VPNSubType"),
            (lambda: AppTunnel(APP, "vpn:1"), "VPN.RemoteAddress"),
            (
                lambda: AppTunnel(APP, "vpn", provider_bundle_id="x"),
                "VPN.ProviderBundleIdentifier",
            ),
            (
                lambda: AlwaysOn(ikev2(), ikev2(), apps_beside=("x",)),
                "AlwaysOn.ApplicationExceptions.BundleIdentifier",
            ),
            (lambda: Relay((RelayServer("https://r"),), relay_uuid="x"), "RelayUUID"),
        ],
    )
    def test_what_names_no_tunnel_is_refused(self, make: Any, field: str) -> None:
        assert refused(make).field == field

    def test_no_rules_are_no_rules(self) -> None:
        assert refused(lambda: OnDemand(())).field == "OnDemandRules"


class TestTunnelsOfApps:
    @pytest.mark.parametrize(
        ("setting", "method"),
        [
            ({"password": "x"}, "Password"),
            ({"identity_uuid": UUID}, "Certificate"),
            ({"password": "x", "identity_uuid": UUID}, "Password+Certificate"),
            ({}, "Password"),
        ],
    )
    def test_what_is_given_decides_how_to_sign_in(
        self, setting: dict[str, Any], method: str
    ) -> None:
        vpn = Vpn("Schule", AppTunnel(APP, "vpn.example.org", **setting))

        assert tunnel_of(vpn, "VPN")["AuthenticationMethod"] == method

    def test_the_app_is_named_beside_the_tunnel(self) -> None:
        content = content_of(vpn_payload(Vpn("S", AppTunnel(APP, "v.example.org")), IDENTIFIER))

        assert (content["VPNType"], content["VPNSubType"]) == ("VPN", APP)

    def test_apps_are_bound_to_a_tunnel_by_its_uuid(self) -> None:
        content = content_of(per_app_vpn_payload(PerAppVpn("Apps", ikev2(), UUID), IDENTIFIER))

        assert content["VPNUUID"] == UUID
        assert content["OnDemandMatchAppEnabled"] is True

    def test_that_uuid_must_be_one(self) -> None:
        assert refused(lambda: PerAppVpn("Apps", ikev2(), "apps")).field == "VPNUUID"


class TestAlwaysOn:
    def test_one_tunnel_serves_both_kinds_of_networks(self) -> None:
        content = tunnel_of(Vpn("Schule", AlwaysOn(ikev2(), ikev2())), "AlwaysOn")

        (tunnel,) = content["TunnelConfigurations"]
        assert tunnel["Interfaces"] == ["WiFi", "Cellular"]
        assert tunnel["RemoteAddress"] == "vpn.example.org"

    def test_different_tunnels_are_two(self) -> None:
        other = ikev2(SharedSecret("x"))

        content = tunnel_of(Vpn("Schule", AlwaysOn(ikev2(), other)), "AlwaysOn")

        assert [tunnel["Interfaces"] for tunnel in content["TunnelConfigurations"]] == [
            ["WiFi"],
            ["Cellular"],
        ]

    def test_a_service_goes_one_way(self) -> None:
        both = frozenset({Service.AIRPRINT})

        error = refused(lambda: AlwaysOn(ikev2(), ikev2(), beside=both, dropped=both))

        assert error.field == "AlwaysOn.ServiceExceptions"

    def test_it_needs_no_rules(self) -> None:
        error = refused(lambda: Vpn("Schule", AlwaysOn(ikev2(), ikev2()), ALWAYS))

        assert error.field == "AlwaysOn"


class TestRelays:
    def test_a_server_needs_an_address(self) -> None:
        assert refused(RelayServer).field == "Relays"

    def test_only_https_addresses_are_servers(self) -> None:
        assert refused(lambda: RelayServer("http://r.example.org")).field == "Relays.HTTP3RelayURL"

    def test_a_relay_needs_a_server(self) -> None:
        assert refused(lambda: Relay(())).field == "Relays"

    def test_headers_are_secrets(self) -> None:
        server = RelayServer("https://r.example.org/", headers={"Authorization": "geheim"})

        assert "geheim" not in repr(server)
        assert content_of(relay_payload(Relay((server,)), IDENTIFIER)) == {
            "Relays": [
                {
                    "HTTP3RelayURL": "https://r.example.org/",
                    "AdditionalHTTPHeaderFields": {"Authorization": "geheim"},
                }
            ]
        }


def _flat(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for entry in value.values():
            yield from _flat(entry)
    elif isinstance(value, list):
        for entry in value:
            yield from _flat(entry)
    else:
        yield value
