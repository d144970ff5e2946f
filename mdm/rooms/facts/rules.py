"""The rules in force of a whole city, each at its home: for previews.

Here: what compile_city() needs, out of the same rows as a single plan. Not here: those rows
(assigned.py), where the devices are (places.py).
"""

from collections.abc import Collection

from sqlalchemy import select, true

from mdm.base.db import Tx
from mdm.rooms.facts import assigned
from mdm.rooms.schools.models import School
from policies.assignment import Assignment
from policies.scope import CITY, Scope, ScopeKind


def load_rules(tx: Tx, school_ids: Collection[int] | None) -> dict[Scope, tuple[Assignment, ...]]:
    """Load the rules of the city and of these schools, by home.

    school_ids: None for all schools.
    """
    here = true() if school_ids is None else School.id.in_(school_ids)
    schools = tx.execute(select(School.id, School.number).where(here).order_by(School.id)).all()
    rows = assigned.load(tx, [number for number, _ in schools])
    rules = {CITY: rows.at(None).assignments}
    for number, name in schools:
        # What holds at a school begins with what holds everywhere.
        rules[Scope(ScopeKind.SCHOOL, name)] = rows.at(number).assignments[len(rules[CITY]) :]
    return rules
