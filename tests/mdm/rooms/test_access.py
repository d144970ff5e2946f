"""People: what they see, what they may do, and how they sign in."""

from datetime import datetime

import pytest
from sqlalchemy import select

from mdm.base.db import Database
from mdm.base.errors import Forbidden, InvalidInput, NotFound
from mdm.rooms.access import service as access
from mdm.rooms.access.models import Role
from mdm.rooms.access.service import Act
from mdm.rooms.audit.models import AuditEntry
from mdm.rooms.audit.service import Actor
from tests.factories import people
from tests.factories.schools import a_school

ACTOR = Actor.system_user("root")


def test_a_campus_manager_sees_his_schools_and_no_other(database: Database) -> None:
    with database.transaction() as tx:
        school_a, school_b = a_school(tx, "1"), a_school(tx, "2")
        viewer = people.viewer(tx, people.manager_a(tx, school_a))

    assert viewer.sees(school_a.id)
    assert not viewer.sees(school_b.id)
    assert not viewer.sees(None)


def test_a_foreign_school_looks_like_none_at_all(database: Database) -> None:
    with database.transaction() as tx:
        school_a, school_b = a_school(tx, "1"), a_school(tx, "2")
        viewer = people.viewer(tx, people.manager_b(tx, school_b))

    with pytest.raises(NotFound):
        access.require(viewer, Act.SEE, school_a.id)


@pytest.mark.parametrize(
    ("role", "act", "allowed"),
    [
        (Role.READER, Act.SEE, True),
        (Role.READER, Act.RESTART, False),
        (Role.HELPDESK, Act.RESTART, True),
        (Role.HELPDESK, Act.ERASE, False),
        (Role.CAMPUS_MANAGER, Act.ERASE, True),
        (Role.CAMPUS_MANAGER, Act.ADMINISTER, False),
        (Role.ADMINISTRATOR, Act.ADMINISTER, True),
    ],
)
def test_what_a_role_may_do(database: Database, role: Role, act: Act, allowed: bool) -> None:
    with database.transaction() as tx:
        school = a_school(tx)
        viewer = people.viewer(tx, people.a_person(tx, "somebody", role, [school]))

    if allowed:
        access.require(viewer, act, school.id)
    else:
        with pytest.raises(Forbidden):
            access.require(viewer, act, school.id)


def test_the_right_password_fits_and_a_wrong_one_does_not(database: Database) -> None:
    with database.transaction() as tx:
        people.a_person(tx, "somebody")

    with database.reading() as tx:
        known, unknown = access.credentials(tx, "somebody"), access.credentials(tx, "nobody")

    assert known.fit(people.PASSWORD)
    assert not known.fit("not the password")
    assert not unknown.fit(people.PASSWORD)


def test_the_password_that_stands_in_for_an_unknown_login_lets_nobody_in(
    database: Database,
) -> None:
    with database.reading() as tx:
        unknown = access.credentials(tx, "nobody")

    assert not unknown.fit("a password that nobody has")


def test_whoever_signs_in_becomes_a_viewer_and_is_journalled(
    database: Database, now: datetime
) -> None:
    with database.transaction() as tx:
        person = people.a_person(tx, "somebody")

    with database.transaction() as tx:
        entered = access.sign_in(tx, access.credentials(tx, "somebody"), now)

    assert entered is not None
    assert (entered[0].login, entered[1]) == ("somebody", person.session_version)
    with database.reading() as tx:
        assert tx.scalars(select(AuditEntry.act)).all() == ["person.sign_in"]


def test_a_password_that_was_changed_while_it_was_checked_lets_nobody_in(
    database: Database, now: datetime
) -> None:
    with database.transaction() as tx:
        person = people.a_person(tx, "somebody")
        found = access.credentials(tx, "somebody")
        access.set_password(tx, person, "another long password", ACTOR, now)

    with database.transaction() as tx:
        assert access.sign_in(tx, found, now) is None


def test_a_hash_is_shown_nowhere(database: Database) -> None:
    with database.transaction() as tx:
        people.a_person(tx, "somebody")

    with database.reading() as tx:
        assert "argon2" not in repr(access.credentials(tx, "somebody"))


def test_a_new_password_ends_every_earlier_sign_in(database: Database, now: datetime) -> None:
    with database.transaction() as tx:
        person = people.a_person(tx, "somebody")
        version = person.session_version
        access.set_password(tx, person, "another long password", ACTOR, now)

    with database.reading() as tx:
        assert access.viewer(tx, person.id, version) is None
        assert access.viewer(tx, person.id, version + 1) is not None


def test_a_closed_account_signs_in_no_more(database: Database, now: datetime) -> None:
    with database.transaction() as tx:
        person = people.a_person(tx, "somebody")
        person.is_active = False

    with database.transaction() as tx:
        found = access.credentials(tx, "somebody")
        assert not found.fit(people.PASSWORD)
        assert access.sign_in(tx, found, now) is None


def test_a_password_is_stored_as_an_argon2id_hash(database: Database, now: datetime) -> None:
    with database.transaction() as tx:
        person = access.add_person(
            tx, "anna.admin", "Anna", Role.ADMINISTRATOR, "a long password", ACTOR, now
        )

    assert person.password_hash is not None
    assert person.password_hash.startswith("$argon2id$")


@pytest.mark.parametrize(
    ("login", "password", "field"),
    [("Anna", "a long password", "login"), ("anna", "short", "password"), ("", "x" * 20, "login")],
)
def test_a_person_that_cannot_be_added_is_refused_by_field(
    database: Database, now: datetime, login: str, password: str, field: str
) -> None:
    with pytest.raises(InvalidInput, match=field), database.transaction() as tx:
        access.add_person(tx, login, "", Role.READER, password, ACTOR, now)
