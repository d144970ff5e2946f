"""The stored roster of a school as a file, which can be imported again unchanged.

Here: which writer writes it, and the journal. Not here: the formats (policies.roster.formats).
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from mdm.base.db import Tx
from mdm.base.errors import InvalidInput
from mdm.rooms.access.service import Act, Viewer, require
from mdm.rooms.audit import service as audit
from mdm.rooms.audit.service import Subject
from mdm.rooms.rosters.service import stored
from mdm.rooms.schools.models import School
from policies.roster.formats.apple_writer import write_apple
from policies.roster.formats.generic_writer import write_generic
from policies.roster.formats.oneroster_writer import write_oneroster
from policies.roster.formats.recognise import Format
from policies.roster.roster import Roster
from policies.roster.values import Person, Placement

# A school year begins in August.
_FIRST_MONTH = 8

FORMATS: Mapping[Format, Callable[[Roster, int], bytes]] = {
    Format.GENERIC: lambda roster, _: write_generic(roster),
    Format.ONEROSTER: write_oneroster,
    Format.APPLE: lambda roster, _: write_apple(roster),
}


@dataclass(frozen=True, slots=True)
class Export:
    """A file to hand out. name: of letters, digits and dashes, without folders."""

    name: str
    media_type: str
    content: bytes


def export(tx: Tx, viewer: Viewer, school: School, format_: Format, now: datetime) -> Export:
    """Write the roster of a school; who took it stands in the journal.

    raises: InvalidInput (a format that we only read), NotFound, Forbidden.
    """
    require(viewer, Act.MANAGE, school.id)
    write = FORMATS.get(format_)
    if write is None:
        known = ", ".join(FORMATS)
        raise InvalidInput("format", f"{format_} is read only", f"Choose one of {known}.")
    year = now.year if now.month >= _FIRST_MONTH else now.year - 1
    content = write(_of(school.number, stored(tx, school)), year)
    subject = Subject.of("school", school.id)
    details = {"format": str(format_)}
    audit.record(
        tx, viewer.actor, "roster.export", subject, now, school_id=school.id, details=details
    )
    is_table = format_ is Format.GENERIC
    ending, media_type = ("csv", "text/csv") if is_table else ("zip", "application/zip")
    return Export(f"schule-{school.number}-{format_}.{ending}", media_type, content)


def _of(number: str, roster: Roster) -> Roster:
    """What concerns one school alone: a teacher's other school is no part of its file.

    Otherwise the next import would take it for the whole roster of that school, too.
    """
    persons = tuple(_person(number, p) for p in roster.persons if number in p.schools)
    here = {person.key for person in persons}
    return Roster(
        tuple(school for school in roster.schools if school.number == number),
        tuple(group for group in roster.classes if group.school == number),
        tuple(course for course in roster.courses if course.school == number),
        persons,
        tuple(m for m in roster.memberships if m.group.school == number),
        tuple(p for p in roster.placements if _is_at(p, number, here)),
        roster.topics,
    )


def _person(number: str, person: Person) -> Person:
    """Formats want a name; where there is none, people know the seat by its label."""
    return replace(person, schools=(number,), family_name=person.family_name or person.slot)


def _is_at(placement: Placement, number: str, people: Collection[str]) -> bool:
    if placement.place is not None:
        return placement.place.school == number
    return placement.person in people
