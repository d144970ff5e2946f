"""Web filters, encrypted DNS, proxies and cellular rules."""

from typing import Any

import pytest

from profiles.payloads.cellular import AccessPoint, Protocols, cellular_payload
from profiles.payloads.dns import (
    DnsOverHttps,
    DnsOverTls,
    DnsProxy,
    DnsSettings,
    dns_settings_payload,
)
from profiles.payloads.http_proxy import (
    FixedProxy,
    GlobalProxy,
    ScriptedProxy,
    global_proxy_payload,
)
from profiles.payloads.network_usage import AppUsage, SimUsage, WifiAssist, network_usage_payload
from profiles.payloads.on_demand import Action, Evaluation, OnDemandRule
from profiles.payloads.web_filter import BuiltInFilter, Site, web_filter_payload
from profiles.payloads.web_filter_app import AppFilter
from tests.profiles.payloads.support import APP, IDENTIFIER, content_of, refused


class TestAppleFilter:
    def test_a_list_of_allowed_sites_needs_nothing_else(self) -> None:
        sites = BuiltInFilter(only=(Site("https://example.org/", "Beispiel"),))

        assert content_of(web_filter_payload(sites, IDENTIFIER)) == {
            "FilterType": "BuiltIn",
            "AutoFilterEnabled": False,
            "AllowListBookmarks": [{"URL": "https://example.org/", "Title": "Beispiel"}],
        }

    def test_a_filter_that_filters_nothing_is_refused(self) -> None:
        assert refused(BuiltInFilter).field == "FilterType"

    def test_exceptions_need_a_list_that_they_are_exceptions_from(self) -> None:
        error = refused(lambda: BuiltInFilter(denied=("a.org",), permitted=("b.org",)))

        assert error.field == "PermittedURLs"

    def test_five_hundred_sites_may_be_denied_and_no_more(self) -> None:
        sites = tuple(f"seite{number}.example.org" for number in range(501))

        assert BuiltInFilter(denied=sites[:500]).denied
        assert refused(lambda: BuiltInFilter(denied=sites)).field == "DenyListURLs"

    @pytest.mark.parametrize("site", ["", "spiele", "ftp://example.org", "a b.org", "a.org/x y"])
    def test_what_is_no_address_is_named_by_its_place(self, site: str) -> None:
        error = refused(lambda: BuiltInFilter(denied=("example.org", site)))

        assert error.field == "DenyListURLs[1]"

    def test_an_allowed_site_has_an_address_and_a_title(self) -> None:
        assert refused(lambda: Site("example.org", "A")).field == "AllowListBookmarks.URL"
        assert refused(lambda: Site("https://a.org/", "")).field == "AllowListBookmarks.Title"

    def test_dollar_signs_in_an_address_arrive_as_typed(self) -> None:
        payload = web_filter_payload(BuiltInFilter(denied=("a.org/$SALE",)), IDENTIFIER)

        assert content_of(payload)["DenyListURLs"] == ["a.org/$SALE"]


class TestFiltersOfApps:
    def test_the_app_gets_its_settings_untouched(self) -> None:
        vendor = {"empty": [], "nested": {"none": {}}, "on": True}

        content = content_of(
            web_filter_payload(AppFilter("Filter", APP, vendor=vendor), IDENTIFIER)
        )

        assert content["VendorConfig"] == vendor

    @pytest.mark.parametrize(
        ("setting", "field"),
        [
            ({"name": ""}, "UserDefinedName"),
            ({"bundle_id": "filter"}, "PluginBundleID"),
            ({"filter_browsers": False, "filter_sockets": False}, "FilterSockets"),
            ({"app_filter_uuid": "one"}, "ContentFilterUUID"),
        ],
    )
    def test_what_makes_no_filter_is_named(self, setting: dict[str, Any], field: str) -> None:
        usual: dict[str, Any] = {"name": "Filter", "bundle_id": APP}

        assert refused(lambda: AppFilter(**(usual | setting))).field == field

    @pytest.mark.parametrize("uuid", ["", "identity"])
    def test_the_identity_must_be_a_payloads_uuid(self, uuid: str) -> None:
        wrong = AppFilter("Filter", APP, identity_uuid=uuid)

        error = refused(lambda: web_filter_payload(wrong, IDENTIFIER))

        assert error.field == "PayloadCertificateUUID"

    def test_no_password_is_shown_in_a_log(self) -> None:
        assert "geheim" not in repr(AppFilter("Filter", APP, password="geheim"))


