"""Rows of a table as cleaned fields, each with the place it comes from.

Here: which columns are read, which must not be empty, problems of single cells. Not here: what
the fields mean together (policies.roster.formats.collector).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from policies.roster.formats.limits import Limits
from policies.roster.formats.problems import At, Problem, ProblemKind
from policies.roster.formats.table import Row, Table
from policies.roster.formats.text import clean


@dataclass(frozen=True, slots=True)
class Record:
    """One sound row. headings: field → heading, for problems found later."""

    at: At
    values: Mapping[str, str]
    headings: Mapping[str, str]

    def __getitem__(self, field: str) -> str:
        """The text of a field, empty when it is empty or the file has no such column."""
        return self.values.get(field, "")

    def problem(self, kind: ProblemKind, field: str, detail: str = "") -> Problem:
        return Problem(kind, self.at, self.headings.get(field, field), detail)


def records(
    table: Table,
    headings: Mapping[str, str],
    filled: Collection[str],
    limits: Limits,
    problems: list[Problem],
) -> Iterator[Record]:
    """Read the rows; one with a problem is reported and left out.

    headings: field → heading. filled: fields that must not be empty. problems: is added to.
    raises: UnreadableRoster (a heading that is missing or stands there twice).
    """
    positions = {field: table.position(heading) for field, heading in headings.items()}
    for row in table.rows:
        at = At(table.file, row.line)
        if found := _ragged(row, table, at):
            problems.append(found)
            continue
        values, wrong = _values(row, positions, limits)
        empty = {f: ProblemKind.MISSING_VALUE for f in filled if f not in wrong and not values[f]}
        record = Record(at, values, headings)
        problems += (_problem(record, f, kind, limits) for f, kind in (wrong | empty).items())
        if not wrong and not empty:
            yield record


def _values(
    row: Row, positions: Mapping[str, int], limits: Limits
) -> tuple[dict[str, str], dict[str, ProblemKind]]:
    values: dict[str, str] = {}
    wrong: dict[str, ProblemKind] = {}
    for field, position in positions.items():
        values[field], problem = clean(row.cells[position], limits.cell)
        if problem is not None:
            wrong[field] = problem
    return values, wrong


def _problem(record: Record, field: str, kind: ProblemKind, limits: Limits) -> Problem:
    detail = str(limits.cell) if kind is ProblemKind.TOO_LONG else ""
    return record.problem(kind, field, detail)


def _ragged(row: Row, table: Table, at: At) -> Problem | None:
    """Too few cells, or more that say something; many exports end a line with a delimiter."""
    expected, found = len(table.header), len(row.cells)
    if found == expected or (found > expected and not any(row.cells[expected:])):
        return None
    return Problem(ProblemKind.RAGGED_ROW, at, "", f"{found}/{expected}")
