"""`mdm school`, `mdm user`, `mdm journal`: what they write and who may."""

import json
from pathlib import Path

from mdm.base.db import Database
from mdm.rooms.access import service as access
from mdm.rooms.audit import queries as journal
from mdm.rooms.schools.models import Member
from policies.roster.values import Role
from tests.contracts import leaks
from tests.factories.people import PASSWORD, manager_a
from tests.factories.schools import a_class, a_school
from tests.factories.times import NOW
from tests.mdm.cli.conftest import Type


def test_a_school_is_added_and_listed(mdm: Type) -> None:
    mdm("school", "add", "--number", "12", "--name", "Beispielschule Nord")

    listed = mdm("school", "list", "--json")

    assert json.loads(listed.stdout) == [
        {"number": "12", "name": "Beispielschule Nord", "classes": []}
    ]


def test_the_journal_names_the_system_user_who_added_a_school(
    mdm: Type, database: Database
) -> None:
    mdm("school", "add", "--number", "12", "--name", "Beispielschule Nord")

    with database.reading() as tx:
        entry = journal.latest(tx, 1)[0]
    assert entry.act == "school.add"
    assert entry.actor.startswith("system:")


def test_the_same_number_twice_is_refused_in_one_line(mdm: Type) -> None:
    mdm("school", "add", "--number", "12", "--name", "Beispielschule Nord")

    again = mdm("school", "add", "--number", "12", "--name", "Beispielschule Süd")

    assert again.exit_code == 1
    assert again.stderr.strip().count("\n") == 0
    assert "exists already" in again.stderr


def test_no_file_holds_a_name_once_a_school_keeps_none(mdm: Type, database: Database) -> None:
    """Not even the log of a database that is open, as that of a running house is."""
    with database.transaction() as tx:
        school = a_school(tx)
        names = {"given_name": "Zwirbelinde", "family_name": "Quastenflosser"}
        tx.add(
            Member(school_id=school.id, source_id="S1", role=Role.PUPIL, created_at=NOW, **names)
        )
    secret = {"name": b"Quastenflosser"}
    folder = Path(database.url.database or "").parent

    done = mdm("school", "nameless", "--number", "12", "--type", "12")

    assert done.exit_code == 0, done.output
    if database.is_sqlite:
        assert leaks.leaks(secret, leaks.files(folder)) == []
    assert leaks.leaks(secret, leaks.rows(database)) == []


def test_a_manager_may_not_add_schools(mdm: Type, database: Database) -> None:
    with database.transaction() as tx:
        manager_a(tx, a_school(tx))

    result = mdm("--as", "manager_a", "school", "add", "--number", "13", "--name", "X")

    assert result.exit_code == 1
    assert "not allowed" in result.stderr


def test_a_manager_sees_only_his_schools(mdm: Type, database: Database) -> None:
    with database.transaction() as tx:
        school = a_school(tx)
        a_class(tx, school)
        a_school(tx, "34", "Beispielschule Süd")
        manager_a(tx, school)

    result = mdm("--as", "manager_a", "school", "list")

    assert result.stdout == "12\tBeispielschule Nord\t7b\n"


def test_a_new_person_gets_a_password_that_lets_him_in(mdm: Type, database: Database) -> None:
    with database.transaction() as tx:
        a_school(tx)

    result = mdm("user", "add", "anna", "--role", "campus_manager", "--school", "12")

    password = result.stdout.strip()
    with database.reading() as tx:
        assert access.credentials(tx, "anna").fit(password)


def test_a_password_from_standard_input_is_not_printed(mdm: Type) -> None:
    result = mdm(
        "user", "add", "anna", "--role", "administrator", "--password-stdin", input=PASSWORD
    )

    assert result.exit_code == 0
    assert PASSWORD not in result.output


def test_a_manager_without_a_school_is_a_usage_error(mdm: Type) -> None:
    assert mdm("user", "add", "anna", "--role", "campus_manager").exit_code == 2


def test_an_unknown_school_leaves_no_person_behind(mdm: Type, database: Database) -> None:
    result = mdm("user", "add", "anna", "--role", "reader", "--school", "99")

    assert result.exit_code == 1
    assert mdm("user", "add", "anna", "--role", "administrator").exit_code == 0


def test_the_journal_is_for_those_who_see_every_school(mdm: Type, database: Database) -> None:
    with database.transaction() as tx:
        manager_a(tx, a_school(tx))
    mdm("school", "add", "--number", "34", "--name", "Beispielschule Süd")

    assert mdm("--as", "manager_a", "journal").exit_code == 1
    assert json.loads(mdm("journal", "--json").stdout)[0]["act"] == "school.add"
