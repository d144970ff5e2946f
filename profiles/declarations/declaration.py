"""One declaration: its envelope, its token, its bytes; and reading it back.

Here: identifiers, the token that follows from the content, both directions of JSON.
Not here: what a payload may say (profiles.schema.declaration_reader, configurations/), which
declarations go together (snapshot.py).

source: Apple, schema "DeclarationBase".
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from profiles import variables
from profiles.declarations.json_form import canonical, read_object
from profiles.declarations.manifest import DeclarationKind, ManifestItem
from profiles.errors import InvalidPayload, MalformedMessage
from profiles.variables import DeviceVariables

MAX_IDENTIFIER_LENGTH = 64
MAX_TOKEN_LENGTH = 64

_ENVELOPE = "Declaration"
_TYPE = re.compile(
    r"com\.apple\.(activation|asset|configuration|management)(\.[a-z0-9]+(-[a-z0-9]+)*)+", re.ASCII
)
# No slash: the identifier is the rest of the path by which the device asks for it.
_IDENTIFIER = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*", re.ASCII)
_DIGEST_LENGTH = 16
_SHORT = {"activation": "act", "configuration": "cfg", "management": "mgmt"}


@dataclass(frozen=True, slots=True)
class Declaration:
    """What a device is told, without its token, which follows from the rest.

    declaration_type: such as com.apple.configuration.passcode.settings.
    identifier: at most 64 of A-Z, a-z, 0-9, `.`, `_`, `-`; never used for another type again.
    payload: values of JSON; may hold variables (profiles.variables) until `filled`.
    raises: InvalidPayload.
    """

    declaration_type: str
    identifier: str
    payload: Mapping[str, object] = field(repr=False)

    def __post_init__(self) -> None:
        _require_type(self.declaration_type)
        require_identifier("Identifier", self.identifier)
        if not isinstance(self.payload, Mapping):
            raise InvalidPayload("Payload", "is no dictionary", "give its keys")

    @property
    def kind(self) -> DeclarationKind:
        """The third word of the type, which is part of the path of a device's request."""
        return DeclarationKind(self.declaration_type.split(".")[2])


@dataclass(frozen=True, slots=True)
class ReceivedDeclaration:
    """A declaration as the other side wrote it, with the token that it was given."""

    declaration: Declaration
    server_token: str


def server_token(declaration: Declaration) -> str:
    """Digest type and payload: 64 characters that change exactly when the content does.

    The identifier is no part of it: equal content has an equal token everywhere.
    raises: InvalidPayload, if the payload is no JSON.
    """
    content = {"Type": declaration.declaration_type, "Payload": declaration.payload}
    return hashlib.sha256(canonical(content)).hexdigest()


def manifest_item(declaration: Declaration) -> ManifestItem:
    """Name a declaration as the manifest does."""
    return ManifestItem(declaration.kind, declaration.identifier, server_token(declaration))


def to_bytes(declaration: Declaration) -> bytes:
    """Write what a device fetches, with the token of the manifest.

    raises: InvalidPayload, if the payload is no JSON.
    """
    return with_token(declaration, server_token(declaration))


def with_token(declaration: Declaration, token: str) -> bytes:
    """Write what a device fetches; for who has the token of this declaration already."""
    return canonical(
        {
            "Type": declaration.declaration_type,
            "Identifier": declaration.identifier,
            "ServerToken": token,
            "Payload": declaration.payload,
        }
    )


def read_declaration(body: bytes) -> ReceivedDeclaration:
    """Read a declaration as a device does; the token is believed, not computed.

    raises: MalformedMessage: no JSON, a key missing, of the wrong kind or too long.
    """
    document = read_object(body, _ENVELOPE)
    payload = document.get("Payload")
    if not isinstance(payload, Mapping):
        raise MalformedMessage("Payload")
    token = _text(document, "ServerToken")
    if len(token.encode()) > MAX_TOKEN_LENGTH:
        raise MalformedMessage("ServerToken", "longer than 64 octets")
    try:
        read = Declaration(_text(document, "Type"), _text(document, "Identifier"), payload)
    except InvalidPayload as error:
        raise MalformedMessage(error.field, error.problem) from error
    return ReceivedDeclaration(read, token)


def filled(declaration: Declaration, facts: DeviceVariables) -> Declaration:
    """Replace the variables in the payload by a device's facts; `$$` becomes a dollar sign.

    raises: InvalidPayload for a variable without a value for this device.
    """
    payload = variables.fill(declaration.payload, facts)
    return Declaration(declaration.declaration_type, declaration.identifier, payload)


def declaration_identifier(declaration_type: str, *parts: str) -> str:
    """Make an identifier that is the same every time, and another one for another type.

    parts: such as a school's and a blueprint's identifier. When all together are longer than 64
        characters, a digest takes the place of the end.
    raises: InvalidPayload, if it is no type, or a part holds other than A-Z, a-z, 0-9, `.`, `_`,
        `-`.
    """
    _require_type(declaration_type)
    for part in parts:
        _require_form("Identifier", part)
    _, _, kind, *words = declaration_type.split(".")
    joined = ".".join([_SHORT.get(kind, kind), *words, *parts])
    if len(joined) <= MAX_IDENTIFIER_LENGTH:
        return joined
    digest = hashlib.sha256(joined.encode()).hexdigest()[:_DIGEST_LENGTH]
    kept = joined[: MAX_IDENTIFIER_LENGTH - _DIGEST_LENGTH - 1].rstrip(".")
    return f"{kept}.{digest}"


def require_identifier(field_name: str, identifier: str) -> None:
    """Refuse what cannot name a declaration.

    raises: InvalidPayload.
    """
    _require_form(field_name, identifier)
    if len(identifier) > MAX_IDENTIFIER_LENGTH:
        raise InvalidPayload(field_name, "is longer than 64 characters", "shorten it")


def _require_type(text: str) -> None:
    if not _TYPE.fullmatch(text):
        raise InvalidPayload(
            "Type", "is no type of a declaration", "write it like com.apple.asset.data"
        )


def _require_form(field_name: str, text: str) -> None:
    if not _IDENTIFIER.fullmatch(text):
        raise InvalidPayload(field_name, "is no identifier", "use letters, digits, points, - and _")


def _text(document: Mapping[str, object], key: str) -> str:
    value = document.get(key)
    if not isinstance(value, str):
        raise MalformedMessage(key)
    return value
