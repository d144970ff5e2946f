"""The documents of a sync, as a device reads them."""

import json
from collections.abc import Callable

import pytest

from profiles.declarations.declaration import read_declaration
from profiles.declarations.received import read_declaration_items, read_tokens
from profiles.declarations.snapshot import Snapshot
from profiles.errors import MalformedMessage
from tests.profiles.declarations.samples import BASE, CERTIFICATE, CHANGED_AT, PASSCODE, TRUST

SNAPSHOT = Snapshot.of([BASE, PASSCODE, CERTIFICATE, TRUST], CHANGED_AT)


def test_a_device_that_fetches_everything_has_the_snapshot() -> None:
    manifest = read_declaration_items(SNAPSHOT.items())

    bodies = [SNAPSHOT.body_of(item.kind, item.identifier) for item in manifest.items]

    received = [read_declaration(body) for body in bodies if body is not None]
    assert Snapshot.of([each.declaration for each in received], CHANGED_AT) == SNAPSHOT
    assert [each.server_token for each in received] == [
        item.server_token for item in manifest.items
    ]


def test_tokens_are_those_of_the_list() -> None:
    tokens = read_tokens(SNAPSHOT.tokens())

    listed = read_declaration_items(SNAPSHOT.items())
    assert tokens.declarations_token == listed.declarations_token
    assert tokens.timestamp == "2026-11-20T08:00:00Z"


ENTRY = {"Identifier": "a", "ServerToken": "t"}
EMPTY: dict[str, object] = {
    "Activations": [],
    "Assets": [],
    "Configurations": [],
    "Management": [],
}


@pytest.mark.parametrize(
    ("read", "document", "field"),
    [
        (read_tokens, {}, "SyncTokens"),
        (read_tokens, {"SyncTokens": {"Timestamp": "x"}}, "DeclarationsToken"),
        (read_declaration_items, {}, "Declarations"),
        (read_declaration_items, {"Declarations": {}}, "Declarations.Activations"),
        (read_declaration_items, {"Declarations": EMPTY}, "DeclarationsToken"),
        (
            read_declaration_items,
            {"Declarations": {**EMPTY, "Assets": [7]}, "DeclarationsToken": "t"},
            "Declarations.Assets",
        ),
        (
            read_declaration_items,
            {"Declarations": {**EMPTY, "Assets": [{"Identifier": "a"}]}, "DeclarationsToken": "t"},
            "ServerToken",
        ),
        (
            read_declaration_items,
            {
                "Declarations": {**EMPTY, "Assets": [ENTRY], "Management": [ENTRY]},
                "DeclarationsToken": "t",
            },
            "Declarations",
        ),
    ],
)
def test_a_document_that_a_device_could_not_use_is_refused(
    read: Callable[[bytes], object], document: object, field: str
) -> None:
    with pytest.raises(MalformedMessage) as refusal:
        read(json.dumps(document).encode())

    assert refusal.value.field == field
