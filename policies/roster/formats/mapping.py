"""Which column of a file is which field: guessed from headings, corrected and saved by people.

Here: the mapping as a value and the German and English headings we know. Not here: reading
with it (policies.roster.formats.generic), storing it (mdm.rooms.schools).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from policies.roster.errors import InvalidMapping
from policies.roster.formats.words import plain
from policies.roster.values import Role


class Column(StrEnum):
    """What a column can mean."""

    SOURCE_ID = "source_id"
    ROLE = "role"
    FAMILY_NAME = "family_name"
    GIVEN_NAME = "given_name"
    GRADE = "grade"
    ACCOUNT = "account"
    SCHOOL = "school"
    CLASS = "class"
    COURSE = "course"
    SUBJECT = "subject"
    SERIAL = "serial"
    TROLLEY = "trolley"
    SLOT = "slot"
    STATUS = "status"  # whoever has left or is not there yet is skipped


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """columns: heading and field, each once. default_role: of files that have no such column.

    local_ids: identifiers count within each school, so the school's number is put before them.
    raises: InvalidMapping.
    """

    columns: tuple[tuple[str, Column], ...]
    default_role: Role = Role.PUPIL
    local_ids: bool = False

    def __post_init__(self) -> None:
        for names in zip(*self.columns, strict=True):
            if twice := [name for name, count in Counter(map(str, names)).items() if count > 1]:
                raise InvalidMapping(twice[0], "mapped twice")
        fields = {field for _, field in self.columns}
        if Column.FAMILY_NAME not in fields and (
            Column.SERIAL not in fields or fields & {Column.SOURCE_ID, Column.GIVEN_NAME}
        ):
            raise InvalidMapping(Column.FAMILY_NAME, "not mapped")

    @property
    def headings(self) -> dict[str, str]:
        """Field → heading."""
        return {str(field): heading for heading, field in self.columns}

    @classmethod
    def saved(
        cls, columns: Mapping[str, str], default_role: str = Role.PUPIL, local_ids: bool = False
    ) -> ColumnMapping:
        """The mapping from its saved form: heading → name of a field.

        raises: InvalidMapping (a field or role that does not exist).
        """
        try:
            pairs = tuple((heading, Column(field)) for heading, field in columns.items())
            return cls(pairs, Role(default_role), local_ids)
        except ValueError as error:
            if isinstance(error, InvalidMapping):
                raise
            raise InvalidMapping("field", "unknown name") from error


_HEADINGS = {
    Column.SOURCE_ID: """guid uuid eindeutigenummerguid eindeutigenummer externeid externeidnummer
        fremdschluessel sourceid sourcedid personid userid benutzerid studentid schuelerid
        interneidnummer interneid idnummer id internkrz kuerzel
        lehrerkuerzel lehrkraftkuerzel""",
    Column.ROLE: "rolle role typ type personenart benutzerrolle",
    Column.FAMILY_NAME: "nachname familienname familyname lastname surname name zuname",
    Column.GIVEN_NAME: "vorname rufname givenname firstname forename",
    Column.GRADE: "jahrgang jahrgangsstufe klassenstufe stufe grade gradelevel year",
    Column.ACCOUNT: """konto verwalteteraccount managedappleid managedappleaccount appleid
        appleaccount account emailschule emailschulisch schulemail schulischeemail
        emaildienstlich dienstemail email emailadresse mail emailaddress username benutzername""",
    Column.SCHOOL: "schule schulnummer schulnr school schoolnumber locationid dienststelle",
    Column.CLASS: "klasse klassenname klassenbezeichnung class classname homeroom lerngruppe",
    Column.COURSE: "kurs kursname kursbezeichnung course coursename",
    Column.SUBJECT: "fach unterrichtsfach fachbezeichnung subject",
    Column.SERIAL: "seriennummer serial serialnumber geraet geraetenummer ipad",
    Column.TROLLEY: "koffer tabletkoffer ipadkoffer wagen tabletwagen trolley cart case",
    Column.SLOT: "platz platznummer slotnummer slot slotnumber stellplatz",
    Column.STATUS: "status schuelerstatus",
}

LOCAL_IDS = frozenset({"interneidnummer", "interneid", "internkrz", "kuerzel", "lehrerkuerzel"})
"""Headings whose identifiers another school uses for somebody else."""


def known_as(heading: str) -> str:
    """A heading to compare: `Interne ID-Nummer` is `interneidnummer`."""
    return re.sub(r"[\W_]", "", plain(heading))


def guess_mapping(header: Iterable[str]) -> ColumnMapping:
    """Propose what the columns mean; a person looks at it once and saves it.

    A status is never guessed: what its values mean only the source knows.

    raises: InvalidMapping (no heading says a name or a serial number).
    """
    headings = {known_as(heading): heading for heading in reversed(list(header))}
    return mapped(headings, (column for column in _HEADINGS if column is not Column.STATUS))


def mapped(
    headings: Mapping[str, str], wanted: Iterable[Column], default_role: Role = Role.PUPIL
) -> ColumnMapping:
    """The first known heading of every wanted field. headings: as compared → as written."""
    columns: dict[str, Column] = {}
    for column in wanted:
        names = (headings[n] for n in _HEADINGS[column].split() if n in headings)
        if heading := next((name for name in names if name not in columns), None):
            columns[heading] = column
    local = any(known_as(h) in LOCAL_IDS for h, c in columns.items() if c is Column.SOURCE_ID)
    return ColumnMapping(tuple(columns.items()), default_role, local)
