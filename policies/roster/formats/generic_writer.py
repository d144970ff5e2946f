"""A roster as one table that people open in a spreadsheet, and that imports as it was."""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Mapping

from policies.roster.formats.mapping import Column, ColumnMapping
from policies.roster.formats.table import write_table
from policies.roster.roster import Roster, by_person
from policies.roster.values import GroupKey, GroupKind, Person, Placement, Role

_HEADINGS = {
    Column.SOURCE_ID: "ID",
    Column.ROLE: "Rolle",
    Column.FAMILY_NAME: "Nachname",
    Column.GIVEN_NAME: "Vorname",
    Column.GRADE: "Jahrgang",
    Column.ACCOUNT: "Konto",
    Column.SCHOOL: "Schulnummer",
    Column.CLASS: "Klasse",
    Column.COURSE: "Kurs",
    Column.SUBJECT: "Fach",
    Column.SERIAL: "Seriennummer",
    Column.TROLLEY: "Koffer",
    Column.SLOT: "Platz",
}
_ROLES = {Role.PUPIL: "Schüler/in", Role.TEACHER: "Lehrkraft"}
_COLUMN_OF = {
    GroupKind.CLASS: Column.CLASS,
    GroupKind.COURSE: Column.COURSE,
    GroupKind.TROLLEY: Column.TROLLEY,
}

OWN_MAPPING = ColumnMapping(tuple((heading, column) for column, heading in _HEADINGS.items()))
"""Reads what `write_generic` wrote."""


def write_generic(roster: Roster) -> bytes:
    """The roster as UTF-8 with its mark and semicolons, as spreadsheets in Germany expect it."""
    rows = ([row.get(column, "") for column in _HEADINGS] for row in _rows(roster))
    return codecs.BOM_UTF8 + write_table(tuple(_HEADINGS.values()), rows, ";")


def _rows(roster: Roster) -> Iterator[Mapping[Column, str]]:
    for group in roster.classes:
        yield {**_group(group.key), Column.GRADE: group.grade}
    for course in roster.courses:
        yield {**_group(course.key), Column.SUBJECT: course.subject}
    groups = by_person(roster.memberships)
    devices: dict[str, list[str]] = {}
    for placement in roster.placements:
        devices.setdefault(placement.person, []).append(placement.serial)
    for person in roster.persons:
        yield from _person(person, groups.get(person.key, []), devices.get(person.key, []))
    for placement in roster.placements:
        yield from _placement(placement)


def _person(
    person: Person, groups: list[GroupKey], serials: list[str]
) -> Iterator[Mapping[Column, str]]:
    """One row for every group, school without a group, and device."""
    base = {
        Column.SOURCE_ID: person.source_id,
        Column.ROLE: _ROLES[person.role],
        Column.FAMILY_NAME: person.family_name,
        Column.GIVEN_NAME: person.given_name,
        Column.GRADE: person.grade,
        Column.ACCOUNT: person.account,
    }
    for group in groups:
        yield base | _group(group)
    for school in sorted(set(person.schools) - {group.school for group in groups}):
        yield base | {Column.SCHOOL: school}
    for serial in serials:
        yield base | {Column.SCHOOL: person.schools[0], Column.SERIAL: serial}


def _placement(placement: Placement) -> Iterator[Mapping[Column, str]]:
    if placement.place is not None:
        slot = str(placement.slot or "")
        device = {Column.SERIAL: placement.serial, Column.SLOT: slot}
        yield _group(placement.place) | device


def _group(group: GroupKey) -> dict[Column, str]:
    return {Column.SCHOOL: group.school, _COLUMN_OF[group.kind]: group.name}
