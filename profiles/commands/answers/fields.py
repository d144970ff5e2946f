"""Taking values out of a dictionary that a device sent, without stumbling over one bad value.

Here: `Fields`, which counts what is of the wrong kind, and `Listing` for lists of things.
Not here: strict reading, where a wrong kind refuses the whole message (profiles.plist).

Inventories come from a hundred thousand devices and many versions of their system: one strange
value must not hide the other ninety-nine, and must not vanish unnoticed either.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from profiles import plist
from profiles.errors import MalformedMessage

T = TypeVar("T")
Values = Mapping[str, plist.PlistValue]


@dataclass(frozen=True, slots=True)
class Listing(Generic[T]):
    """A list that a device sent.

    problems: how many members were left out, or have a value left out, for a wrong kind.
    """

    items: tuple[T, ...]
    problems: int = 0

    def __iter__(self) -> Iterator[T]:
        """Go through the items in the device's order."""
        return iter(self.items)

    def __len__(self) -> int:
        """Count the items."""
        return len(self.items)


class Fields:
    """One dictionary under reading. `problems` counts values of a wrong kind so far.

    Every method returns None for an absent key; an empty string counts as absent.
    """

    def __init__(self, values: Values) -> None:
        self.values = values
        self.problems = 0

    def text(self, key: str) -> str | None:
        """Take a string."""
        return self._take(plist.optional_text, key)

    def flag(self, key: str) -> bool | None:
        """Take a boolean."""
        return self._take(plist.optional_boolean, key)

    def integer(self, key: str) -> int | None:
        """Take an integer."""
        return self._take(plist.optional_integer, key)

    def real(self, key: str) -> float | None:
        """Take a number."""
        return self._take(plist.optional_real, key)

    def moment(self, key: str) -> datetime | None:
        """Take an instant in UTC."""
        return self._take(plist.optional_date, key)

    def data(self, key: str) -> bytes | None:
        """Take bytes."""
        return self._take(plist.optional_data, key)

    def dictionary(self, key: str) -> Values:
        """Take a dictionary; an absent one is empty."""
        return self._take(plist.optional_dictionary, key) or {}

    def texts(self, key: str) -> tuple[str, ...]:
        """Take the strings of an array; an absent one is empty."""
        return self._members(key, str)

    def blobs(self, key: str) -> tuple[bytes, ...]:
        """Take the data of an array; an absent one is empty."""
        return self._members(key, bytes)

    def dictionaries(self, key: str) -> tuple[Values, ...]:
        """Take the dictionaries of an array; an absent one is empty."""
        return self._members(key, dict)

    def listing(self, key: str, read: Callable[["Fields"], T | None]) -> tuple[T, ...]:
        """Read every dictionary of an array; problems inside count here as well."""
        found = read_members(self._take(plist.optional_array, key) or [], read)
        self.problems += found.problems
        return found.items

    def _take(self, accessor: Callable[[Values, str], T | None], key: str) -> T | None:
        try:
            return accessor(self.values, key)
        except MalformedMessage:
            self.problems += 1
            return None

    def _members(self, key: str, kind: type[T]) -> tuple[T, ...]:
        members = self._take(plist.optional_array, key) or []
        fitting = tuple(member for member in members if isinstance(member, kind))
        self.problems += len(members) - len(fitting)
        return fitting


def read_list(body: Values, key: str, read: Callable[[Fields], T | None]) -> Listing[T]:
    """Read the list that is the whole answer.

    read: returns None for a member that lacks what names it.
    raises: MalformedMessage, if the list itself is missing or no array.
    """
    return read_members(plist.array(body, key), read)


def read_members(members: list[plist.PlistValue], read: Callable[[Fields], T | None]) -> Listing[T]:
    """Read every dictionary of a list, counting what is left out."""
    items: list[T] = []
    problems = 0
    for member in members:
        if not isinstance(member, dict):
            problems += 1
            continue
        fields = Fields(member)
        item = read(fields)
        if item is not None:
            items.append(item)
        problems += max(fields.problems, item is None)
    return Listing(tuple(items), problems)
