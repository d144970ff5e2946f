"""A roster without names."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import pytest

from policies.roster.difference import apply, difference
from policies.roster.errors import InvalidRoster
from policies.roster.nameless import nameless
from policies.roster.roster import Roster
from policies.roster.values import Course, Membership, Person
from tests.factories.rosters import (
    NORTH,
    SOUTH,
    a_course_key,
    a_pupil,
    a_school,
    a_teacher,
    next_year,
    one_class,
)

KEY = b"a secret of the city, for tests"


def everything(roster: Roster) -> str:
    return repr(roster) + json.dumps(asdict(roster), default=sorted, ensure_ascii=False)


def secrets(roster: Roster) -> set[str]:
    texts = {t for p in roster.persons for t in (p.given_name, p.family_name, p.account, p.key)}
    return texts - {""}


def slots(roster: Roster) -> dict[str, str]:
    return {person.key: person.slot for person in roster.persons}


def test_no_name_account_or_identifier_stands_anywhere() -> None:
    roster = a_school()
    course = Course("12", "Mathe Beispiel-01 (L-001)", "Mathe bei Lehr-01")
    spoken = replace(
        roster,
        courses=(*roster.courses, course),
        memberships=(*roster.memberships, Membership("L-001", course.key)),
    )

    text = everything(nameless(spoken, KEY))

    assert [secret for secret in secrets(spoken) if secret in text] == []
    assert "Mathe 7" in text


def test_persons_become_numbered_slots_of_their_class() -> None:
    roster = nameless(one_class(a_pupil(1), a_pupil(2)), KEY)

    assert sorted(slots(roster).values()) == ["7b-01", "7b-02"]
    assert all(p.family_name == p.given_name == p.account == "" for p in roster.persons)


def test_slots_stay_when_others_come_and_go() -> None:
    before = nameless(one_class(a_pupil(1), a_pupil(2), a_pupil(3)), KEY)
    after = nameless(one_class(a_pupil(2), a_pupil(3), *map(a_pupil, range(4, 20))), KEY, before)

    both = slots(before).keys() & slots(after).keys()

    assert len(both) == 2
    assert all(slots(before)[key] == slots(after)[key] for key in both)
    assert len(set(slots(after).values())) == 18


def test_a_part_of_a_class_never_gets_the_slot_of_somebody_else() -> None:
    before = nameless(one_class(a_pupil(1), a_pupil(2)), KEY)
    part = nameless(one_class(a_pupil(3)), KEY, before)

    change = difference(before, part, complete=False)

    assert sorted(slots(apply(before, change)).values()) == ["7b-01", "7b-02", "7b-03"]


def test_a_new_class_counts_from_one() -> None:
    before = nameless(a_school(), KEY)
    after = nameless(next_year(a_school()), KEY, before)

    assert {"8b-01", "8b-30", "7a-01"} <= set(slots(after).values())


def test_importing_a_nameless_roster_twice_changes_nothing() -> None:
    stored = nameless(a_school(), KEY)

    again = nameless(a_school(), KEY, stored)

    assert difference(stored, again, complete=True).is_empty


def test_an_export_by_pseudonym_and_label_comes_in_as_it_was() -> None:
    """The label is no name: its class must not be taken for a word of somebody's."""
    stored = nameless(a_school(), KEY)
    labelled = tuple(replace(p, family_name=p.slot, slot="") for p in stored.persons)

    again = nameless(replace(stored, persons=labelled), KEY, stored)

    assert difference(stored, again, complete=True).is_empty


def test_a_name_written_beside_a_pseudonym_stands_nowhere() -> None:
    stored = nameless(one_class(a_pupil(1)), KEY)
    (seat,) = stored.persons
    named = replace(stored, persons=(replace(seat, family_name="Muster", slot=""),))
    spoken = replace(named, courses=(Course("12", "Mathe Muster"),))

    text = everything(nameless(spoken, KEY, stored))

    assert "Muster" not in text


def test_a_teacher_of_two_schools_keeps_the_slot_in_the_file_of_one() -> None:
    teachers = (a_teacher(1), a_teacher(2, "12", "13"))
    stored = nameless(Roster((NORTH, SOUTH), persons=teachers), KEY)
    part = nameless(Roster((SOUTH,), persons=(a_teacher(2, "13"),)), KEY, stored)

    assert difference(stored, part, complete=True).is_empty


def test_another_key_gives_other_pseudonyms() -> None:
    roster = one_class(a_pupil(1))

    assert nameless(roster, KEY).persons[0].key != nameless(roster, KEY[::-1]).persons[0].key


def test_two_courses_that_name_teachers_stay_two_courses() -> None:
    teachers = (replace(a_teacher(1), source_id="SZ"), replace(a_teacher(2), source_id="AB"))
    courses = (Course("12", "M_GK1_SZ"), Course("12", "M_GK1_AB"))
    roster = Roster((NORTH,), courses=courses, persons=teachers)

    names = [course.name for course in nameless(roster, KEY).courses]

    assert len(set(names)) == 2
    assert all(name.startswith("M_GK1_") and name[-2:] not in ("SZ", "AB") for name in names)


def test_a_short_key_and_a_row_without_identifier_are_refused() -> None:
    row: Person = replace(a_pupil(1), source_id="?2")

    with pytest.raises(InvalidRoster):
        nameless(one_class(a_pupil(1)), b"short")
    with pytest.raises(InvalidRoster):
        nameless(one_class(row), KEY)


def test_memberships_go_with_their_persons() -> None:
    roster = nameless(a_school(), KEY)

    assert len([m for m in roster.memberships if m.group == a_course_key("Chor")]) == 11
