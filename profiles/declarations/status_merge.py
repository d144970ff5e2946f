"""What is known about a device after one more report.

Here: the rules by which a report changes what earlier ones said, and the difference to store.
A report received twice changes nothing the second time.

source: Apple, schema "Status Report" (incremental and full reports, `_removed`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from profiles.declarations.json_form import JsonValue, canonical
from profiles.declarations.status_report import StatusReport


@dataclass(frozen=True, order=True, slots=True)
class ItemKey:
    """One thing that a device reports.

    path: keys joined with full stops. identifier: of an element of the list at this path; empty
        for anything else.
    """

    path: str
    identifier: str = ""

    @property
    def is_entry(self) -> bool:
        """Whether it is an element of a list."""
        return self.identifier != ""


Known = Mapping[ItemKey, JsonValue]


@dataclass(frozen=True, slots=True)
class Merged:
    """What is known now, and how that differs from before.

    changed: new keys, and those with another value. removed: keys that are gone.
    """

    items: Known
    changed: frozenset[ItemKey]
    removed: frozenset[ItemKey]


def merge(previous: Known, report: StatusReport) -> Merged:
    """Apply one report to what was known about the same channel of the same device.

    previous: is left as it is.
    """
    items = {} if report.full else _untouched(previous, report)
    items.update(_values(items, report))
    for path, entries in report.entries.items():
        for entry in entries:
            key = ItemKey(path, entry.identifier)
            items.pop(key, None)
            if not entry.removed:
                items[key] = entry.value
    changed = {key for key, value in items.items() if not _same(previous, key, value)}
    return Merged(items, frozenset(changed), frozenset(previous.keys() - items.keys()))


def _untouched(previous: Known, report: StatusReport) -> dict[ItemKey, JsonValue]:
    # A path that was a value and is a dictionary now, or the other way round, keeps no remains.
    over = report.replaced | {path for path, value in report.values.items() if value != []}
    parents = {above for path in (*report.values, *report.entries) for above in _ancestors(path)}
    plain = parents | report.entries.keys()
    return {
        key: value
        for key, value in previous.items()
        if over.isdisjoint((key.path, *_ancestors(key.path)))
        and key.path not in (parents if key.is_entry else plain)
    }


def _values(kept: Known, report: StatusReport) -> dict[ItemKey, JsonValue]:
    # An empty list where elements are known says that none of them changed.
    lists = {key.path for key in kept if key.is_entry} | report.replaced
    return {
        ItemKey(path): value
        for path, value in report.values.items()
        if not (value == [] and path in lists)
    }


def _ancestors(path: str) -> Iterator[str]:
    while (cut := path.rfind(".")) > 0:
        path = path[:cut]
        yield path


def _same(previous: Known, key: ItemKey, value: JsonValue) -> bool:
    # Compared as JSON, where true is not 1 and the order of keys says nothing.
    return key in previous and canonical(previous[key]) == canonical(value)
