"""Declarations on a simulated iPad: switching on, syncing, judging, activating."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mdm.simulator.declarative.client import Validity
from mdm.simulator.declarative.inspection import Standing, active_on, declarations_on
from mdm.simulator.exchange import Response
from mdm.simulator.faults import Fate
from mdm.simulator.hardware import hardware_of
from mdm.simulator.ipad import SimulatedIpad
from mdm.simulator.people import sign_in
from profiles.schema.declaration_tables import declaration_facts, declaration_types
from tests.mdm.simulator.conftest import MakeIpad, enrol, poll, talk
from tests.mdm.simulator.declaring_server import DeclaringServer, as_json
from tests.mdm.simulator.fake_server import FakeServer

PIN = "cfg.pin"


@pytest.fixture
def server() -> DeclaringServer:
    return DeclaringServer()


def of_version(
    make_ipad: MakeIpad, server: FakeServer, version: str, **traits: Any
) -> SimulatedIpad:
    ipad = make_ipad(replace(hardware_of(0), os_version=version, **traits))
    enrol(ipad, server)
    return ipad


def standing(ipad: SimulatedIpad, identifier: str) -> Standing:
    return declarations_on(ipad)[identifier]


def reasons(ipad: SimulatedIpad, identifier: str) -> tuple[str, ...]:
    return standing(ipad, identifier).reasons


def test_the_first_command_switches_declarations_on(
    enrolled: SimulatedIpad, server: DeclaringServer
) -> None:
    server.configure("passcode.settings", PIN, RequirePasscode=True)

    server.sync(enrolled)

    assert active_on(enrolled) == {PIN, f"on.{PIN}"}
    assert server.asked[0] == "declaration-items"
    assert not enrolled.complaints


def test_without_tokens_in_the_command_the_ipad_asks_for_them(
    enrolled: SimulatedIpad, server: DeclaringServer
) -> None:
    server.sync(enrolled, says_tokens=False)

    assert server.asked == ["tokens", "declaration-items", "status"]


def test_equal_tokens_end_the_matter(enrolled: SimulatedIpad, server: DeclaringServer) -> None:
    server.sync(enrolled)
    server.asked.clear()

    server.sync(enrolled)

    assert server.asked == []


def test_only_what_changed_is_loaded_again(
    enrolled: SimulatedIpad, server: DeclaringServer
) -> None:
    server.configure("passcode.settings", PIN, MinimumLength=4)
    server.sync(enrolled)
    server.asked.clear()

    server.declare("configuration.passcode.settings", PIN, {"MinimumLength": 6})
    server.sync(enrolled)

    assert server.asked == ["declaration-items", f"declaration/configuration/{PIN}", "status"]


def test_the_command_is_answered_before_anything_is_fetched(
    enrolled: SimulatedIpad, server: DeclaringServer
) -> None:
    server.bodies["declaration-items"] = Response(503)

    server.sync(enrolled)

    assert server.reports[-1]["Status"] == "Acknowledged"


def test_an_empty_list_really_removes_everything(
    enrolled: SimulatedIpad, server: DeclaringServer
) -> None:
    server.configure("passcode.settings", PIN, RequirePasscode=True)
    server.sync(enrolled)

    server.withdraw(PIN)
    server.sync(enrolled)

    assert declarations_on(enrolled) == {}
    assert server.told("management.declarations.configurations")[-1] == []


@pytest.mark.parametrize("status", [500, 503, 400, 404])
def test_a_list_that_cannot_be_had_changes_nothing(
    enrolled: SimulatedIpad, server: DeclaringServer, status: int
) -> None:
    server.configure("passcode.settings", PIN, RequirePasscode=True)
    server.sync(enrolled)

    server.withdraw(PIN)
    server.bodies["declaration-items"] = Response(status)
    server.sync(enrolled)

    assert PIN in active_on(enrolled)


def test_a_failed_sync_is_tried_again_at_the_next_contact(
    enrolled: SimulatedIpad, server: DeclaringServer
) -> None:
    server.configure("passcode.settings", PIN, RequirePasscode=True)
    server.bodies["declaration-items"] = Response(503)
    server.sync(enrolled)
    assert enrolled.ticks_until_retry == enrolled.habits.retry_ticks

    poll(enrolled, server)

    assert PIN in active_on(enrolled)


def test_a_declaration_that_is_not_there_is_dropped_and_the_others_apply(
    enrolled: SimulatedIpad, server: DeclaringServer
) -> None:
    server.configure("passcode.settings", PIN, RequirePasscode=True)
    server.configure("management.test", "cfg.echo", Echo="hallo")
    server.bodies["declaration/configuration/cfg.echo"] = Response(404)

    server.sync(enrolled)

    assert PIN in active_on(enrolled)
    assert "cfg.echo" not in declarations_on(enrolled)
    assert reasons(enrolled, "on.cfg.echo") == ("Error.MissingConfigurations",)
    assert "is listed, and not there" in enrolled.complaints[-1]


def test_a_stop_in_the_middle_of_a_sync_applies_nothing(
    enrolled: SimulatedIpad, server: DeclaringServer
) -> None:
    server.configure("passcode.settings", PIN, RequirePasscode=True)
    enrolled.faults.stop_sync_after = 2

    server.sync(enrolled)
    stopped = declarations_on(enrolled)
    poll(enrolled, server)

    assert stopped == {}
    assert PIN in active_on(enrolled)


def bad_items(change: Callable[[dict[str, Any]], None]) -> Response:
    server = DeclaringServer()
    server.configure("passcode.settings", PIN, RequirePasscode=True)
    document = server.items()
    change(document)
    return as_json(document)


def _without_assets(document: dict[str, Any]) -> None:
    del document["Declarations"]["Assets"]


def _managements(document: dict[str, Any]) -> None:
    document["Declarations"]["Managements"] = document["Declarations"].pop("Management")


def _long_identifier(document: dict[str, Any]) -> None:
    document["Declarations"]["Configurations"][0]["Identifier"] = "ä" * 33


def _twice(document: dict[str, Any]) -> None:
    entry = document["Declarations"]["Configurations"][0]
    document["Declarations"]["Management"].append(entry)


def _long_token(document: dict[str, Any]) -> None:
    document["DeclarationsToken"] = "t" * 257


def _no_token(document: dict[str, Any]) -> None:
    del document["DeclarationsToken"]


def _number(document: dict[str, Any]) -> None:
    document["Declarations"]["Configurations"][0]["ServerToken"] = 1


@pytest.mark.parametrize(
    "change",
    [_without_assets, _managements, _long_identifier, _twice, _long_token, _no_token, _number],
)
def test_a_list_against_the_rules_is_refused_and_complained_about(
    enrolled: SimulatedIpad, server: DeclaringServer, change: Callable[[dict[str, Any]], None]
) -> None:
    server.bodies["declaration-items"] = bad_items(change)

    server.sync(enrolled)

    assert declarations_on(enrolled) == {}
    assert len(enrolled.complaints) == 1


@pytest.mark.parametrize("content_type", ["text/html", "application/xml", ""])
def test_a_document_of_another_media_type_is_refused(
    enrolled: SimulatedIpad, server: DeclaringServer, content_type: str
) -> None:
    server.bodies["declaration-items"] = as_json(server.items(), content_type)

    server.sync(enrolled)

    assert "instead of JSON" in enrolled.complaints[0]


@pytest.mark.parametrize(
    "tokens",
    [
        {},
        {"DeclarationsToken": "a"},
        {"DeclarationsToken": "a" * 257, "Timestamp": "2026-11-20T08:00:00Z"},
        {"DeclarationsToken": "a", "Timestamp": "2026-11-20T08:00:00.5Z"},
        {"DeclarationsToken": "a", "Timestamp": "2026-11-20T09:00:00+01:00"},
    ],
)
def test_tokens_against_the_rules_are_complained_about(
    enrolled: SimulatedIpad, server: DeclaringServer, tokens: dict[str, str]
) -> None:
    data = json.dumps({"SyncTokens": tokens}).encode()
    server.queue("DeclarativeManagement", "bad", Data=data)

    poll(enrolled, server)

    assert enrolled.complaints
    assert server.asked[0] == "tokens"


def test_tokens_that_go_back_in_time_are_complained_about_and_asked_for(
    enrolled: SimulatedIpad, server: DeclaringServer
) -> None:
    old = server.tokens()
    server.revision += 1
    server.sync(enrolled)
    server.asked.clear()
    server.queue("DeclarativeManagement", "old", Data=old)

    poll(enrolled, server)

    assert "older" in enrolled.complaints[0]
    assert server.asked == ["tokens"]


def test_a_declaration_newer_than_the_list_makes_the_ipad_ask_for_the_list_again(
    enrolled: SimulatedIpad, server: DeclaringServer
) -> None:
    server.configure("passcode.settings", PIN, RequirePasscode=True)
    newer = {**server.declared[PIN], "ServerToken": "newer"}
    server.bodies[f"declaration/configuration/{PIN}"] = as_json(newer)

    server.sync(enrolled)

    assert server.asked.count("declaration-items") == 2
    assert PIN in active_on(enrolled)
    assert not enrolled.complaints


@pytest.mark.parametrize(
    "change",
    [
        {"Identifier": "cfg.other"},
        {"Type": "com.apple.asset.data"},
        {"Type": "passcode"},
        {"Payload": []},
        {"Extra": 1},
    ],
)
def test_a_declaration_against_the_rules_stops_the_sync(
    enrolled: SimulatedIpad, server: DeclaringServer, change: dict[str, Any]
) -> None:
    server.configure("passcode.settings", PIN, RequirePasscode=True)
    body = as_json(server.declared[PIN] | change)
    server.bodies[f"declaration/configuration/{PIN}"] = body

    server.sync(enrolled)

    assert declarations_on(enrolled) == {}
    assert len(enrolled.complaints) == 1


def test_an_identifier_that_changes_its_type_is_complained_about(
    enrolled: SimulatedIpad, server: DeclaringServer
) -> None:
    server.configure("passcode.settings", PIN, RequirePasscode=True)
    server.sync(enrolled)

    server.configure("management.test", PIN, Echo="hallo")
    server.sync(enrolled)

    assert "another type" in enrolled.complaints[0]


def test_leaving_management_leaves_no_declaration(
    enrolled: SimulatedIpad, server: DeclaringServer
) -> None:
    server.configure("passcode.settings", PIN, RequirePasscode=True)
    server.sync(enrolled)

    enrolled.leave_management()
    enrol(enrolled, server)
    poll(enrolled, server)

    assert enrolled.declarative is None


def test_unknown_keys_make_a_declaration_invalid(
    enrolled: SimulatedIpad, server: DeclaringServer
) -> None:
    server.configure("passcode.settings", PIN, RequirePasscode=True, MinLength=4)

    server.sync(enrolled)

    found = standing(enrolled, PIN)
    assert (found.active, found.validity) == (False, Validity.INVALID)
    assert found.reasons == ("Error.UnknownPayloadKeys",)


def test_a_key_that_the_system_does_not_have_yet_is_unknown(
    make_ipad: MakeIpad, server: DeclaringServer
) -> None:
    ipad = of_version(make_ipad, server, "16.0")
    server.configure("passcode.settings", PIN, MinimumComplexCharacters=1)

    server.sync(ipad)

    assert reasons(ipad, PIN) == ("Error.UnknownPayloadKeys",)


def test_an_invalid_configuration_keeps_no_other_from_applying(
    enrolled: SimulatedIpad, server: DeclaringServer
) -> None:
    server.configure("passcode.settings", PIN, MinimumLength=99)
    server.declare("configuration.management.test", "cfg.echo", {"Echo": "hallo"})
    both = {"StandardConfigurations": [PIN, "cfg.echo"]}
    server.declare("activation.simple", f"on.{PIN}", both)

    server.sync(enrolled)

    assert reasons(enrolled, PIN) == ("Error.ConfigurationIsInvalid",)
    assert active_on(enrolled) == {"cfg.echo", f"on.{PIN}"}


@pytest.mark.parametrize(
    ("kind", "payload", "older", "newer"),
    [
        (
            "softwareupdate.enforcement.specific",
            {"TargetOSVersion": "27.1", "TargetLocalDateTime": "2027-01-05T18:00:00"},
            "16.7.12",
            "17.0",
        ),
        ("app.managed", {"AppStoreID": "900000001"}, "17.1", "17.2"),
        ("softwareupdate.settings", {"Notifications": False}, "17.7.10", "18.0"),
        ("safari.settings", {"AllowPopups": False}, "18.6", "26.0"),
        ("siri.settings", {"Enabled": False}, "26.1", "26.4"),
        ("app.settings", {"Allowed": {"DeniedApps": ["de.example.spiel"]}}, "26.4", "27.0"),
    ],
)
def test_a_type_is_supported_from_its_version_on(
    make_ipad: MakeIpad,
    server: DeclaringServer,
    kind: str,
    payload: dict[str, Any],
    older: str,
    newer: str,
) -> None:
    server.configure(kind, "cfg.new", **payload)
    old, new = of_version(make_ipad, server, older), of_version(make_ipad, server, newer)

    server.sync(old)
    server.sync(new)

    assert reasons(old, "cfg.new") == ("Error.ConfigurationNotSupported",)
    assert "cfg.new" in active_on(new)


def test_a_type_for_supervised_ipads_is_not_supported_on_others(
    make_ipad: MakeIpad, server: DeclaringServer
) -> None:
    ipad = of_version(make_ipad, server, "26.1", is_supervised=False)
    server.configure("math.settings", "cfg.math")

    server.sync(ipad)

    assert reasons(ipad, "cfg.math") == ("Error.ConfigurationNotSupported",)


def test_a_passcode_is_never_asked_for_on_a_shared_ipad(
    make_ipad: MakeIpad, server: DeclaringServer
) -> None:
    ipad = of_version(make_ipad, server, "26.1", is_shared=True)
    server.configure("passcode.settings", PIN, RequirePasscode=True)

    server.sync(ipad)

    assert reasons(ipad, PIN) == ("Error.ConfigurationNotSupported",)


def test_a_configuration_without_activation_is_valid_and_does_nothing(
    enrolled: SimulatedIpad, server: DeclaringServer
) -> None:
    server.declare("configuration.passcode.settings", PIN, {"RequirePasscode": True})

    server.sync(enrolled)

    found = standing(enrolled, PIN)
    assert (found.active, found.validity) == (False, Validity.VALID)
    assert found.reasons == ("Info.NotReferencedByActivation",)


def test_an_activation_that_names_what_is_not_there_applies_nothing(
    enrolled: SimulatedIpad, server: DeclaringServer
) -> None:
    server.configure("passcode.settings", PIN, RequirePasscode=True)
    names = {"StandardConfigurations": [PIN, "cfg.missing"]}
    server.declare("activation.simple", f"on.{PIN}", names)

    server.sync(enrolled)

    assert reasons(enrolled, f"on.{PIN}") == ("Error.MissingConfigurations",)
    assert active_on(enrolled) == set()


def test_a_missing_asset_is_named(enrolled: SimulatedIpad, server: DeclaringServer) -> None:
    server.configure("security.certificate", "cfg.ca", CredentialAssetReference="asset.ca")

    server.sync(enrolled)

    (state,) = server.told("management.declarations.configurations")[-1]
    assert state["reasons"][0]["code"] == "Error.MissingAssets"
    assert state["reasons"][0]["details"] == {"AssetIdentifiers": ["asset.ca"]}
    assert reasons(enrolled, "on.cfg.ca") == ("Error.MissingAssets",)


def test_a_configuration_may_be_told_to_fail(
    enrolled: SimulatedIpad, server: DeclaringServer
) -> None:
    server.configure("management.test", "cfg.echo", Echo="hallo", ReturnStatus="Failed")

    server.sync(enrolled)

    assert reasons(enrolled, "cfg.echo") == ("Error.ConfigurationFailed",)


def test_a_fault_calls_a_given_configuration_invalid(
    enrolled: SimulatedIpad, server: DeclaringServer
) -> None:
    enrolled.faults.invalid_declarations[PIN] = "Error.ConfigurationIsInvalid"
    server.configure("passcode.settings", PIN, RequirePasscode=True)

    server.sync(enrolled)

    assert reasons(enrolled, PIN) == ("Error.ConfigurationIsInvalid",)


def test_management_declarations_are_valid_and_never_active(
    enrolled: SimulatedIpad, server: DeclaringServer
) -> None:
    server.declare("management.organization-info", "mgmt.org", {"Name": "Beispielstadt"})

    server.sync(enrolled)

    found = standing(enrolled, "mgmt.org")
    assert (found.active, found.validity) == (False, Validity.VALID)


def _predicated(server: DeclaringServer, ipad: SimulatedIpad, predicate: str) -> tuple[str, ...]:
    properties = {"grade": 3, "school": "040", "exam": True}
    server.declare("management.properties", "mgmt.properties", properties)
    server.configure("management.test", "cfg.echo", Echo="hallo")
    payload = {"StandardConfigurations": ["cfg.echo"], "Predicate": predicate}
    server.declare("activation.simple", "on.cfg.echo", payload)
    server.sync(ipad)
    return reasons(ipad, "on.cfg.echo")


@pytest.mark.parametrize(
    "predicate",
    [
        "TRUEPREDICATE",
        "@status(device.model.family) == 'iPad'",
        "(@status(device.operating-system.version) BEGINSWITH '18') AND (@property(grade) <= 3)",
        'NOT (@property(grade) > 3) and @property(school) == "040"',
        "FALSEPREDICATE OR @property(exam) == TRUE",
        "@property(grade) != 4 && !(@property(nothing) == 'x')",
        "@status(passcode.is-present) == FALSE",
        "@property(school) CONTAINS '4' || @property(school) ENDSWITH 'x'",
    ],
)
def test_a_true_predicate_activates(
    enrolled: SimulatedIpad, server: DeclaringServer, predicate: str
) -> None:
    assert _predicated(server, enrolled, predicate) == ()
    assert "cfg.echo" in active_on(enrolled)


@pytest.mark.parametrize(
    ("predicate", "code"),
    [
        ("FALSEPREDICATE", "Info.Predicate"),
        ("@property(grade) == 4", "Info.Predicate"),
        ("@property(nothing) < 4", "Info.Predicate"),
        ("@status(no.such.item) == 'x'", "Error.UnableToEvaluatePredicate"),
        ("@property(grade) < 'x'", "Error.UnableToEvaluatePredicate"),
        (
            "SUBQUERY(@status(mdm.app), $a, TRUEPREDICATE).@count == 1",
            "Error.UnableToParsePredicate",
        ),
        ("@property(grade) ==", "Error.UnableToParsePredicate"),
        ("(TRUEPREDICATE", "Error.UnableToParsePredicate"),
        ("TRUEPREDICATE TRUEPREDICATE", "Error.UnableToParsePredicate"),
        ("", "Error.UnableToParsePredicate"),
        ("(" * 3000 + "TRUEPREDICATE", "Error.UnableToParsePredicate"),
    ],
)
def test_any_other_predicate_says_why_it_does_not_activate(
    enrolled: SimulatedIpad, server: DeclaringServer, predicate: str, code: str
) -> None:
    assert _predicated(server, enrolled, predicate) == (code,)
    assert "cfg.echo" not in active_on(enrolled)


def test_a_predicate_is_evaluated_again_when_its_value_changes(
    enrolled: SimulatedIpad, server: DeclaringServer
) -> None:
    _predicated(server, enrolled, "@status(passcode.is-present) == TRUE")
    assert "cfg.echo" not in active_on(enrolled)

    enrolled.set_passcode("482915")
    poll(enrolled, server)

    assert "cfg.echo" in active_on(enrolled)


def test_a_person_on_a_shared_ipad_has_declarations_of_her_own(
    make_ipad: MakeIpad, server: DeclaringServer
) -> None:
    ipad = of_version(make_ipad, server, "26.1", is_shared=True, is_ade=True)
    talk(ipad, server, sign_in(ipad, "mia@schule.example"))
    server.queue(
        "DeclarativeManagement", "hers", channel="mia@schule.example", Data=server.tokens()
    )

    poll(ipad, server)

    assert ipad.declarative is None
    assert server.checkins[-1][1]["UserShortName"] == "mia@schule.example"


_ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 99)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
_KNOWN = st.sampled_from(sorted(declaration_types()))


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(declaration_type=_KNOWN, content=st.data())
def test_whatever_a_declaration_says_the_ipad_judges_it_and_lives(
    make_ipad: MakeIpad, declaration_type: str, content: st.DataObject
) -> None:
    server, ipad = DeclaringServer(), make_ipad(replace(hardware_of(0), os_version="27.0"))
    enrol(ipad, server)
    keys = sorted(declaration_facts(declaration_type).keys) or ["any"]
    payload = content.draw(st.dictionaries(st.sampled_from(keys), _ANYTHING, max_size=4))
    server.declare(declaration_type.removeprefix("com.apple."), "some", payload)
    server.declare("activation.simple", "on.some", {"StandardConfigurations": ["some"]})

    server.sync(ipad)

    assert declarations_on(ipad).keys() == {"some", "on.some"}
    assert server.status


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(body=_ANYTHING.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=40))
@pytest.mark.parametrize(
    "endpoint", ["tokens", "declaration-items", f"declaration/configuration/{PIN}"]
)
def test_whatever_a_server_answers_nothing_is_lost(
    make_ipad: MakeIpad, endpoint: str, body: bytes
) -> None:
    server, ipad = DeclaringServer(), make_ipad()
    enrol(ipad, server)
    server.configure("passcode.settings", PIN, RequirePasscode=True)
    server.sync(ipad)
    server.declare("configuration.passcode.settings", PIN, {"MinimumLength": 6})
    server.bodies[endpoint] = Response(200, body, {"content-type": "application/json"})

    server.sync(ipad, says_tokens=False)

    assert PIN in active_on(ipad)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(fates=st.lists(st.sampled_from(Fate), max_size=20))
def test_whatever_the_network_does_the_ipad_ends_up_as_declared(
    make_ipad: MakeIpad, fates: list[Fate]
) -> None:
    server, ipad = DeclaringServer(), make_ipad()
    enrol(ipad, server)
    server.configure("passcode.settings", PIN, RequirePasscode=True)
    server.configure("management.test", "cfg.echo", Echo="hallo")
    ipad.faults.next_fates = list(fates)

    server.sync(ipad)
    while ipad.faults.next_fates or ipad.declarative is None or ipad.declarative.is_due(ipad.now):
        poll(ipad, server)

    assert active_on(ipad) == server.declared.keys()
    assert {
        one["identifier"] for one in server.told("management.declarations.configurations")[-1]
    } == {
        PIN,
        "cfg.echo",
    }
