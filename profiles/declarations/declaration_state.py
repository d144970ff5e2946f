"""What a device says about its declarations, and what it can, as typed values.

Here: the items that every device reports unasked. Unknown declarations are kept: they may be of a
revision that this server has forgotten.
Not here: what a device should have (snapshot.py).

source: Apple, schema "Status Management Declarations", "Status Management Client Capabilities".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from profiles.declarations.json_form import JsonValue
from profiles.declarations.manifest import DeclarationKind, ManifestItem
from profiles.declarations.reasons import Reason, read_reasons
from profiles.declarations.status_merge import ItemKey, Known
from profiles.declarations.status_report import DECLARATIONS

_KINDS = {
    f"{DECLARATIONS}.activations": DeclarationKind.ACTIVATION,
    f"{DECLARATIONS}.assets": DeclarationKind.ASSET,
    f"{DECLARATIONS}.configurations": DeclarationKind.CONFIGURATION,
    f"{DECLARATIONS}.management": DeclarationKind.MANAGEMENT,
}


_PATHS = {kind: path for path, kind in _KINDS.items()}


class Validity(Enum):
    """What the device found in a declaration. UNKNOWN: it has not looked yet."""

    UNKNOWN = "unknown"
    VALID = "valid"
    INVALID = "invalid"


class Standing(Enum):
    """How far a wished declaration has come.

    WAITING: no word about this revision yet. INACTIVE: valid, but not applied: its condition is
    false, or nothing names it. FAILED: sending the same again would not help.
    """

    WAITING = "waiting"
    IN_FORCE = "in force"
    INACTIVE = "inactive"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class DeclarationState:
    """One declaration on the device.

    server_token: of the revision that the device has, not of the one it should have.
    active: applied; always False for management declarations.
    """

    kind: DeclarationKind
    identifier: str
    server_token: str
    active: bool
    validity: Validity
    reasons: tuple[Reason, ...] = ()


def declaration_states(items: Known) -> dict[str, DeclarationState]:
    """Read the state of every declaration on the device, by identifier.

    items: what is known after `status_merge.merge`. Entries without a token are read with an
        empty one, which no revision has.
    """
    return {
        key.identifier: _state(_KINDS[key.path], key, value)
        for key, value in items.items()
        if key.is_entry and key.path in _KINDS and isinstance(value, Mapping)
    }


def path_of(kind: DeclarationKind) -> str:
    """The status item that lists the declarations of a kind, always as a whole."""
    return _PATHS[kind]


def standing(wished: ManifestItem, states: Mapping[str, DeclarationState]) -> Standing:
    """Tell how far a wished declaration has come, by what the device last reported."""
    state = states.get(wished.identifier)
    if state is None or state.server_token != wished.server_token or state.kind != wished.kind:
        return Standing.WAITING
    if state.validity is Validity.INVALID:
        return Standing.FAILED
    if state.validity is Validity.UNKNOWN:
        return Standing.WAITING
    if state.active or state.kind is DeclarationKind.MANAGEMENT:
        return Standing.IN_FORCE
    failed = any(reason.is_error for reason in state.reasons)
    return Standing.FAILED if failed else Standing.INACTIVE


def unwished(
    wished: Mapping[str, ManifestItem], states: Mapping[str, DeclarationState]
) -> tuple[DeclarationState, ...]:
    """List what the device still has and should not, in the order of the report."""
    return tuple(state for name, state in states.items() if name not in wished)


def _state(kind: DeclarationKind, key: ItemKey, value: Mapping[str, JsonValue]) -> DeclarationState:
    token = value.get("server-token")
    return DeclarationState(
        kind,
        key.identifier,
        token if isinstance(token, str) else "",
        value.get("active") is True,
        _validity(value.get("valid")),
        read_reasons(value.get("reasons")),
    )


def _validity(word: object) -> Validity:
    try:
        return Validity(word)
    except ValueError:
        return Validity.UNKNOWN
