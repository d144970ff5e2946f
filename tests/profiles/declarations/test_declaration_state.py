"""What a device says about its declarations and about itself."""

import pytest

from profiles.declarations.capabilities import capabilities, takes
from profiles.declarations.configurations import passcode, status_subscriptions
from profiles.declarations.declaration import manifest_item, server_token
from profiles.declarations.declaration_state import (
    DeclarationState,
    Standing,
    Validity,
    declaration_states,
    standing,
    unwished,
)
from profiles.declarations.management import server_capabilities
from profiles.declarations.manifest import DeclarationKind
from profiles.declarations.reasons import Reason
from profiles.declarations.status_merge import Known, merge
from profiles.schema.os_version import OsVersion
from tests.profiles.declarations.samples import PASSCODE, passcode_of, report

WISHED = manifest_item(PASSCODE)


def known(kind: str, **changes: object) -> Known:
    entry = {
        "identifier": "cfg.passcode",
        "server-token": server_token(PASSCODE),
        "active": True,
        "valid": "valid",
        "reasons": [],
        **changes,
    }
    return merge({}, report({"management": {"declarations": {kind: [entry]}}})).items


def states(**changes: object) -> dict[str, DeclarationState]:
    return declaration_states(known("configurations", **changes))


def test_a_state_is_read_with_its_reasons() -> None:
    reason = {"code": "Error.MissingAssets", "details": {"AssetIdentifiers": ["asset.root"]}}

    found = states(active=False, valid="invalid", reasons=[reason])

    assert found["cfg.passcode"] == DeclarationState(
        DeclarationKind.CONFIGURATION,
        "cfg.passcode",
        server_token(PASSCODE),
        active=False,
        validity=Validity.INVALID,
        reasons=(Reason("Error.MissingAssets", None, {"AssetIdentifiers": ["asset.root"]}),),
    )


def test_odd_values_of_a_state_prove_nothing() -> None:
    found = states(**{"server-token": 7, "active": "yes", "valid": "perhaps", "reasons": "none"})

    state = found["cfg.passcode"]
    assert (state.server_token, state.active, state.validity) == ("", False, Validity.UNKNOWN)


def test_a_declaration_that_nobody_wished_is_kept_and_named() -> None:
    found = states()

    assert [state.identifier for state in unwished({}, found)] == ["cfg.passcode"]
    assert unwished({"cfg.passcode": WISHED}, found) == ()


def test_the_current_revision_in_force_is_in_force() -> None:
    assert standing(WISHED, states()) is Standing.IN_FORCE


def test_no_word_yet_is_waiting() -> None:
    assert standing(WISHED, {}) is Standing.WAITING


def test_the_state_of_an_older_revision_says_nothing_about_the_new_one() -> None:
    assert standing(manifest_item(passcode_of(8)), states()) is Standing.WAITING


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"valid": "unknown"}, Standing.WAITING),
        ({"valid": "invalid", "active": False}, Standing.FAILED),
        ({"active": False}, Standing.INACTIVE),
        ({"active": False, "reasons": [{"code": "Info.Predicate"}]}, Standing.INACTIVE),
        ({"active": False, "reasons": [{"code": "Error.ActivationFailed"}]}, Standing.FAILED),
        ({"active": False, "reasons": [{"code": "Error.Future"}]}, Standing.FAILED),
    ],
)
def test_a_revision_that_is_not_in_force_says_why(
    changes: dict[str, object], expected: Standing
) -> None:
    assert standing(WISHED, states(**changes)) is expected


def test_a_management_declaration_is_in_force_without_being_active() -> None:
    wished = manifest_item(server_capabilities("cfg.passcode"))

    found = declaration_states(
        known("management", active=False, **{"server-token": wished.server_token})
    )

    assert standing(wished, found) is Standing.IN_FORCE


def test_an_identifier_that_changed_its_kind_is_waiting() -> None:
    assert standing(WISHED, declaration_states(known("assets"))) is Standing.WAITING


def test_capabilities_are_read() -> None:
    payloads = {
        "declarations": {"configurations": [passcode.TYPE], "activations": ["x", 7]},
        "status-items": ["mdm.app"],
    }
    said = {"supported-versions": ["1.0.0"], "supported-payloads": payloads}
    items = merge({}, report({"management": {"client-capabilities": said}})).items

    found = capabilities(items)

    assert found is not None
    assert found.declaration_types == {passcode.TYPE, "x"}
    assert found.subscribable(["device.model.family", "mdm.app"]) == ("mdm.app",)
    assert found.versions == ("1.0.0",)
    assert takes(found, passcode.TYPE)
    assert not takes(found, "com.apple.configuration.app.settings")


def test_before_its_first_report_a_device_takes_only_what_every_device_does() -> None:
    assert capabilities({}) is None
    assert takes(None, status_subscriptions.TYPE)
    assert not takes(None, passcode.TYPE)


def test_a_version_subscribes_to_the_items_it_has() -> None:
    assert "softwareupdate.install-state" in status_subscriptions.items_of(OsVersion(17))
    assert "softwareupdate.install-state" not in status_subscriptions.items_of(OsVersion(16, 7))
