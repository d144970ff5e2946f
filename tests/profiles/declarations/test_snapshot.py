"""Everything a channel is told, at one instant."""

import json
from collections.abc import Sequence
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiles.declarations.activations import activation
from profiles.declarations.assets import user_identity
from profiles.declarations.declaration import Declaration
from profiles.declarations.manifest import DeclarationKind
from profiles.declarations.snapshot import Snapshot, idle_in, problems_in
from profiles.errors import InvalidPayload
from tests.profiles.declarations.samples import (
    BASE,
    CERTIFICATE,
    CHANGED_AT,
    PASSCODE,
    TRUST,
    passcode_of,
)

ALL = (BASE, PASSCODE, CERTIFICATE, TRUST)


def test_an_empty_snapshot_is_refused() -> None:
    with pytest.raises(InvalidPayload, match="takes everything off the device"):
        Snapshot.of([], CHANGED_AT)


def test_an_empty_snapshot_made_without_the_helpers_is_refused_too() -> None:
    with pytest.raises(InvalidPayload, match="Declarations"):
        Snapshot((), CHANGED_AT)


@pytest.mark.parametrize("reason", ["", "  "])
def test_nothing_needs_a_reason(reason: str) -> None:
    with pytest.raises(InvalidPayload, match="Declarations"):
        Snapshot.nothing(reason, CHANGED_AT)


def test_nothing_with_a_reason_empties_the_device() -> None:
    snapshot = Snapshot.nothing("school left the service", CHANGED_AT)

    assert all(entries == [] for entries in json.loads(snapshot.items())["Declarations"].values())
    assert snapshot.empty_because == "school left the service"


def test_a_reason_for_nothing_beside_declarations_is_refused() -> None:
    with pytest.raises(InvalidPayload, match="Declarations"):
        Snapshot((PASSCODE,), CHANGED_AT, "by mistake")


def test_an_instant_without_a_time_zone_is_refused() -> None:
    with pytest.raises(InvalidPayload, match="Timestamp"):
        Snapshot.of([PASSCODE], datetime(2026, 11, 20, 8))


@given(st.permutations(ALL))
def test_the_order_of_declarations_does_not_matter(declarations: Sequence[Declaration]) -> None:
    snapshot = Snapshot.of(declarations, CHANGED_AT)

    assert snapshot == Snapshot.of(ALL, CHANGED_AT)
    assert snapshot.items() == Snapshot.of(ALL, CHANGED_AT).items()


@given(st.integers(1, 16), st.integers(1, 16))
def test_the_token_changes_exactly_when_a_declaration_does(first: int, second: int) -> None:
    tokens = [
        Snapshot.of([BASE, passcode_of(length)], CHANGED_AT).token for length in (first, second)
    ]

    assert (tokens[0] == tokens[1]) == (first == second)


@given(st.sets(st.sampled_from([BASE, PASSCODE, CERTIFICATE]).map(lambda d: d.identifier)))
def test_another_set_has_another_token(left_out: set[str]) -> None:
    kept = [each for each in ALL if each.identifier not in left_out]
    if problems_in(kept):
        return

    token = Snapshot.of(kept, CHANGED_AT).token

    assert (token == Snapshot.of(ALL, CHANGED_AT).token) == (not left_out)


def test_all_answers_fit_each_other() -> None:
    snapshot = Snapshot.of(ALL, CHANGED_AT)

    tokens = json.loads(snapshot.tokens())["SyncTokens"]["DeclarationsToken"]
    listed = json.loads(snapshot.items())
    assert tokens == listed["DeclarationsToken"] == snapshot.token
    for item in snapshot.manifest.items:
        body = snapshot.body_of(item.kind, item.identifier)
        assert body is not None
        assert json.loads(body)["ServerToken"] == item.server_token


def test_a_payload_changed_afterwards_changes_no_answer() -> None:
    payload: dict[str, object] = {"grade": 9}
    declaration = Declaration("com.apple.management.properties", "mgmt.p", payload)
    snapshot = Snapshot.of([declaration], CHANGED_AT)

    payload["grade"] = 10

    body = snapshot.body_of(DeclarationKind.MANAGEMENT, "mgmt.p")
    assert body is not None
    assert json.loads(body)["Payload"] == {"grade": 9}


def test_what_is_not_in_the_set_has_no_body() -> None:
    snapshot = Snapshot.of(ALL, CHANGED_AT)

    assert snapshot.body_of(DeclarationKind.CONFIGURATION, "cfg.other") is None
    assert snapshot.body_of(DeclarationKind.ASSET, "cfg.passcode") is None


def test_an_identifier_in_two_kinds_is_refused() -> None:
    same = user_identity("cfg.passcode", "Muster")

    with pytest.raises(InvalidPayload) as refusal:
        Snapshot.of([PASSCODE, same], CHANGED_AT)

    assert refusal.value.field == "cfg.passcode"


def test_an_activation_of_what_is_not_there_is_refused() -> None:
    with pytest.raises(InvalidPayload) as refusal:
        Snapshot.of([BASE], CHANGED_AT)

    assert refusal.value.field == "act.base/StandardConfigurations"
    assert "cfg.passcode" in refusal.value.problem


def test_an_activation_of_an_asset_is_refused() -> None:
    problems = problems_in([activation(["asset.root"], "act.wrong"), CERTIFICATE])

    assert [problem.field for problem in problems] == ["act.wrong/StandardConfigurations"]


def test_a_missing_asset_is_refused_with_the_key_that_names_it() -> None:
    problems = problems_in([TRUST])

    assert [problem.field for problem in problems] == ["cfg.trust/CredentialAssetReference"]


def test_an_asset_of_another_type_is_refused() -> None:
    problems = problems_in([TRUST, user_identity("asset.root", "Muster")])

    assert "com.apple.asset.credential.certificate" in problems[0].next_step


def test_configurations_without_an_activation_are_named() -> None:
    assert idle_in(ALL) == ("cfg.trust",)


def test_a_type_that_the_tables_do_not_know_may_stand_in_a_snapshot() -> None:
    future = Declaration("com.apple.configuration.future.thing", "cfg.future", {"Key": 1})

    assert Snapshot.of([future], CHANGED_AT).token
