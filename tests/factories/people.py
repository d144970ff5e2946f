"""The people of the access tests: manager_a manages school A, manager_b school B, the outsider
nothing; and one person for each other role."""

from collections.abc import Collection
from datetime import datetime
from functools import cache

from mdm.base.db import Tx
from mdm.rooms.access import service as access
from mdm.rooms.access.models import Person, PersonSchool, Role
from mdm.rooms.access.service import Viewer
from mdm.rooms.schools.models import School
from tests.factories.times import NOW

PASSWORD = "eine lange Probe"


@cache
def password_hash() -> str:
    """The hash of PASSWORD, made once: hashing is slow on purpose."""
    return access.hash_password(PASSWORD)


def a_person(
    tx: Tx,
    login: str,
    role: Role = Role.CAMPUS_MANAGER,
    schools: Collection[School] = (),
    now: datetime = NOW,
) -> Person:
    """Somebody who signs in with PASSWORD."""
    person = Person(
        login=login,
        display_name=login,
        role=role,
        password_hash=password_hash(),
        created_at=now,
    )
    tx.add(person)
    tx.flush()
    tx.add_all(PersonSchool(person_id=person.id, school_id=school.id) for school in schools)
    tx.flush()
    return person


def manager_a(tx: Tx, school_a: School) -> Person:
    """The campus manager of school A."""
    return a_person(tx, "manager_a", schools=[school_a])


def manager_b(tx: Tx, school_b: School) -> Person:
    """The campus manager of school B."""
    return a_person(tx, "manager_b", schools=[school_b])


def outsider(tx: Tx) -> Person:
    """A campus manager who looks after no school at all."""
    return a_person(tx, "outsider")


def administrator(tx: Tx) -> Person:
    """Somebody who sees every school and may do everything."""
    return a_person(tx, "administrator", Role.ADMINISTRATOR)


def helpdesk(tx: Tx, *schools: School) -> Person:
    """Somebody of the helpdesk: may restart, may not erase."""
    return a_person(tx, "helpdesk", Role.HELPDESK, schools)


def reader(tx: Tx, *schools: School) -> Person:
    """Somebody who may look and nothing else."""
    return a_person(tx, "reader", Role.READER, schools)


def viewer(tx: Tx, person: Person) -> Viewer:
    """A person as the rooms know him."""
    return access.viewer_of(tx, person)
