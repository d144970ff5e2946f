"""What a device reports of itself: status items, and errors about single items.

Here: reading one report into flat paths. Not here: what becomes of earlier reports
(status_merge.py), what declarations report (declaration_state.py), which items were asked for
(configurations/status_subscriptions.py).

Unknown items are kept as they come; only a body that is no report at all is refused. A refused
report is still worth keeping as it arrived.

source: Apple, schema "Status Report".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from profiles.declarations.json_form import JsonValue, read_object
from profiles.declarations.reasons import Reason, read_reasons
from profiles.errors import MalformedMessage

DECLARATIONS = "management.declarations"
CLIENT_CAPABILITIES = "management.client-capabilities"

# Items whose value is a dictionary. A report holds it whole, so that a key that is missing in it
# is gone, while elsewhere a missing key is merely unchanged.
_WHOLE = frozenset(
    {
        CLIENT_CAPABILITIES,
        "softwareupdate.failure-reason",
        "softwareupdate.install-reason",
        "softwareupdate.pending-version",
        "test.dictionary-value",
    }
)
# Each of these lists is complete whenever it is there.
_COMPLETE_LISTS = frozenset(
    f"{DECLARATIONS}.{kind}" for kind in ("activations", "assets", "configurations", "management")
)
_REMOVED = "_removed"
_IDENTIFIER = "identifier"
_NAME = "StatusReport"


@dataclass(frozen=True, slots=True)
class Entry:
    """One element of a list whose elements have identifiers.

    value: the element as reported, without `_removed`; empty when it is gone.
    """

    identifier: str
    value: Mapping[str, JsonValue] = field(repr=False)
    removed: bool = False


@dataclass(frozen=True, slots=True)
class ItemError:
    """A status item that the device could not report, such as one it does not have."""

    item: str
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class StatusReport:
    """One report.

    values: path → a scalar, or a list without identifiers. entries: path → elements, as reported.
        A path joins keys with full stops.
    replaced: paths of which the report says everything; what was known below them is gone.
    full: the report says everything about the device.
    """

    values: Mapping[str, JsonValue]
    entries: Mapping[str, Sequence[Entry]]
    replaced: frozenset[str]
    errors: tuple[ItemError, ...] = ()
    full: bool = False


def read_status_report(body: bytes) -> StatusReport:
    """Read what a device sent to the endpoint "status".

    raises: MalformedMessage: no JSON object within the limits of json_form.read_object, or
        StatusItems is there and no dictionary, Errors is there and no list, or FullReport neither
        true nor false. Missing ones count as empty.
    """
    document = read_object(body, _NAME)
    items = document.get("StatusItems", {})
    if not isinstance(items, Mapping):
        raise MalformedMessage("StatusItems")
    full = document.get("FullReport", False)
    if not isinstance(full, bool):
        raise MalformedMessage("FullReport")
    leaves = _Leaves()
    leaves.take("", items)
    return StatusReport(
        leaves.values,
        leaves.entries,
        frozenset(leaves.replaced),
        tuple(_errors(document.get("Errors", []))),
        full,
    )


@dataclass(slots=True)
class _Leaves:
    values: dict[str, JsonValue] = field(default_factory=dict)
    entries: dict[str, list[Entry]] = field(default_factory=dict)
    replaced: set[str] = field(default_factory=set)

    def take(self, path: str, value: JsonValue) -> None:
        if path in _WHOLE or path in _COMPLETE_LISTS:
            self.replaced.add(path)
        if isinstance(value, Mapping):
            for key, inner in value.items():
                self.take(f"{path}.{key}" if path else key, inner)
        elif isinstance(value, list) and value and all(_is_entry(element) for element in value):
            # A path that comes twice, once written with full stops, means what came last.
            self.values.pop(path, None)
            self.entries[path] = [_entry(element) for element in value]
        else:
            self.entries.pop(path, None)
            self.values[path] = value


def _is_entry(element: JsonValue) -> bool:
    return (
        isinstance(element, Mapping)
        and isinstance(element.get(_IDENTIFIER), str)
        and element[_IDENTIFIER] != ""
    )


def _entry(element: JsonValue) -> Entry:
    # Only elements that `_is_entry` accepted come here.
    found = dict(element) if isinstance(element, Mapping) else {}
    removed = found.pop(_REMOVED, False) is True
    return Entry(str(found[_IDENTIFIER]), {} if removed else found, removed)


def _errors(listed: JsonValue) -> Iterator[ItemError]:
    if not isinstance(listed, list):
        raise MalformedMessage("Errors")
    for error in listed:
        item = error.get("StatusItem") if isinstance(error, Mapping) else None
        reasons = error.get("Reasons") if isinstance(error, Mapping) else None
        yield ItemError(item if isinstance(item, str) else "", read_reasons(reasons))
