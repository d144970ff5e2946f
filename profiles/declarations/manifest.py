"""What a device is told to have: the tokens document and the list of declarations.

Here: both documents and the token they share, values in, JSON bytes out.
Not here: a declaration's own content (declaration.py), and which declarations a device should
have (the package `policies`).
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

_ARRAY_OF = {
    "activation": "Activations",
    "asset": "Assets",
    "configuration": "Configurations",
    "management": "Management",
}


class DeclarationKind(StrEnum):
    """The third word of a declaration's type, as it also stands in the device's request."""

    ACTIVATION = "activation"
    ASSET = "asset"
    CONFIGURATION = "configuration"
    MANAGEMENT = "management"


@dataclass(frozen=True, slots=True)
class ManifestItem:
    """One declaration as the manifest names it.

    server_token: changes with any change of the declaration.
    """

    kind: DeclarationKind
    identifier: str
    server_token: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """Everything one channel is told to have, at one instant.

    items: identifiers are unique over all four kinds.
    changed_at: when the set last changed, not when it was asked for; aware.

    The three answers that carry a token (command, tokens, list) must be built from the same
    manifest, else the device asks again and again.
    """

    items: Sequence[ManifestItem]
    changed_at: datetime

    @property
    def declarations_token(self) -> str:
        """A digest of the set, the same for any order of the items."""
        pairs = sorted((item.identifier, item.server_token) for item in self.items)
        return hashlib.sha256(_json(pairs)).hexdigest()


def tokens_document(manifest: Manifest) -> bytes:
    """Write the short answer by which a device sees whether anything changed.

    Also the content of the DeclarativeManagement command.
    source: Apple, declarative management, endpoint "tokens".
    """
    timestamp = manifest.changed_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    tokens = {"DeclarationsToken": manifest.declarations_token, "Timestamp": timestamp}
    return _json({"SyncTokens": tokens})


def declaration_items_document(manifest: Manifest) -> bytes:
    """Write the list of declarations; all four arrays are there even when empty.

    What is missing in this list a device removes at once, so never write it from doubtful data.
    source: Apple, declarative management, endpoint "declaration-items".
    """
    declarations: dict[str, list[dict[str, str]]] = {name: [] for name in _ARRAY_OF.values()}
    for item in sorted(manifest.items, key=lambda item: item.identifier):
        entry = {"Identifier": item.identifier, "ServerToken": item.server_token}
        declarations[_ARRAY_OF[item.kind]].append(entry)
    return _json({"Declarations": declarations, "DeclarationsToken": manifest.declarations_token})


def _json(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
