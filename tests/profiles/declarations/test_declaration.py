"""One declaration: identifier, token, bytes."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiles.declarations.declaration import (
    Declaration,
    declaration_identifier,
    filled,
    manifest_item,
    read_declaration,
    server_token,
    to_bytes,
)
from profiles.declarations.manifest import DeclarationKind, ManifestItem
from profiles.errors import InvalidPayload, MalformedMessage
from profiles.variables import DeviceVariables
from tests.profiles.declarations.samples import BASE, CERTIFICATE, PASSCODE, passcode_of

PROPERTIES = "com.apple.management.properties"
CONTENT = st.dictionaries(
    st.text(st.characters(codec="utf-8"), max_size=5),
    st.integers(-9, 9) | st.booleans() | st.text(st.characters(codec="utf-8"), max_size=5),
    max_size=4,
)


def properties(payload: dict[str, object]) -> Declaration:
    return Declaration(PROPERTIES, "mgmt.properties", payload)


def test_the_envelope_has_the_four_keys() -> None:
    document = json.loads(to_bytes(PASSCODE))

    assert document == {
        "Type": "com.apple.configuration.passcode.settings",
        "Identifier": "cfg.passcode",
        "ServerToken": server_token(PASSCODE),
        "Payload": {"RequirePasscode": True, "MinimumLength": 6},
    }


def test_the_kind_is_the_third_word_of_the_type() -> None:
    kinds = [declaration.kind for declaration in (BASE, PASSCODE, CERTIFICATE, properties({}))]

    assert kinds == [
        DeclarationKind.ACTIVATION,
        DeclarationKind.CONFIGURATION,
        DeclarationKind.ASSET,
        DeclarationKind.MANAGEMENT,
    ]


def test_the_manifest_names_the_token_of_the_bytes() -> None:
    item = manifest_item(PASSCODE)

    token = json.loads(to_bytes(PASSCODE))["ServerToken"]
    assert item == ManifestItem(DeclarationKind.CONFIGURATION, "cfg.passcode", token)


@given(CONTENT, CONTENT)
def test_the_token_changes_exactly_when_the_content_does(
    first: dict[str, object], second: dict[str, object]
) -> None:
    tokens = [server_token(properties(content)) for content in (first, second)]

    same = json.dumps(first, sort_keys=True) == json.dumps(second, sort_keys=True)
    assert (tokens[0] == tokens[1]) == same


@given(CONTENT)
def test_the_token_has_at_most_64_octets(content: dict[str, object]) -> None:
    assert len(server_token(properties(content)).encode()) <= 64


def test_true_and_one_are_not_the_same_content() -> None:
    assert server_token(properties({"a": True})) != server_token(properties({"a": 1}))


def test_the_same_payload_under_another_type_has_another_token() -> None:
    asset = Declaration("com.apple.asset.data", "x", {})

    assert server_token(asset) != server_token(properties({}))


def test_the_same_content_has_the_same_token_under_any_identifier() -> None:
    renamed = Declaration(PASSCODE.declaration_type, "cfg.other", PASSCODE.payload)

    assert server_token(renamed) == server_token(PASSCODE)


@given(CONTENT)
def test_what_is_written_is_read_back(content: dict[str, object]) -> None:
    written = properties({key.replace("\0", ""): value for key, value in content.items()})
    clean = properties(json.loads(json.dumps(dict(written.payload)).replace("\\u0000", "")))

    received = read_declaration(to_bytes(clean))

    assert received.declaration == clean
    assert received.server_token == server_token(clean)


@pytest.mark.parametrize("missing", ["Type", "Identifier", "ServerToken", "Payload"])
def test_a_declaration_without_one_of_its_keys_is_refused(missing: str) -> None:
    document = json.loads(to_bytes(PASSCODE))
    del document[missing]

    with pytest.raises(MalformedMessage) as refusal:
        read_declaration(json.dumps(document).encode())

    assert refusal.value.field == missing


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("Type", "com.example.other"),
        ("Type", 7),
        ("Identifier", "a/b"),
        ("Identifier", "x" * 65),
        ("ServerToken", "x" * 65),
        ("Payload", []),
    ],
)
def test_a_declaration_with_a_wrong_key_is_refused(key: str, value: object) -> None:
    document = {**json.loads(to_bytes(PASSCODE)), key: value}

    with pytest.raises(MalformedMessage) as refusal:
        read_declaration(json.dumps(document).encode())

    assert refusal.value.field == key


@pytest.mark.parametrize("identifier", ["", "a b", "a/b", "ä", ".a", "a..b", "a\n", "x" * 65])
def test_an_identifier_that_no_path_can_hold_is_refused(identifier: str) -> None:
    with pytest.raises(InvalidPayload) as refusal:
        Declaration(PROPERTIES, identifier, {})

    assert refusal.value.field == "Identifier"
    assert refusal.value.next_step


@pytest.mark.parametrize(
    "declaration_type", ["", "com.apple.asset", "com.apple.command.x", "com.apple.asset.data\n"]
)
def test_a_type_that_is_none_is_refused(declaration_type: str) -> None:
    with pytest.raises(InvalidPayload, match="Type"):
        Declaration(declaration_type, "x", {})


def test_a_payload_that_is_no_json_has_no_token() -> None:
    with pytest.raises(InvalidPayload, match="Payload"):
        server_token(properties({"key": b"bytes"}))


def test_variables_are_filled_for_one_device_and_change_the_token() -> None:
    template = properties({"school": "$SCHOOL_NUMBER", "price": "5 $$"})

    declaration = filled(template, DeviceVariables(school_number="040"))

    assert declaration.payload == {"school": "040", "price": "5 $"}
    assert server_token(declaration) != server_token(template)


def test_a_variable_without_a_value_is_refused() -> None:
    with pytest.raises(InvalidPayload, match="SERIAL"):
        filled(properties({"serial": "$SERIAL"}), DeviceVariables())


def test_identifiers_are_the_same_every_time_and_others_for_other_types() -> None:
    passcode = declaration_identifier(PASSCODE.declaration_type, "schule-040", "basis")

    assert passcode == "cfg.passcode.settings.schule-040.basis"
    assert declaration_identifier(PROPERTIES, "schule-040", "basis") != passcode


@given(
    st.lists(st.text("abcXYZ019-_", min_size=1, max_size=40), min_size=1, max_size=4, unique=True)
)
def test_a_made_identifier_is_always_one(parts: list[str]) -> None:
    identifier = declaration_identifier(PASSCODE.declaration_type, *parts)

    assert Declaration(PASSCODE.declaration_type, identifier, {}).identifier == identifier


def test_long_identifiers_differ_although_they_are_cut() -> None:
    identifiers = {
        declaration_identifier(PASSCODE.declaration_type, "x" * 60, last) for last in ("a", "b")
    }

    assert len(identifiers) == 2


def test_a_part_with_a_slash_is_refused() -> None:
    with pytest.raises(InvalidPayload, match="Identifier"):
        declaration_identifier(PROPERTIES, "a/b")


def test_an_identifier_for_no_type_is_refused() -> None:
    with pytest.raises(InvalidPayload, match="Type"):
        declaration_identifier("passcode", "a")


def test_secrets_of_a_payload_are_not_shown() -> None:
    assert "6" not in repr(passcode_of(6))
