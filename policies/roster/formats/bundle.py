"""An archive whose tables refer to each other by identifiers.

Here: which files and columns are there. Not here: what they mean (oneroster, apple).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from policies.roster.errors import Unreadable, UnreadableRoster
from policies.roster.formats.limits import Limits
from policies.roster.formats.problems import Problem
from policies.roster.formats.records import Record, records
from policies.roster.formats.table import Table, read_table


@dataclass(frozen=True, slots=True)
class Bundle:
    """files: name in lower case → content. backslash: stands before quotes inside cells."""

    files: Mapping[str, bytes]
    limits: Limits
    backslash: bool = False

    def has(self, file: str) -> bool:
        return file.lower() in self.files

    def table(self, file: str) -> Table:
        """A table, which may be a header alone.

        raises: UnreadableRoster (MISSING_FILE, or anything wrong with the table).
        """
        if not self.has(file):
            raise UnreadableRoster(Unreadable.MISSING_FILE, field=file)
        return read_table(
            self.files[file.lower()],
            self.limits,
            file,
            backslash=self.backslash,
            may_be_empty=True,
        )

    def not_empty(self, people: Mapping[str, object], problems: list[Problem], file: str) -> None:
        """Refuse an archive that names nobody.

        raises: UnreadableRoster (NO_ROWS).
        """
        if not people and not problems:
            raise UnreadableRoster(Unreadable.NO_ROWS, file, 1)

    def rows(
        self, file: str, filled: str, optional: str, problems: list[Problem]
    ) -> Iterator[Record]:
        """The sound rows of a file; the others are added to `problems`.

        filled: columns, parted by spaces, that must be there and not empty. optional: columns
        read if they are there; `name_*` stands for name_2, name_3 and so on.
        raises: UnreadableRoster.
        """
        table = self.table(file)
        must = filled.split()
        may = [c for c in table.header if _is_wanted(c, optional.split()) and c not in must]
        headings = {column: column for column in (*must, *may)}
        return records(table, headings, must, self.limits, problems)


def _is_wanted(column: str, optional: list[str]) -> bool:
    stem, _, number = column.rpartition("_")
    return column in optional or (number.isdecimal() and f"{stem}_*" in optional)
