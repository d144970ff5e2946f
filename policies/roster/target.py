"""What should be stored after an import: the known roster and what the source says about it.

Here: what silence means. A source is silent about schools it does not cover and topics it does
not speak about, and a part of a roster is silent about whoever it does not name. Not here: the
steps from one to the other (policies.roster.difference).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from policies.roster.roster import EVERY_TOPIC, Roster, Topic, by_key
from policies.roster.values import (
    Course,
    GroupKey,
    GroupKind,
    Membership,
    Person,
    Placement,
    Role,
    SchoolClass,
)

_TOLD_BY = {Role.PUPIL: Topic.PUPILS, Role.TEACHER: Topic.TEACHERS}


def target(known: Roster, incoming: Roster, *, complete: bool) -> Roster:
    """What is stored once `incoming` is written.

    complete: the source names everybody of its schools; who is missing has left.
    When it is complete, covers every school and speaks about everything, this is `incoming`.
    """
    return _Merge(known, incoming, complete).result()


@dataclass(frozen=True, slots=True)
class _Merge:
    known: Roster
    incoming: Roster
    complete: bool

    def result(self) -> Roster:
        classes, courses, persons = self.classes(), self.courses(), self.persons()
        groups = frozenset(c.key for c in classes) | frozenset(c.key for c in courses)
        return Roster(
            tuple((by_key(self.incoming.schools) | by_key(self.known.schools)).values()),
            classes,
            courses,
            tuple(persons.values()),
            tuple(self.memberships(persons, groups)),
            tuple(self.placements(persons, groups)),
            EVERY_TOPIC,
        )

    def says_all(self, topic: Topic, school: str) -> bool:
        """Whether whoever and whatever is missing there has left."""
        covered = school in self.incoming.numbers
        return self.complete and covered and topic in self.incoming.topics

    def classes(self) -> tuple[SchoolClass, ...]:
        before = by_key(self.known.classes)
        merged = {k: v for k, v in before.items() if not self.says_all(Topic.PUPILS, v.school)}
        for group in self.incoming.classes:
            old = before.get(group.key)
            silent = Topic.CLASS_GRADES not in self.incoming.topics
            merged[group.key] = old if old and silent else group
        return tuple(merged.values())

    def courses(self) -> tuple[Course, ...]:
        before = by_key(self.known.courses)
        merged = {k: v for k, v in before.items() if not self.says_all(Topic.COURSES, v.school)}
        for group in self.incoming.courses:
            old = before.get(group.key)
            silent = Topic.SUBJECTS not in self.incoming.topics
            merged[group.key] = old if old and silent else group
        return tuple(merged.values())

    def persons(self) -> dict[str, Person]:
        before, after = by_key(self.known.persons), by_key(self.incoming.persons)
        stay = {k: self.remaining(p) for k, p in before.items() if k not in after}
        merged = {k: p for k, p in stay.items() if p.schools}
        for key, person in after.items():
            old = before.get(key)
            merged[key] = self.updated(old, person) if old else person
        return merged

    def remaining(self, person: Person) -> Person:
        topic = _TOLD_BY[person.role]
        schools = tuple(s for s in person.schools if not self.says_all(topic, s))
        return replace(person, schools=schools)

    def updated(self, old: Person, new: Person) -> Person:
        topics = self.incoming.topics
        return replace(
            new,
            schools=self.schools(old, new),
            grade=new.grade if Topic.GRADES in topics else old.grade,
            account=new.account if Topic.ACCOUNTS in topics else old.account,
        )

    def schools(self, old: Person, new: Person) -> tuple[str, ...]:
        """A pupil goes where the source says; a teacher also stays where it is silent."""
        if new.role is Role.PUPIL:
            return new.schools
        return tuple(sorted({*new.schools, *self.remaining(old).schools}))

    def memberships(
        self, persons: dict[str, Person], groups: frozenset[GroupKey]
    ) -> Iterator[Membership]:
        said = frozenset(self.incoming.memberships)
        in_a_class = {m.person for m in said if m.group.kind is GroupKind.CLASS}
        yield from said
        for old in frozenset(self.known.memberships) - said:
            person = persons.get(old.person)
            if person is None or old.group not in groups:
                continue
            if old.group.school in person.schools and not self.ended(old, person, in_a_class):
                yield old

    def ended(self, old: Membership, person: Person, in_a_class: set[str]) -> bool:
        """Whether a membership the source does not name is over; a pupil has one class."""
        if old.group.kind is GroupKind.COURSE:
            return self.says_all(Topic.COURSES, old.group.school)
        if person.role is Role.TEACHER:
            return self.says_all(Topic.CLASS_TEACHERS, old.group.school)
        return old.person in in_a_class or self.says_all(Topic.PUPILS, old.group.school)

    def placed(self, said: Placement, old: Placement | None) -> Placement:
        """An iPad gets its owner and stays in its trolley, when the source knows no trolleys."""
        if said.place is not None or Topic.TROLLEYS in self.incoming.topics:
            return said
        if old is None or old.place is None or old.place.kind is not GroupKind.TROLLEY:
            return said
        return replace(said, place=old.place, slot=old.slot)

    def placements(
        self, persons: dict[str, Person], groups: frozenset[GroupKey]
    ) -> Iterator[Placement]:
        said, owners = by_key(self.incoming.placements), by_key(self.known.persons)
        before = by_key(self.known.placements)
        yield from (self.placed(place, before.get(serial)) for serial, place in said.items())
        for serial, old in before.items():
            schools = (old.place.school,) if old.place else owners[old.person].schools
            if serial in said or any(self.says_all(Topic.PLACEMENTS, s) for s in schools):
                continue
            yield from _repaired(old, persons, groups)


def _repaired(
    old: Placement, persons: dict[str, Person], groups: frozenset[GroupKey]
) -> Iterator[Placement]:
    """The placement without the owner or class that is gone; nothing when neither is left."""
    person = old.person if old.person in persons else ""
    place = old.place
    if place is not None and place.kind is not GroupKind.TROLLEY and place not in groups:
        place = None
    if person or place:
        yield replace(old, person=person, place=place, slot=old.slot if place else 0)
