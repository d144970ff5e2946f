"""Schools under the number the city gives them, when a source has identifiers of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from policies.roster.roster import Roster
from policies.roster.values import GroupKey, School


def renumbered(roster: Roster, numbers: Mapping[str, str]) -> Roster:
    """The same roster with other school numbers, as an Apple location needs it.

    numbers: number in the source → number of the city; others stay. Two may become one.
    raises: InvalidRoster (two classes or courses of the joined schools have one name).
    """

    def number(school: str) -> str:
        return numbers.get(school, school)

    def group(key: GroupKey) -> GroupKey:
        return replace(key, school=number(key.school))

    schools: dict[str, School] = {}
    for school in roster.schools:
        schools.setdefault(number(school.number), replace(school, number=number(school.number)))
    return replace(
        roster,
        schools=tuple(schools.values()),
        classes=tuple(replace(c, school=number(c.school)) for c in roster.classes),
        courses=tuple(replace(c, school=number(c.school)) for c in roster.courses),
        persons=tuple(
            replace(p, schools=tuple(sorted({number(s) for s in p.schools})))
            for p in roster.persons
        ),
        memberships=tuple(replace(m, group=group(m.group)) for m in roster.memberships),
        placements=tuple(
            replace(p, place=group(p.place) if p.place else None) for p in roster.placements
        ),
    )
