"""`mdm report`, `mdm explain` and `mdm plan`: what is, why, and what would be."""

import csv
import io
import json
from pathlib import Path

from mdm.base.db import Database
from mdm.rooms.assignments.models import Assignment
from mdm.rooms.blueprints.blueprint_queries import find_version
from policies.outcome import OutcomeKind, OutcomeReason
from tests.factories.changes import a_blueprint
from tests.factories.devices import a_device, an_ipad
from tests.factories.outcomes import an_outcome
from tests.factories.people import manager_a
from tests.factories.schools import a_class, a_school
from tests.factories.times import NOW
from tests.mdm.cli.conftest import Type
from tests.mdm.rooms.wishes import an_app, assign


def a_city(database: Database) -> None:
    with database.transaction() as tx:
        north, south = a_school(tx), a_school(tx, "13", "Beispielschule Süd")
        manager_a(tx, north)
        blocked = an_ipad(tx, north, "SIMF00000001", class_group=a_class(tx, north, "7b"))
        reason = OutcomeReason("com.example.rechnen", "not_supervised")
        an_outcome(tx, blocked, OutcomeKind.BLOCKED, reason)
        an_outcome(tx, an_ipad(tx, south, "SIMF00000002"))
        a_device(tx, south, "SIMF00000003")
        assign(tx, north, an_app(tx))


def test_the_state_of_the_city_comes_as_a_table(mdm: Type, database: Database) -> None:
    a_city(database)

    result = mdm("report", "state", "--city", "--format", "csv")

    text = result.stdout_bytes.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text), delimiter=";"))
    assert result.stdout_bytes.startswith(b"\xef\xbb\xbf")
    assert [(row["scope"], row["school"], row["devices"]) for row in rows] == [
        ("city", "", "3"),
        ("school", "12", "1"),
        ("school", "13", "2"),
        ("grade", "12", "1"),
        ("class", "12", "1"),
    ]
    assert rows[1]["most_frequent_reasons"] == "not_supervised com.example.rechnen (1)"


def test_the_state_of_a_school_comes_as_a_dated_document(mdm: Type, database: Database) -> None:
    a_city(database)

    found = json.loads(mdm("report", "state", "--school", "13", "--format", "json").stdout)

    assert found["at"].endswith("+00:00")
    (school,) = found["shares"]
    assert (school["scope"], school["devices"]) == ("school", 2)
    assert school["by_compliance"]["never_seen"] == 1


def test_one_of_school_and_city_must_be_said(mdm: Type, database: Database) -> None:
    assert mdm("report", "state").exit_code == 2
    assert mdm("report", "state", "--school", "12", "--city").exit_code == 2
    assert mdm("report", "state", "--school", "99").exit_code == 1


def test_a_person_reports_only_on_his_schools(mdm: Type, database: Database) -> None:
    a_city(database)

    answers = [
        mdm("--as", "manager_a", "report", "state", *words).exit_code
        for words in (("--school", "12"), ("--school", "13"), ("--city",))
    ]

    assert answers == [0, 1, 1]


def test_an_ipad_is_explained_in_lines(mdm: Type, database: Database) -> None:
    a_city(database)

    lines = mdm("explain", "simf00000001").stdout.splitlines()

    assert lines[0].startswith("on its way at ")
    assert lines[1].startswith("app com.example.rechnen (assigned to school 12 since ")
    assert any(line.startswith("  waits for ") for line in lines)


def test_an_ipad_is_explained_for_programs_by_the_same_values(
    mdm: Type, database: Database
) -> None:
    a_city(database)

    found = json.loads(mdm("explain", "SIMF00000001", "--json").stdout)

    (app,) = found["settings"]
    assert found["serial"] == "SIMF00000001"
    assert found["outcome"] == "on_its_way"
    assert (app["kind"], app["subject"]) == ("app", "com.example.rechnen")
    assert app["scope"] == {"kind": "school", "name": "12", "title": None}
    assert app["state"] in ("under_way", "waiting")
    assert app["waiting"]
    assert app["proven_at"] is None
    assert app["overrides"] == app["unknown_keys"] == []


def test_each_setting_names_who_decided_it_and_with_which_blueprint(
    mdm: Type, database: Database
) -> None:
    a_city(database)
    with database.transaction() as tx:
        tx.add(
            Assignment(
                blueprint_version_id=find_version(tx, a_blueprint(tx, None).id).id,
                reason="Inventur",
                created_by="person:3",
                created_at=NOW,
            )
        )

    found = json.loads(mdm("explain", "SIMF00000001", "--json").stdout)
    lines = mdm("explain", "SIMF00000001").stdout.splitlines()

    app, name = (one["origin"] for one in found["settings"])
    assert (app["blueprint"], app["version"], app["decided_by"]) == (None, None, "system:factory")
    assert (name["blueprint"], name["version"]) == ("Grundausstattung", 1)
    assert (name["decided_by"], name["reason"]) == ("person:3", "Inventur")
    (line,) = (line for line in lines if "Grundausstattung" in line)
    assert line.startswith("  decided by person:3 at ")
    assert line.endswith(" with blueprint Grundausstattung v1: Inventur")


def test_a_profile_that_hides_the_settings_app_is_explained_so(
    mdm: Type, database: Database
) -> None:
    a_city(database)
    exam = ("restrictions", "set", "--school", "12", "allowListedAppBundleIDs=de.example.pruefung")
    plan = json.loads(mdm(*exam, "--json").stdout)
    mdm("change", "approve", str(plan["id"]), "--fingerprint", plan["fingerprint"])

    found = json.loads(mdm("explain", "SIMF00000001", "--json").stdout)
    lines = mdm("explain", "SIMF00000001").stdout.splitlines()

    hiding = {one["kind"]: one["hides_settings_app"] for one in found["settings"]}
    assert hiding == {"app": False, "profile": True}
    assert "  hides the Settings app: nobody at the iPad can join a network" in lines


def test_an_ipad_out_of_sight_or_never_enrolled_is_not_explained(
    mdm: Type, database: Database
) -> None:
    a_city(database)

    assert mdm("--as", "manager_a", "explain", "SIMF00000002").exit_code == 1
    never = mdm("explain", "SIMF00000003")
    assert never.exit_code == 1
    assert "no current enrolment of SIMF00000003" in never.stderr


def test_a_scenario_is_printed_with_its_plan(type_bare: Type, tmp_path: Path) -> None:
    file = tmp_path / "scenario.txt"
    file.write_text("wish city: app de.example.maths 12345\nfreshness none\nplan\n")

    result = type_bare("plan", str(file))

    lines = result.stdout.splitlines()
    assert lines[2] == "plan"
    assert lines[3].startswith("| ")
    assert "de.example.maths" in result.stdout


def test_a_scenario_that_cannot_be_read_names_its_line(type_bare: Type, tmp_path: Path) -> None:
    file = tmp_path / "scenario.txt"
    file.write_text("freshness none\ndance\n")
    broken = tmp_path / "broken.txt"
    broken.write_bytes(b"\xff\xfe\x00")

    result = type_bare("plan", str(file))

    assert result.exit_code == 1
    assert "line 2" in result.stderr
    assert "Traceback" not in result.output
    assert "UTF-8" in type_bare("plan", str(broken)).stderr
