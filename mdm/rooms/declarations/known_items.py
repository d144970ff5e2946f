"""What is known of a channel's status items, as rows and as the value that reports merge into.

An item is a row of kind "status". One that is an element of a list has the subject
"PATH/IDENTIFIER" and the value {"entry": …}; any other has the path as its subject and the value
{"value": …}. What declarations report has a table of its own.
Not here: merging (merging.py), facts for plans (queries.py).
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from mdm.rooms.declarations.models import DeclarationState
from profiles.declarations.declaration_state import DeclarationState as State
from profiles.declarations.declaration_state import Validity, path_of
from profiles.declarations.json_form import JsonValue
from profiles.declarations.manifest import DeclarationKind
from profiles.declarations.reasons import read_reasons
from profiles.declarations.status_merge import ItemKey

STATUS = "status"
STATUS_ERROR = "status_error"

_ENTRY = "entry"
_VALUE = "value"


def subject_of(key: ItemKey) -> str:
    """The subject of an item's row."""
    return f"{key.path}/{key.identifier}" if key.is_entry else key.path


def row_value(key: ItemKey, value: JsonValue) -> dict[str, Any]:
    """The value of an item's row."""
    return {_ENTRY if key.is_entry else _VALUE: value}


def item_of(subject: str, row: Mapping[str, Any]) -> tuple[ItemKey, JsonValue]:
    """Read an item's row."""
    if _ENTRY not in row:
        return ItemKey(subject), row.get(_VALUE)
    entry = row[_ENTRY]
    identifier = str(entry["identifier"])
    return ItemKey(subject[: -len(identifier) - 1], identifier), entry


def items_of_states(states: Iterable[State]) -> dict[ItemKey, JsonValue]:
    """Say states as a report says them."""
    return {ItemKey(path_of(state.kind), state.identifier): _said(state) for state in states}


def state_of(row: DeclarationState) -> State:
    """Read a row of a declaration's state."""
    return State(
        DeclarationKind(row.kind),
        row.identifier,
        row.server_token,
        row.is_active,
        Validity(row.validity),
        read_reasons(row.reasons),
    )


def reasons_as_json(state: State) -> list[dict[str, Any]]:
    """A state's reasons with the words of a report."""
    return [{k: v for k, v in asdict(reason).items() if v} for reason in state.reasons]


def _said(state: State) -> JsonValue:
    return {
        "identifier": state.identifier,
        "server-token": state.server_token,
        "active": state.active,
        "valid": state.validity.value,
        "reasons": reasons_as_json(state),
    }
