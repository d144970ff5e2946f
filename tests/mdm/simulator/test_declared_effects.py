"""What declarations do on a simulated iPad: passcode rules, apps, profiles, certificates."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from mdm.simulator.declarative.inspection import active_on, declarations_on
from mdm.simulator.errors import SimulatorError
from mdm.simulator.exchange import Response
from mdm.simulator.hardware import hardware_of
from mdm.simulator.installed_apps import OPTIONAL
from mdm.simulator.ipad import SimulatedIpad
from mdm.simulator.rules_in_force import may_open, organization_of, passcode_rule
from mdm.simulator.store import CATALOGUE, Store
from profiles import plist
from profiles.configuration_profile import ConfigurationProfile, Payload, to_bytes
from tests.enrollment.keys import authority
from tests.mdm.simulator.conftest import MakeIpad, enrol, poll
from tests.mdm.simulator.declaring_server import DeclaringServer
from tests.mdm.simulator.fake_server import HOST
from tests.mdm.simulator.profile_samples import (
    RESTRICTIONS_ID,
    WIFI_ID,
    a_payload,
    a_profile,
    a_restriction_profile,
    a_wifi_profile,
)

APP = CATALOGUE[0]
NUMBER = str(APP.store_id)
REQUIRED = {"Install": "Required", "License": {"Assignment": "Device"}}
URL = f"{HOST}/profiles/1"
CERTIFICATE = authority().certificate.public_bytes(Encoding.DER)


@pytest.fixture
def server() -> DeclaringServer:
    return DeclaringServer()


@pytest.fixture
def enrolled(make_ipad: MakeIpad, server: DeclaringServer) -> SimulatedIpad:
    ipad = make_ipad(replace(hardware_of(0), os_version="27.0"))
    enrol(ipad, server)
    return ipad


def ask(
    ipad: SimulatedIpad, server: DeclaringServer, request_type: str, **parameters: Any
) -> Mapping[str, Any]:
    uuid = server.queue(request_type, f"{request_type}-{len(server.reports)}", **parameters)
    poll(ipad, server)
    return server.answer_to(uuid)


def reasons(ipad: SimulatedIpad, identifier: str) -> tuple[str, ...]:
    return declarations_on(ipad)[identifier].reasons


def require_app(server: DeclaringServer, **payload: Any) -> None:
    wanted = {"AppStoreID": NUMBER, "InstallBehavior": REQUIRED} | payload
    server.configure("app.managed", "cfg.app", **wanted)


def app_state(server: DeclaringServer) -> str:
    """The newest state that was reported for the only app."""
    return str(server.told("app.managed.list")[-1][0]["state"])


def offer_profile(server: DeclaringServer, profile: ConfigurationProfile, url: str = URL) -> None:
    kind = {"content-type": "application/x-apple-aspen-config"}
    server.files[url.removeprefix(HOST)] = Response(200, to_bytes(profile), kind)
    server.configure("legacy", "cfg.profile", ProfileURL=url)


def test_the_strictest_passcode_rules_apply(
    enrolled: SimulatedIpad, server: DeclaringServer
) -> None:
    server.configure("passcode.settings", "cfg.one", MinimumLength=4, MaximumFailedAttempts=8)
    server.configure("passcode.settings", "cfg.two", MinimumLength=6, RequirePasscode=False)

    server.sync(enrolled)

    rule = passcode_rule(enrolled)
    assert (rule.is_required, rule.length, rule.failures_to_erase) == (True, 6, 8)


def test_passcodes_of_profiles_count_too(enrolled: SimulatedIpad, server: DeclaringServer) -> None:
    server.configure("passcode.settings", "cfg.one", MinimumLength=4)
    server.sync(enrolled)
    payload = a_payload("com.apple.mobiledevice.passwordpolicy", forcePIN=True, minLength=8)

    ask(enrolled, server, "InstallProfile", Payload=to_bytes(a_profile("de.example.pin", payload)))

    assert passcode_rule(enrolled).length == 8


@pytest.mark.parametrize(
    ("settings", "passcode", "is_compliant"),
    [
        ({"RequirePasscode": True}, None, False),
        ({"RequirePasscode": False}, None, True),
        ({"MinimumLength": 6}, "48291", False),
        ({"MinimumLength": 6}, "482915", True),
        ({"RequireComplexPasscode": True}, "4828765", False),
        ({"RequireComplexPasscode": True}, "481115", False),
        ({"RequireComplexPasscode": True}, "482915", True),
        ({"RequireAlphanumericPasscode": True}, "482915", False),
        ({"RequireAlphanumericPasscode": True}, "48b915", True),
        ({"MinimumComplexCharacters": 2}, "48-915", False),
        ({"MinimumComplexCharacters": 2}, "48-9!5", True),
    ],
)
def test_a_passcode_is_compliant_by_the_rules_alone(
    enrolled: SimulatedIpad,
    server: DeclaringServer,
    settings: dict[str, Any],
    passcode: str | None,
    is_compliant: bool,
) -> None:
    server.configure("passcode.settings", "cfg.one", **settings)
    server.subscribe("passcode.is-compliant")
    enrolled.set_passcode(passcode)

    server.sync(enrolled)

    info = ask(enrolled, server, "SecurityInfo")["SecurityInfo"]
    assert info["PasscodeCompliant"] is is_compliant
    assert server.told("passcode.is-compliant") == [is_compliant]


def test_a_required_app_is_installed_step_by_step(
    enrolled: SimulatedIpad, server: DeclaringServer
) -> None:
    require_app(server)
    server.subscribe("app.managed.list")
    server.sync(enrolled)

    states = [app_state(server)]
    for _ in range(2):
        poll(enrolled, server)
        states.append(app_state(server))

    assert states == ["queued", "installing", "managed"]


def test_an_app_that_a_command_installed_is_taken_over_and_leaves_the_commands_list(
    enrolled: SimulatedIpad, server: DeclaringServer
) -> None:
    server.subscribe("app.managed.list", "mdm.app")
    server.sync(enrolled)
    by_licence = {"PurchaseMethod": 1}
    ask(enrolled, server, "InstallApplication", iTunesStoreID=APP.store_id, Options=by_licence)
    poll(enrolled, server)
    poll(enrolled, server)

    require_app(server)
    server.sync(enrolled)

    assert app_state(server) == "managed"
    assert server.told("mdm.app")[-1] == [{"identifier": APP.bundle_id, "_removed": True}]
    assert ask(enrolled, server, "ManagedApplicationList")["ManagedApplicationList"] == {}


@pytest.mark.parametrize(
    ("request_type", "parameters"),
    [
        ("InstallApplication", {"iTunesStoreID": APP.store_id}),
        ("RemoveApplication", {"Identifier": APP.bundle_id}),
    ],
)
def test_commands_for_a_declared_app_fail(
    enrolled: SimulatedIpad, server: DeclaringServer, request_type: str, parameters: dict[str, Any]
) -> None:
    require_app(server)
    server.sync(enrolled)

    answer = ask(enrolled, server, request_type, **parameters)

    assert answer["Status"] == "Error"
    assert enrolled.apps.get(APP.bundle_id) is not None


def test_an_app_goes_with_its_declaration(enrolled: SimulatedIpad, server: DeclaringServer) -> None:
    require_app(server)
    server.subscribe("app.managed.list")
    server.sync(enrolled)

    server.withdraw("cfg.app")
    server.sync(enrolled)

    assert enrolled.apps.get(APP.bundle_id) is None
    assert server.told("app.managed.list")[-1] == [{"identifier": APP.bundle_id, "_removed": True}]


def test_an_app_stays_when_another_declaration_takes_it_over_in_the_same_sync(
    enrolled: SimulatedIpad, server: DeclaringServer
) -> None:
    require_app(server)
    server.sync(enrolled)
    poll(enrolled, server)
    poll(enrolled, server)

    server.withdraw("cfg.app")
    server.configure("app.managed", "cfg.new", AppStoreID=NUMBER, InstallBehavior=REQUIRED)
    server.sync(enrolled)

    app = enrolled.apps.get(APP.bundle_id)
    assert app is not None
    assert (app.state, app.declaration) == ("Managed", "cfg.new")


def test_two_declarations_for_one_app_do_not_both_apply(
    enrolled: SimulatedIpad, server: DeclaringServer
) -> None:
    require_app(server)
    server.configure("app.managed", "cfg.twin", BundleID=APP.bundle_id, InstallBehavior=REQUIRED)

    server.sync(enrolled)

    assert "cfg.app" in active_on(enrolled)
    assert reasons(enrolled, "cfg.twin") == ("Error.ConfigurationCannotBeApplied",)


def test_an_app_without_licence_waits_until_there_is_one(
    make_ipad: MakeIpad, server: DeclaringServer
) -> None:
    store = Store(licences=set())
    ipad = make_ipad(replace(hardware_of(0), os_version="26.1"), store=store)
    enrol(ipad, server)
    require_app(server)
    server.subscribe("app.managed.list")
    server.sync(ipad)
    (refused,) = server.told("app.managed.list")[-1]

    store.licences = {(APP.bundle_id, ipad.serial_number)}
    ask(ipad, server, "SecurityInfo")

    assert refused["state"] == "failed"
    assert refused["reasons"] == [{"code": "Error.LicenseNotFound"}]
    assert app_state(server) == "queued"


@pytest.mark.parametrize(
    ("payload", "state"),
    [
        ({"InstallBehavior": {"License": {"Assignment": "Device"}}}, "optional"),
        ({"InstallBehavior": {"Install": "Required"}}, "prompting-for-login"),
        ({"InstallBehavior": REQUIRED | {"Version": 7}}, "failed"),
        ({"AppStoreID": str(CATALOGUE[4].store_id)}, "failed"),
    ],
)
def test_an_app_may_stop_short_of_being_managed(
    enrolled: SimulatedIpad, server: DeclaringServer, payload: dict[str, Any], state: str
) -> None:
    require_app(server, **payload)
    server.subscribe("app.managed.list")
    server.sync(enrolled)

    poll(enrolled, server)
    poll(enrolled, server)

    assert app_state(server) == state


def test_people_choose_optional_apps_and_cannot_remove_required_ones(
    enrolled: SimulatedIpad, server: DeclaringServer
) -> None:
    require_app(server, InstallBehavior={"License": {"Assignment": "Device"}})
    server.sync(enrolled)
    app = enrolled.apps.get(APP.bundle_id)
    assert app is not None
    assert app.state == OPTIONAL
    enrolled.apps.choose(APP.bundle_id, 1)
    require_app(server)
    server.sync(enrolled)

    with pytest.raises(SimulatorError):
        enrolled.apps.remove_by_hand(APP.bundle_id)


def test_an_app_updates_by_itself_if_it_may(
    enrolled: SimulatedIpad, server: DeclaringServer
) -> None:
    require_app(server, UpdateBehavior={"AutomaticAppUpdates": "AlwaysOn"})
    server.sync(enrolled)
    poll(enrolled, server)
    poll(enrolled, server)
    enrolled.environment.store.publish(APP.bundle_id, "2.0")

    for _ in range(3):
        ask(enrolled, server, "SecurityInfo")

    app = enrolled.apps.get(APP.bundle_id)
    assert app is not None
    assert (app.store_app.version, app.state) == ("2.0", "Managed")


def test_an_app_nobody_has_cannot_be_applied(
    enrolled: SimulatedIpad, server: DeclaringServer
) -> None:
    require_app(server, AppStoreID="1")

    server.sync(enrolled)

    assert reasons(enrolled, "cfg.app") == ("Error.ConfigurationCannotBeApplied",)


@pytest.mark.parametrize("payload", [{"BundleID": "de.example.zwei"}, {"AppStoreID": "eins"}])
def test_an_app_is_named_in_one_way_and_by_its_number(
    enrolled: SimulatedIpad, server: DeclaringServer, payload: dict[str, Any]
) -> None:
    require_app(server, **payload)

    server.sync(enrolled)

    assert reasons(enrolled, "cfg.app") == ("Error.ConfigurationIsInvalid",)


def test_an_apps_settings_come_from_an_asset(
    enrolled: SimulatedIpad, server: DeclaringServer
) -> None:
    body = plist.write({"server": "https://lernen.example"})
    offer_asset(server, "asset.data", body, "application/plist")
    require_app(server, LegacyAppConfigAssetReference="asset.1")

    server.sync(enrolled)

    app = enrolled.apps.get(APP.bundle_id)
    assert app is not None
    assert app.configuration == {"server": "https://lernen.example"}


def offer_asset(
    server: DeclaringServer, kind: str, body: bytes, content_type: str, **reference: Any
) -> None:
    server.files["/assets/1"] = Response(200, body, {"content-type": content_type})
    payload = {
        "DataURL": f"{HOST}/assets/1",
        "ContentType": content_type,
        "Size": len(body),
        "Hash-SHA-256": hashlib.sha256(body).hexdigest(),
    }
    server.declare(kind, "asset.1", {"Reference": payload | reference})


def declare_certificate(server: DeclaringServer, **reference: Any) -> None:
    offer_asset(
        server, "asset.credential.certificate", CERTIFICATE, "application/pkcs1", **reference
    )
    server.configure("security.certificate", "cfg.ca", CredentialAssetReference="asset.1")


def test_a_certificate_is_trusted_and_listed(
    enrolled: SimulatedIpad, server: DeclaringServer
) -> None:
    declare_certificate(server)
    server.subscribe("security.certificate.list")

    server.sync(enrolled)

    listed = server.told("security.certificate.list")[-1]
    assert "asset.1" in {one.get("declaration-identifier") for one in listed}
    assert {"cfg.ca", "asset.1"} <= active_on(enrolled)
    assert "Mdm-Signature" not in server.requests[-2].headers


@pytest.mark.parametrize(
    "reference",
    [
        {"Size": 1},
        {"Hash-SHA-256": "0" * 64},
        {"ContentType": "application/pem"},
    ],
)
def test_an_asset_other_than_announced_is_refused(
    enrolled: SimulatedIpad, server: DeclaringServer, reference: dict[str, Any]
) -> None:
    declare_certificate(server, **reference)

    server.sync(enrolled)

    assert reasons(enrolled, "asset.1") == ("Error.AssetCannotBeVerified",)
    assert reasons(enrolled, "cfg.ca") == ("Error.ConfigurationCannotBeApplied",)


def test_an_asset_with_a_charset_is_another_media_type(
    enrolled: SimulatedIpad, server: DeclaringServer
) -> None:
    declare_certificate(server)
    kind = {"content-type": "application/pkcs1; charset=utf-8"}
    server.files["/assets/1"] = Response(200, CERTIFICATE, kind)

    server.sync(enrolled)

    assert reasons(enrolled, "asset.1") == ("Error.AssetCannotBeVerified",)


def test_an_asset_that_cannot_be_had_now_is_tried_again(
    enrolled: SimulatedIpad, server: DeclaringServer
) -> None:
    declare_certificate(server)
    right, server.files["/assets/1"] = server.files["/assets/1"], Response(503)
    server.sync(enrolled)
    refused = reasons(enrolled, "asset.1")

    server.files["/assets/1"] = right
    poll(enrolled, server)

    assert refused == ("Error.AssetCannotBeDownloaded",)
    assert "cfg.ca" in active_on(enrolled)


def test_an_asset_that_nothing_refers_to_is_not_loaded(
    enrolled: SimulatedIpad, server: DeclaringServer
) -> None:
    offer_asset(server, "asset.data", b"{}", "application/json")

    server.sync(enrolled)

    assert reasons(enrolled, "asset.1") == ("Info.NotReferencedByConfiguration",)
    assert all("/assets/" not in request.url for request in server.requests)


def test_a_profile_comes_as_a_declaration(enrolled: SimulatedIpad, server: DeclaringServer) -> None:
    offer_profile(server, a_wifi_profile())

    server.sync(enrolled)

    (listed,) = [
        one
        for one in ask(enrolled, server, "ProfileList")["ProfileList"]
        if one["PayloadIdentifier"] == WIFI_ID
    ]
    assert listed["Source"] == "Declarative Device Management"
    assert "cfg.profile" in active_on(enrolled)


def test_a_profile_that_a_command_installed_is_taken_over_without_installing_it_again(
    enrolled: SimulatedIpad, server: DeclaringServer
) -> None:
    profile = a_restriction_profile(allowCamera=False)
    ask(enrolled, server, "InstallProfile", Payload=to_bytes(profile))
    before = enrolled.profiles.get(RESTRICTIONS_ID)
    offer_profile(server, profile)

    server.sync(enrolled)

    after = enrolled.profiles.get(RESTRICTIONS_ID)
    assert before is not None
    assert after == replace(before, declaration="cfg.profile")


@pytest.mark.parametrize("request_type", ["InstallProfile", "RemoveProfile"])
def test_commands_for_a_declared_profile_fail(
    enrolled: SimulatedIpad, server: DeclaringServer, request_type: str
) -> None:
    profile = a_restriction_profile(allowCamera=False)
    offer_profile(server, profile)
    server.sync(enrolled)
    parameters: dict[str, Any] = {"Identifier": RESTRICTIONS_ID}
    if request_type == "InstallProfile":
        parameters = {"Payload": to_bytes(profile)}

    answer = ask(enrolled, server, request_type, **parameters)

    assert answer["Status"] == "Error"
    assert enrolled.profiles.get(RESTRICTIONS_ID) is not None


def test_a_changed_profile_takes_the_place_of_the_old_one(
    enrolled: SimulatedIpad, server: DeclaringServer
) -> None:
    offer_profile(server, a_restriction_profile(allowCamera=False))
    server.sync(enrolled)

    offer_profile(server, a_restriction_profile(allowCamera=True), f"{HOST}/profiles/2")
    server.sync(enrolled)

    installed = enrolled.profiles.get(RESTRICTIONS_ID)
    assert installed is not None
    assert installed.profile.payloads[0].content["allowCamera"] is True


def test_a_profile_goes_with_its_declaration(
    enrolled: SimulatedIpad, server: DeclaringServer
) -> None:
    offer_profile(server, a_restriction_profile(allowCamera=False))
    server.sync(enrolled)

    server.withdraw("cfg.profile")
    server.sync(enrolled)

    assert enrolled.profiles.get(RESTRICTIONS_ID) is None


def test_a_profile_that_becomes_another_one_leaves_nothing_behind(
    enrolled: SimulatedIpad, server: DeclaringServer
) -> None:
    offer_profile(server, a_restriction_profile(allowCamera=False))
    server.sync(enrolled)

    offer_profile(server, a_wifi_profile())
    server.sync(enrolled)

    assert enrolled.profiles.get(RESTRICTIONS_ID) is None
    assert enrolled.profiles.get(WIFI_ID) is not None


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (a_payload("com.apple.mdm"), "Error.ConfigurationIsInvalid"),
        (a_payload("com.apple.unbekannt"), "Error.ConfigurationCannotBeApplied"),
    ],
)
def test_a_profile_that_cannot_be_installed_says_why(
    enrolled: SimulatedIpad, server: DeclaringServer, payload: Payload, code: str
) -> None:
    offer_profile(server, a_profile("de.example.schlecht", payload))

    server.sync(enrolled)

    assert reasons(enrolled, "cfg.profile") == (code,)
    assert enrolled.profiles.get("de.example.schlecht") is None


def test_a_bad_new_revision_leaves_the_old_profile_installed(
    enrolled: SimulatedIpad, server: DeclaringServer
) -> None:
    offer_profile(server, a_restriction_profile(allowCamera=False))
    server.sync(enrolled)

    server.files.clear()
    server.configure("legacy", "cfg.profile", ProfileURL=f"{HOST}/profiles/weg")
    server.sync(enrolled)

    assert reasons(enrolled, "cfg.profile") == ("Error.AssetCannotBeDownloaded",)
    assert enrolled.profiles.get(RESTRICTIONS_ID) is not None


def test_a_profile_without_https_is_refused(
    enrolled: SimulatedIpad, server: DeclaringServer
) -> None:
    server.configure("legacy", "cfg.profile", ProfileURL="http://mdm.beispielstadt.example/1")

    server.sync(enrolled)

    assert reasons(enrolled, "cfg.profile") == ("Error.ConfigurationIsInvalid",)


def test_allowed_apps_intersect_and_denied_apps_add_up(
    enrolled: SimulatedIpad, server: DeclaringServer
) -> None:
    one, two, three = "de.example.eins", "de.example.zwei", "de.example.drei"
    server.configure("app.settings", "cfg.one", Allowed={"AllowedApps": [one, two]})
    server.configure("app.settings", "cfg.two", Allowed={"AllowedApps": [one, two, three]})
    server.configure("app.settings", "cfg.three", Allowed={"DeniedApps": [two]})

    server.sync(enrolled)

    assert [may_open(enrolled, app) for app in (one, two, three)] == [True, False, False]


def test_the_organisation_is_known(enrolled: SimulatedIpad, server: DeclaringServer) -> None:
    server.declare("management.organization-info", "mgmt.org", {"Name": "Beispielstadt"})

    server.sync(enrolled)

    assert organization_of(enrolled) == {"Name": "Beispielstadt"}


def test_the_end_of_management_takes_what_declarations_installed(
    enrolled: SimulatedIpad, server: DeclaringServer
) -> None:
    require_app(server)
    offer_profile(server, a_restriction_profile(allowCamera=False))
    server.configure("passcode.settings", "cfg.pin", RequirePasscode=True)
    server.sync(enrolled)

    enrolled.leave_management()

    assert list(enrolled.apps) == []
    assert list(enrolled.profiles) == []
    assert not passcode_rule(enrolled).is_required
