"""What two versions of a blueprint differ in, down to single fields.

Here: the difference as a value. Not here: whom it touches (policies.change_plan).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from policies.blueprint import Setting
from policies.blueprint_json import in_order, write_setting
from profiles.declarations.json_form import canonical


@dataclass(frozen=True, slots=True)
class ChangedField:
    """One field with another value. path: nested keys joined with full stops.

    before, after: values of JSON; None where there was or is none.
    """

    path: str
    before: object
    after: object


@dataclass(frozen=True, slots=True)
class ChangedSetting:
    """A setting about the same thing that says something else."""

    before: Setting
    after: Setting
    fields: tuple[ChangedField, ...] = field(hash=False)


@dataclass(frozen=True, slots=True)
class BlueprintDifference:
    """What became of the settings, each sorted by kind and subject."""

    added: tuple[Setting, ...] = ()
    removed: tuple[Setting, ...] = ()
    changed: tuple[ChangedSetting, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether both versions say the same."""
        return not (self.added or self.removed or self.changed)


def difference(before: Iterable[Setting], after: Iterable[Setting]) -> BlueprintDifference:
    """Compare two versions; the order of their settings does not matter."""
    old, new = _by_subject(before), _by_subject(after)
    pairs = [(old[subject], new[subject]) for subject in old if subject in new]
    return BlueprintDifference(
        added=tuple(new[subject] for subject in new if subject not in old),
        removed=tuple(old[subject] for subject in old if subject not in new),
        changed=tuple(
            ChangedSetting(was, now, fields) for was, now in pairs if (fields := _fields(was, now))
        ),
    )


def _by_subject(settings: Iterable[Setting]) -> dict[tuple[str, str], Setting]:
    return {(setting.kind, setting.subject): setting for setting in in_order(settings)}


def _fields(before: Setting, after: Setting) -> tuple[ChangedField, ...]:
    old, new = _leaves(write_setting(before)), _leaves(write_setting(after))
    return tuple(
        ChangedField(path, old.get(path), new.get(path))
        for path in sorted(old.keys() | new.keys())
        if not _same(old, new, path)
    )


def _same(old: Mapping[str, object], new: Mapping[str, object], path: str) -> bool:
    """Whether a field has the same JSON: Python takes true, 1 and 1.0 for equal."""
    return path in old and path in new and canonical(old[path]) == canonical(new[path])


def _leaves(value: Mapping[str, object]) -> dict[str, object]:
    return dict(_walk("", value))


def _walk(path: str, value: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    for key, entry in value.items():
        below = f"{path}.{key}" if path else key
        if isinstance(entry, Mapping) and entry:
            yield from _walk(below, entry)
        else:
            yield below, entry
