"""Rows of any format gathered to one roster, with everything they contradict each other in.

Here: one key in several rows, references, grades that nobody named. Not here: which cell means
what (the formats).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from policies.roster.formats.agreement import first_difference, joined
from policies.roster.formats.limits import LONGEST
from policies.roster.formats.problems import At, Problem, ProblemKind, ReadRoster
from policies.roster.formats.records import Record
from policies.roster.formats.words import grade_in
from policies.roster.roster import Roster, Topic, by_person, spoken_about
from policies.roster.values import (
    PROVISIONAL,
    Course,
    GroupKey,
    GroupKind,
    Membership,
    Person,
    Placement,
    Role,
    School,
    SchoolClass,
)


class Collector:
    """Takes what rows say, in their order; the first row of a key is the one that counts."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.skipped = 0
        self.persons: dict[str, Person] = {}
        self._schools: dict[str, School] = {}
        self._classes: dict[GroupKey, SchoolClass] = {}
        self._named: dict[GroupKey, Record] = {}
        self._courses: dict[GroupKey, Course] = {}
        self._memberships: dict[Membership, None] = {}
        self._class_of: dict[str, tuple[GroupKey, At]] = {}
        self._placements: dict[str, Placement] = {}
        self._spots: dict[tuple[GroupKey, int], tuple[str, At]] = {}
        self._first: dict[object, At] = {}

    def school(self, school: School) -> None:
        if not self._schools.get(school.number, school).name:
            self._schools[school.number] = school
        self._schools.setdefault(school.number, school)

    def person(self, record: Record, person: Person, *, provisional: bool = False) -> None:
        """Take a person; a row of the same key may add schools, and must agree otherwise.

        provisional: the file has no identifiers, so that the key was made from the line.
        """
        if person.source_id.startswith(PROVISIONAL) and not provisional:
            self._report(record, ProblemKind.RESERVED_ID, "source_id")
            return
        if not self._fits(record, "grade", person.grade):
            return
        for number in person.schools:
            self.school(School(number))
        old = self.persons.get(person.source_id)
        first = self._first.setdefault(person.source_id, record.at)
        if old is None:
            self.persons[person.source_id] = person
            return
        schools = tuple(sorted({*old.schools, *person.schools}))
        field = first_difference(old, person)
        if field:
            self._report(record, ProblemKind.CONTRADICTS, field, str(first.line))
        self.persons[person.source_id] = replace(old, schools=schools)

    def school_class(self, record: Record, group: SchoolClass) -> None:
        """Take a class that a row of its own names with its grade."""
        if not self._fits(record, "class", group.name) or not self._fits(
            record, "grade", group.grade
        ):
            return
        first = self._named.setdefault(group.key, record).at
        if first != record.at and self._classes[group.key] != group:
            self._report(record, ProblemKind.CONTRADICTS, "class", str(first.line))
            return
        self.school(School(group.school))
        self._classes[group.key] = group

    def mentioned(self, record: Record, group: GroupKey) -> bool:
        """Take a class that some row names without saying its grade; returns whether it fits."""
        if not self._fits(record, "class", group.name):
            return False
        self._mention(group)
        return True

    def _mention(self, group: GroupKey) -> None:
        self.school(School(group.school))
        self._classes.setdefault(group, SchoolClass(group.school, group.name))

    def course(self, record: Record, course: Course) -> None:
        """Take a course; rows may leave out its subject, and must not name two."""
        if not self._fits(record, "subject", course.subject):
            course = replace(course, subject="")
        old = self._courses.get(course.key, course)
        first = self._first.setdefault(course.key, record.at)
        if old.subject and course.subject and old.subject != course.subject:
            self._report(record, ProblemKind.CONTRADICTS, "subject", str(first.line))
        self.school(School(course.school))
        self._courses[course.key] = old if old.subject else course

    def join(self, record: Record, person: str, group: GroupKey) -> None:
        """Put a known person into a group; a pupil has one class."""
        known = self.persons[person]
        if group.kind is GroupKind.CLASS:
            own, first = self._class_of.setdefault(person, (group, record.at))
            if own != group and known.role is Role.PUPIL:
                self._report(record, ProblemKind.CONTRADICTS, "class", str(first.line))
                return
            if not self.mentioned(record, group):
                return
        if group.school not in known.schools:
            schools = tuple(sorted({*known.schools, group.school}))
            self.persons[person] = replace(known, schools=schools)
        self.school(School(group.school))
        self._memberships[Membership(person, group)] = None

    def place(self, record: Record, placement: Placement) -> None:
        """Take where a device belongs; two rows may name its owner and its place."""
        old = self._placements.get(placement.serial, placement)
        first = self._first.setdefault(("serial", placement.serial), record.at)
        both = joined(old, placement)
        if both is None:
            self._report(record, ProblemKind.CONTRADICTS, "serial", str(first.line))
            return
        if both.place is not None and not self._has_room(record, both, both.place):
            return
        if both.place is not None:
            self.school(School(both.place.school))
        self._placements[placement.serial] = both

    def _has_room(self, record: Record, placement: Placement, place: GroupKey) -> bool:
        """Whether a place may be called so, and its slot is no other device's."""
        field = "trolley" if place.kind is GroupKind.TROLLEY else "class"
        if not self._fits(record, field, place.name):
            return False
        spot = (place, placement.slot)
        serial, first = self._spots.setdefault(spot, (placement.serial, record.at))
        if placement.slot and serial != placement.serial:
            self._report(record, ProblemKind.CONTRADICTS, "slot", str(first.line))
            return False
        return True

    def _fits(self, record: Record, field: str, text: str) -> bool:
        if len(text) <= LONGEST[field]:
            return True
        self._report(record, ProblemKind.TOO_LONG, field, str(LONGEST[field]))
        return False

    def lost(self, record: Record, field: str, where: str) -> None:
        """Report a reference into nothing. where: the file or kind that should name it."""
        self._report(record, ProblemKind.UNKNOWN_REFERENCE, field, where)

    def result(self, topics: Iterable[Topic]) -> ReadRoster:
        """The roster of all sound rows.

        topics: what the format speaks about. The roster is silent about those of them, and about
        listed schools, that no row says anything about.
        """
        placements = tuple(self._valid_placements())
        roster = Roster(
            tuple(self._covered()),
            tuple(self._graded()),
            tuple(self._courses.values()),
            tuple(self.persons.values()),
            tuple(self._memberships),
            placements,
        )
        said = spoken_about(roster) - (frozenset() if self._named else {Topic.CLASS_GRADES})
        roster = replace(roster, topics=frozenset(topics) & said)
        problems = [*self.problems, *self._empty_classes(roster)]
        problems.sort(key=lambda problem: (problem.at.file, problem.at.line))
        return ReadRoster(roster, tuple(problems), self.skipped)

    def _covered(self) -> Iterable[School]:
        """Schools of persons, groups and places; one that is only listed is not covered."""
        used = {number for person in self.persons.values() for number in person.schools}
        used |= {group.school for group in (*self._classes, *self._courses)}
        used |= {p.place.school for p in self._placements.values() if p.place}
        return (school for number, school in self._schools.items() if number in used)

    def _graded(self) -> Iterable[SchoolClass]:
        """Classes with the grade of their own row, of their name, or of all their pupils."""
        grades: dict[GroupKey, set[str]] = {}
        for person, keys in by_person(self._memberships).items():
            for key in keys:
                grades.setdefault(key, set()).add(self.persons[person].grade)
        for key, group in self._classes.items():
            common = grades.get(key, set()) - {""}
            guess = grade_in(key.name) or (min(common) if len(common) == 1 else "")
            yield group if key in self._named else replace(group, grade=guess)

    def _valid_placements(self) -> Iterable[Placement]:
        """Those whose owner and class were sound; the rows of the others are reported."""
        for placement in self._placements.values():
            place = placement.place
            if place and place.kind is GroupKind.CLASS:
                self._mention(place)
            if not placement.person or placement.person in self.persons:
                yield placement

    def _empty_classes(self, roster: Roster) -> Iterable[Problem]:
        pupils = {p.source_id for p in roster.persons if p.role is Role.PUPIL}
        used = {m.group for m in roster.memberships if m.person in pupils}
        for key, record in self._named.items():
            if key not in used:
                yield record.problem(ProblemKind.CLASS_WITHOUT_PUPILS, "class")

    def _report(self, record: Record, kind: ProblemKind, field: str, detail: str = "") -> None:
        self.problems.append(record.problem(kind, field, detail))
