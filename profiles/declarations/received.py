"""The tokens document and the list of declarations, read as a device reads them.

Here: for whoever plays the device. Not here: writing them (manifest.py), reading a declaration
(declaration.py).

source: Apple, schema "Tokens Response", "Declaration Items Response".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from profiles.declarations.json_form import JsonValue, read_object
from profiles.declarations.manifest import DeclarationKind, ManifestItem
from profiles.errors import MalformedMessage

_KIND_OF = {
    "Activations": DeclarationKind.ACTIVATION,
    "Assets": DeclarationKind.ASSET,
    "Configurations": DeclarationKind.CONFIGURATION,
    "Management": DeclarationKind.MANAGEMENT,
}


@dataclass(frozen=True, slots=True)
class ReceivedTokens:
    """Whether anything changed. timestamp: as written, such as 2026-11-20T08:00:00Z."""

    declarations_token: str
    timestamp: str


@dataclass(frozen=True, slots=True)
class ReceivedManifest:
    """Everything that the device should have, in the order of the document."""

    declarations_token: str
    items: tuple[ManifestItem, ...]


def read_tokens(body: bytes) -> ReceivedTokens:
    """Read the tokens document, from the endpoint or from the command.

    raises: MalformedMessage.
    """
    tokens = read_object(body, "SyncTokens").get("SyncTokens")
    if not isinstance(tokens, Mapping):
        raise MalformedMessage("SyncTokens")
    return ReceivedTokens(_text(tokens, "DeclarationsToken"), _text(tokens, "Timestamp"))


def read_declaration_items(body: bytes) -> ReceivedManifest:
    """Read the list of declarations; a missing array is an error, as it may hide a mistake.

    raises: MalformedMessage, also for an identifier that comes twice.
    """
    document = read_object(body, "Declarations")
    declarations = document.get("Declarations")
    if not isinstance(declarations, Mapping):
        raise MalformedMessage("Declarations")
    items = tuple(item for name in _KIND_OF for item in _items(name, declarations.get(name)))
    if len({item.identifier for item in items}) != len(items):
        raise MalformedMessage("Declarations", "an identifier comes twice")
    return ReceivedManifest(_text(document, "DeclarationsToken"), items)


def _items(name: str, listed: JsonValue) -> Iterator[ManifestItem]:
    if not isinstance(listed, list):
        raise MalformedMessage(f"Declarations.{name}")
    for entry in listed:
        if not isinstance(entry, Mapping):
            raise MalformedMessage(f"Declarations.{name}")
        yield ManifestItem(_KIND_OF[name], _text(entry, "Identifier"), _text(entry, "ServerToken"))


def _text(values: Mapping[str, JsonValue], key: str) -> str:
    value = values.get(key)
    if not isinstance(value, str):
        raise MalformedMessage(key)
    return value