class TestEncryptedDns:
    def test_each_protocol_has_its_own_key(self) -> None:
        by_https = DnsSettings(DnsOverHttps("https://dns.example.org/q"))
        by_tls = DnsSettings(DnsOverTls("dns.example.org"))

        assert content_of(dns_settings_payload(by_https, IDENTIFIER)) == {
            "DNSSettings": {"DNSProtocol": "HTTPS", "ServerURL": "https://dns.example.org/q"}
        }
        assert content_of(dns_settings_payload(by_tls, IDENTIFIER)) == {
            "DNSSettings": {"DNSProtocol": "TLS", "ServerName": "dns.example.org"}
        }

    @pytest.mark.parametrize("url", ["http://dns.example.org/", "dns.example.org", ""])
    def test_only_https_is_encrypted(self, url: str) -> None:
        assert refused(lambda: DnsOverHttps(url)).field == "DNSSettings.ServerURL"

    @pytest.mark.parametrize("address", ["dns.example.org", "192.0.2", "192.0.2.256", "fe80::1%0"])
    def test_servers_are_given_by_address(self, address: str) -> None:
        error = refused(lambda: DnsOverTls("dns.example.org", ("192.0.2.1", address)))

        assert error.field == "DNSSettings.ServerAddresses[1]"

    @pytest.mark.parametrize("action", [Action.IGNORE, Action.ALLOW])
    def test_rules_of_vpn_are_not_all_rules_of_dns(self, action: Action) -> None:
        settings = DnsSettings(DnsOverTls("dns.example.org"), rules=(OnDemandRule(action),))

        error = refused(lambda: dns_settings_payload(settings, IDENTIFIER))

        assert error.field == "OnDemandRules[0].Action"

    def test_a_proxy_is_an_app(self) -> None:
        assert refused(lambda: DnsProxy("proxy")).field == "AppBundleIdentifier"
        assert refused(lambda: DnsProxy(APP, app_uuid="1")).field == "DNSProxyUUID"
        assert refused(lambda: DnsProxy(APP, "x")).field == "ProviderBundleIdentifier"

    def test_a_server_is_known_by_the_name_in_its_certificate(self) -> None:
        assert refused(lambda: DnsOverTls("dns example")).field == "DNSSettings.ServerName"


class TestRules:
    def test_domains_are_given_when_they_are_to_be_evaluated_and_only_then(self) -> None:
        evaluation = Evaluation(("example.org",))

        assert refused(lambda: OnDemandRule(Action.EVALUATE))
        assert refused(lambda: OnDemandRule(Action.CONNECT, evaluations=(evaluation,)))

    def test_an_evaluation_that_never_connects_has_nothing_to_ask(self) -> None:
        error = refused(
            lambda: Evaluation(("a.org",), connect_if_needed=False, dns_servers=("192.0.2.1",))
        )

        assert error.field == "OnDemandRules.ActionParameters.DomainAction"

    def test_what_cannot_be_asked_is_refused(self) -> None:
        assert refused(lambda: Evaluation(("a",), dns_servers=("b",))).field.endswith("Servers[0]")
        assert refused(lambda: OnDemandRule(Action.CONNECT, probe_url="probe")).field.endswith(
            "URLStringProbe"
        )

    def test_an_evaluation_needs_a_domain(self) -> None:
        assert refused(lambda: Evaluation(())).field.endswith("Domains")


class TestProxies:
    def test_a_fixed_proxy_is_written_with_a_number_for_its_port(self) -> None:
        proxy = GlobalProxy(FixedProxy("proxy.example.org", 3128))

        assert content_of(global_proxy_payload(proxy, IDENTIFIER)) == {
            "ProxyType": "Manual",
            "ProxyServer": "proxy.example.org",
            "ProxyServerPort": 3128,
            "ProxyCaptiveLoginAllowed": False,
        }

    @pytest.mark.parametrize("port", [0, -1, 65536, "3128", True])
    def test_a_port_is_a_number_in_its_range(self, port: Any) -> None:
        error = refused(
            lambda: global_proxy_payload(GlobalProxy(FixedProxy("p.example.org", port)), IDENTIFIER)
        )

        assert error.field == "ProxyServerPort"

    @pytest.mark.parametrize("server", ["", "http://proxy", "proxy:3128", "-a", "a" * 64])
    def test_a_proxy_is_a_host(self, server: str) -> None:
        assert refused(lambda: FixedProxy(server, 1)).field == "ProxyServer"

    def test_a_password_needs_a_name(self) -> None:
        assert refused(lambda: FixedProxy("p", 1, password="x")).field == "ProxyPassword"

    def test_a_script_has_a_web_address(self) -> None:
        assert refused(lambda: ScriptedProxy("file:///proxy.pac")).field == "ProxyPACURL"


class TestCellular:
    def test_protocols_are_written_as_bits(self) -> None:
        point = AccessPoint("internet", protocols=Protocols.IPV4 | Protocols.IPV6)

        (written,) = content_of(cellular_payload((point,), IDENTIFIER))["APNs"]

        assert written["AllowedProtocolMask"] == 3

    def test_an_access_point_is_needed(self) -> None:
        assert refused(lambda: cellular_payload((), IDENTIFIER)).field == "APNs"
        assert refused(lambda: AccessPoint("")).field == "APNs.Name"

    def test_a_rule_without_apps_is_for_all_managed_apps(self) -> None:
        content = content_of(network_usage_payload((AppUsage(allow_roaming=False),), IDENTIFIER))

        assert content == {
            "ApplicationRules": [{"AllowCellularData": True, "AllowRoamingCellularData": False}]
        }

    @pytest.mark.parametrize("app", ["*", "com.*.app", "com.example.app*", ""])
    def test_a_star_may_only_end_an_identifier(self, app: str) -> None:
        error = refused(lambda: AppUsage((APP, app)))

        assert error.field == "ApplicationRules.AppIdentifierMatches[1]"

    def test_sim_cards_are_known_by_their_number(self) -> None:
        error = refused(lambda: SimUsage(("4711",), WifiAssist.DEFAULT))

        assert error.field == "SIMRules.ICCIDs[0]"

    def test_a_rule_is_needed(self) -> None:
        assert refused(lambda: network_usage_payload((), IDENTIFIER)).field == "ApplicationRules"
