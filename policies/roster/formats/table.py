"""Text with a header line to rows, whatever parts its cells: ; , | or a tab.

Here: delimiters, quotes, line numbers, limits of rows. Not here: what a column means
(policies.roster.formats.records and the formats).
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from policies.roster.errors import Unreadable, UnreadableRoster
from policies.roster.formats.encoding import decode
from policies.roster.formats.limits import Limits
from policies.roster.formats.text import guarded

_DELIMITERS = ";,|\t"


@dataclass(frozen=True, slots=True)
class Row:
    """line: where the row begins, from 1; quoted cells may run over several lines."""

    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """header: headings, trimmed. rows: without empty ones."""

    file: str
    header: tuple[str, ...]
    rows: tuple[Row, ...]

    def position(self, heading: str) -> int:
        """Where a column stands.

        raises: UnreadableRoster (MISSING_COLUMN, DUPLICATE_COLUMN).
        """
        if (count := self.header.count(heading)) == 1:
            return self.header.index(heading)
        kind = Unreadable.DUPLICATE_COLUMN if count else Unreadable.MISSING_COLUMN
        raise UnreadableRoster(kind, self.file, 1, heading)


def read_table(
    data: bytes,
    limits: Limits,
    file: str = "",
    *,
    backslash: bool = False,
    may_be_empty: bool = False,
) -> Table:
    """Read a table.

    backslash: it stands before a quote inside a cell. source: Apple School Manager User Guide,
    templates. may_be_empty: a header without rows will do.
    raises: UnreadableRoster.
    """
    rows = list(_rows(decode(data, file), backslash, limits, file))
    if len(rows) < 2 and not may_be_empty:
        raise UnreadableRoster(Unreadable.NO_ROWS, file, 1)
    return Table(file, tuple(map(_heading, rows[0].cells)), tuple(rows[1:]))


def write_table(
    header: Sequence[str],
    rows: Iterable[Sequence[str]],
    delimiter: str = ",",
    *,
    apple: bool = False,
) -> bytes:
    """Write a table as UTF-8; cells that look like a formula are guarded.

    apple: a backslash stands before quotes, lines end in a line feed alone.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(
        out,
        delimiter=delimiter,
        doublequote=not apple,
        escapechar="\\" if apple else None,
        lineterminator="\n" if apple else "\r\n",
    )
    writer.writerow(header)
    writer.writerows([guarded(cell) for cell in row] for row in rows)
    return out.getvalue().encode()


def _rows(text: str, backslash: bool, limits: Limits, file: str) -> Iterator[Row]:
    reader = csv.reader(
        io.StringIO(text, newline=""),
        delimiter=_delimiter(text),
        strict=True,
        escapechar="\\" if backslash else None,
    )
    line, count = 1, 0
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                count += 1
                yield Row(line, tuple(cells))
            if count > limits.rows + 1:
                raise UnreadableRoster(Unreadable.TOO_MANY_ROWS, file, line, "", str(limits.rows))
            line = reader.line_num + 1
    except csv.Error as error:
        raise UnreadableRoster(Unreadable.BROKEN_TABLE, file, line) from error


def _delimiter(text: str) -> str:
    """What stands most often outside quotes in the first line that says anything."""
    first = next(line for line in text.splitlines() if line.strip())
    bare = "".join(first.split('"')[::2])
    return max(_DELIMITERS, key=bare.count)


def _heading(cell: str) -> str:
    return " ".join(unicodedata.normalize("NFC", cell).replace("\ufeff", "").split())
