"""The two documents that tell a device which declarations it should have."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from profiles.declarations.manifest import (
    DeclarationKind,
    Manifest,
    ManifestItem,
    declaration_items_document,
    tokens_document,
)

CHANGED_AT = datetime(2026, 11, 20, 8, 0, 0, 123456, tzinfo=UTC)
PASSCODE = ManifestItem(DeclarationKind.CONFIGURATION, "cfg.passcode", "t1")
BASE = ManifestItem(DeclarationKind.ACTIVATION, "act.base", "t2")


def test_an_empty_manifest_still_has_all_four_arrays() -> None:
    document = json.loads(declaration_items_document(Manifest([], CHANGED_AT)))

    assert document["Declarations"] == {
        "Activations": [],
        "Assets": [],
        "Configurations": [],
        "Management": [],
    }


def test_each_declaration_stands_in_the_array_of_its_kind() -> None:
    document = json.loads(declaration_items_document(Manifest([PASSCODE, BASE], CHANGED_AT)))

    assert document["Declarations"]["Configurations"] == [
        {"Identifier": "cfg.passcode", "ServerToken": "t1"}
    ]
    assert document["Declarations"]["Activations"] == [
        {"Identifier": "act.base", "ServerToken": "t2"}
    ]


def test_tokens_and_list_carry_the_same_token() -> None:
    manifest = Manifest([PASSCODE], CHANGED_AT)

    tokens = json.loads(tokens_document(manifest))["SyncTokens"]

    listed = json.loads(declaration_items_document(manifest))
    assert tokens["DeclarationsToken"] == listed["DeclarationsToken"]


def test_the_timestamp_is_in_utc_without_a_fraction() -> None:
    summer = CHANGED_AT.astimezone(timezone(timedelta(hours=2)))

    tokens = json.loads(tokens_document(Manifest([], summer)))["SyncTokens"]

    assert tokens["Timestamp"] == "2026-11-20T08:00:00Z"


def test_a_changed_declaration_changes_the_token() -> None:
    changed = ManifestItem(PASSCODE.kind, PASSCODE.identifier, "t9")

    assert (
        Manifest([changed], CHANGED_AT).declarations_token
        != Manifest([PASSCODE], CHANGED_AT).declarations_token
    )


@given(st.permutations([PASSCODE, BASE, ManifestItem(DeclarationKind.ASSET, "asset.x", "t3")]))
def test_the_order_of_the_items_changes_nothing(items: Sequence[ManifestItem]) -> None:
    inside_out = Manifest(list(reversed(items)), CHANGED_AT)

    assert declaration_items_document(Manifest(items, CHANGED_AT)) == declaration_items_document(
        inside_out
    )


@given(st.text(max_size=200), st.text(max_size=200))
def test_a_token_is_short_enough_for_a_device(identifier: str, server_token: str) -> None:
    item = ManifestItem(DeclarationKind.MANAGEMENT, identifier, server_token)

    token = Manifest([item], CHANGED_AT).declarations_token

    assert len(token.encode()) <= 256
