"""The server's JSON documents, read strictly and by rules of the iPad's own.

Here: tokens, list of declarations, one declaration. Not here: what a payload says (checking).
A document that breaks a rule is refused as a whole: better no change than a wrong one.

source: Apple, schema "Tokens Response", "Declaration Items Response", "DeclarationBase".
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NoReturn

from mdm.simulator.errors import BadDocument

KINDS = ("activation", "asset", "configuration", "management")
"""As in types and paths."""

_ARRAYS = {
    "Activations": "activation",
    "Assets": "asset",
    "Configurations": "configuration",
    "Management": "management",
}
_LONGEST_NAME = 64
_LONGEST_TOKEN = 256
_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)
_TYPE = re.compile(rf"com\.apple\.({'|'.join(KINDS)})\.[a-z0-9.-]+", re.ASCII)
# Equal bytes go to many iPads, which then share one value.
_REMEMBERED = 4096


@dataclass(frozen=True, slots=True)
class Tokens:
    """What the server has. timestamp: of the last change; later ones are greater as texts."""

    declarations_token: str
    timestamp: str


@dataclass(frozen=True, slots=True)
class Item:
    """One declaration as the list names it. kind: one of KINDS."""

    kind: str
    identifier: str
    server_token: str


@dataclass(frozen=True, slots=True)
class ItemList:
    """Everything the iPad is to have."""

    declarations_token: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Declaration:
    """One declaration as the server wrote it."""

    declaration_type: str
    identifier: str
    server_token: str
    payload: Mapping[str, Any] = field(repr=False)

    @property
    def kind(self) -> str:
        """One of KINDS."""
        return self.declaration_type.split(".")[2]


def read_tokens(body: bytes) -> Tokens:
    """Read tokens, of the command or of the endpoint. raises: BadDocument."""
    tokens = _dictionary(_object(body, "tokens"), "SyncTokens")
    timestamp = _text(tokens, "Timestamp")
    if not _TIMESTAMP.fullmatch(timestamp):
        raise BadDocument("Timestamp", "is not written like 2026-01-15T08:00:00Z")
    return Tokens(_text(tokens, "DeclarationsToken", _LONGEST_TOKEN), timestamp)


def read_items(body: bytes) -> ItemList:
    """Read the list of declarations. raises: BadDocument."""
    document = _object(body, "declaration-items")
    declarations = _dictionary(document, "Declarations")
    for name in sorted(declarations.keys() ^ _ARRAYS.keys()):
        raise BadDocument(f"Declarations.{name}", "is missing, or not known")
    items = tuple(_item(name, entry) for name in _ARRAYS for entry in _array(declarations, name))
    if len({item.identifier for item in items}) != len(items):
        raise BadDocument("Declarations", "an identifier comes twice")
    return ItemList(_text(document, "DeclarationsToken", _LONGEST_TOKEN), items)


@lru_cache(_REMEMBERED)
def read_declaration(body: bytes) -> Declaration:
    """Read one declaration; equal bytes give the very same value. raises: BadDocument."""
    document = _object(body, "declaration")
    for key in document.keys() - {"Type", "Identifier", "ServerToken", "Payload"}:
        raise BadDocument(key, "is not known")
    declaration_type = _text(document, "Type", 256)
    if not _TYPE.fullmatch(declaration_type):
        raise BadDocument("Type", "is no type of a declaration")
    return Declaration(
        declaration_type,
        _text(document, "Identifier"),
        _text(document, "ServerToken"),
        _dictionary(document, "Payload"),
    )


def _item(name: str, entry: object) -> Item:
    if not isinstance(entry, dict) or entry.keys() != {"Identifier", "ServerToken"}:
        raise BadDocument(f"Declarations.{name}", "has an entry of another form")
    return Item(_ARRAYS[name], _text(entry, "Identifier"), _text(entry, "ServerToken"))


def _object(body: bytes, name: str) -> dict[str, Any]:
    try:
        text = body.decode("utf-8")
        value = json.loads(text, object_pairs_hook=_distinct, parse_constant=_refused)
    except (ValueError, RecursionError) as error:
        raise BadDocument(name, "is no readable JSON") from error
    if not isinstance(value, dict):
        raise BadDocument(name, "is no JSON object")
    return value


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key comes twice")
    return found


def _refused(word: str) -> NoReturn:
    raise ValueError("no number of JSON")


def _dictionary(document: Mapping[str, Any], key: str) -> dict[str, Any]:
    value = document.get(key)
    if not isinstance(value, dict):
        raise BadDocument(key, "is missing, or no dictionary")
    return value


def _array(document: Mapping[str, Any], key: str) -> list[Any]:
    value = document[key]
    if not isinstance(value, list):
        raise BadDocument(f"Declarations.{key}", "is no array")
    return value


def _text(document: Mapping[str, Any], key: str, longest: int = _LONGEST_NAME) -> str:
    value = document.get(key)
    if not isinstance(value, str) or not value:
        raise BadDocument(key, "is missing, or no text")
    if len(value.encode("utf-8", "surrogatepass")) > longest:
        raise BadDocument(key, f"is longer than {longest} octets")
    return value
