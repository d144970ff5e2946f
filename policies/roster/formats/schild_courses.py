"""Courses of SchILD-NRW: its tables name a pupil by name and date of birth, and a teacher briefly.

Here: finding whom a row of SchuelerLeistungsdaten means. Nothing of this outlives the reading.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from policies.roster.formats.collector import Collector
from policies.roster.formats.limits import DEFAULT_LIMITS, Limits
from policies.roster.formats.mapping import Column
from policies.roster.formats.records import Record, records
from policies.roster.formats.table import Table
from policies.roster.formats.text import clean
from policies.roster.values import Course

_Born: TypeAlias = tuple[str, str, str]

_FIELDS = {
    Column.FAMILY_NAME: "nachname",
    Column.GIVEN_NAME: "vorname",
    "born": "geburtsdatum",
    Column.COURSE: "kurs",
    Column.SUBJECT: "fach",
    "teacher": "fachlehrer",
    "year": "jahr",
    "term": "abschnitt",
}


@dataclass(frozen=True, slots=True)
class Courses:
    """pupils: name and birth → keys; an empty list for somebody who is not current."""

    pupils: dict[_Born, list[str]] = field(default_factory=lambda: defaultdict(list))
    teachers: dict[str, str] = field(default_factory=dict)

    def remember_pupils(
        self, table: Table, headings: Mapping[str, str], keys: Mapping[int, str]
    ) -> None:
        """keys: line → key of a pupil; lines without one were skipped or reported."""
        columns = ["nachname", "vorname", "geburtsdatum"]
        for line, (family, given, born) in _cells(table, headings, columns):
            found = self.pupils[family.casefold(), given.casefold(), born]
            if line in keys and keys[line] not in found:
                found.append(keys[line])

    def remember_teachers(
        self,
        table: Table,
        headings: Mapping[str, str],
        keys: Mapping[int, str],
        abbreviations: Iterable[str],
    ) -> None:
        column = next((name for name in abbreviations if name in headings), "")
        for line, (short,) in _cells(table, headings, [column]):
            if short and line in keys:
                self.teachers[short] = keys[line]

    def read(
        self,
        table: Table,
        headings: Mapping[str, str],
        school: str,
        limits: Limits,
        collector: Collector,
    ) -> None:
        """Read who takes which course; of several terms in one table the latest."""
        wanted = {str(f): headings[name] for f, name in _FIELDS.items() if name in headings}
        rows = list(records(table, wanted, (), limits, collector.problems))
        latest = max((_term(row) for row in rows), default=())
        for row in rows:
            if row[Column.COURSE] and _term(row) == latest:
                self._join(row, school, collector)

    def _join(self, row: Record, school: str, collector: Collector) -> None:
        name = (row[Column.FAMILY_NAME].casefold(), row[Column.GIVEN_NAME].casefold(), row["born"])
        keys = self.pupils.get(name)
        if keys is None or len(keys) > 1:
            where = "several" if keys else "pupils"
            collector.lost(row, Column.FAMILY_NAME, where)
            return
        if not keys:
            collector.skipped += 1
            return
        course = Course(school, row[Column.COURSE], row[Column.SUBJECT])
        collector.course(row, course)
        collector.join(row, keys[0], course.key)
        if row["teacher"] in self.teachers:
            collector.join(row, self.teachers[row["teacher"]], course.key)
        elif row["teacher"] and self.teachers:
            collector.lost(row, "teacher", "teachers")


def _cells(
    table: Table, headings: Mapping[str, str], columns: list[str]
) -> Iterator[tuple[int, list[str]]]:
    """Line and cleaned cells of every row; empty text for a column that is not there."""
    positions = [table.position(headings[c]) if c in headings else None for c in columns]
    for row in table.rows:
        cells = [row.cells[p] if p is not None and p < len(row.cells) else "" for p in positions]
        yield row.line, [clean(cell, DEFAULT_LIMITS.cell)[0] for cell in cells]


def _term(row: Record) -> tuple[int, ...]:
    return tuple(int(row[f]) if row[f].isdecimal() else 0 for f in ("year", "term"))
