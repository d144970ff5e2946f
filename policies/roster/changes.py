"""The words of a difference: added, changed with fields, removed, moved.

Here: values. Not here: how they are found (policies.roster.difference).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any, Generic, TypeVar, cast

from policies.roster.roster import Keyed, by_key
from policies.roster.values import GroupKey, Person

T = TypeVar("T", bound=Keyed)

_GRADE_ORDER = {"EF": 11, "Q1": 12, "Q2": 13}


@dataclass(frozen=True, slots=True)
class FieldChange:
    """field: the attribute's name. before, after: as text, empty for none."""

    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Changed(Generic[T]):
    """The same one with other fields."""

    before: T
    after: T

    @property
    def fields(self) -> tuple[FieldChange, ...]:
        """What is different, in the order of the value's attributes."""
        pairs = ((name, _text(self.before, name), _text(self.after, name)) for name in self._names)
        return tuple(FieldChange(*pair) for pair in pairs if pair[1] != pair[2])

    @property
    def _names(self) -> list[str]:
        return [field.name for field in fields(cast(Any, self.before))]


@dataclass(frozen=True, slots=True)
class KindDifference(Generic[T]):
    """What happens to one kind of value, each in the order of keys."""

    added: tuple[T, ...] = ()
    changed: tuple[Changed[T], ...] = ()
    removed: tuple[T, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not (self.added or self.changed or self.removed)

    def applied_to(self, values: Iterable[T]) -> tuple[T, ...]:
        """The values after this difference."""
        result = by_key(values)
        for value in self.removed:
            del result[value.key]
        result.update(by_key(self.added))
        result.update(by_key(change.after for change in self.changed))
        return tuple(result.values())


class MoveKind(StrEnum):
    UP = "up"  # a higher grade
    REPEATS = "repeats"  # the same grade or a lower one, or no grade to compare
    OTHER_SCHOOL = "other_school"
    COURSE = "course"


@dataclass(frozen=True, slots=True)
class Move:
    """A person leaves one group and enters another of the same kind."""

    person: str
    before: GroupKey
    after: GroupKey
    kind: MoveKind

    @property
    def key(self) -> tuple[str, GroupKey]:
        return (self.person, self.before)


class AmbiguousReason(StrEnum):
    NOT_UNIQUE = "not_unique"  # several of that name in that class, here or in what is known
    MAYBE_MOVED = "maybe_moved"  # that name is known in the school, in another class


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """A row without an identifier that could mean several; nothing is written for it.

    line: where the file names the person. candidates: source_ids of known persons.
    """

    line: int
    person: Person
    reason: AmbiguousReason
    candidates: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        return self.person.source_id


def grade_rank(grade: str) -> int | None:
    """The grade as a number to compare: 9, EF as 11; None if it says none."""
    upper = grade.strip().upper()
    return int(upper) if upper.isdecimal() else _GRADE_ORDER.get(upper)


def _text(value: object, name: str) -> str:
    field = getattr(value, name)
    if isinstance(field, tuple):
        return ", ".join(field)
    return "" if field is None or field == 0 else str(field)
