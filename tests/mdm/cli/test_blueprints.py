"""`mdm blueprint`, `mdm group`, `mdm profile`: from files, with every bad field named."""

import json
from pathlib import Path

import pytest
from sqlalchemy import select

from mdm.base.db import Database
from mdm.rooms.assignments import service as assignments
from mdm.rooms.assignments.models import Assignment
from mdm.rooms.audit.service import Actor
from mdm.rooms.blueprints.models import Blueprint, BlueprintVersion, Profile
from mdm.rooms.changes.models import ChangePlan
from mdm.rooms.groups.models import SmartGroup
from mdm.rooms.schools.models import School
from policies.operations import AssignmentSpec, Target
from profiles.configuration_profile import Payload
from tests.factories.devices import a_device, an_ipad
from tests.factories.people import manager_b, reader
from tests.factories.profiles import UUID_1, a_mobileconfig
from tests.factories.schools import a_school
from tests.factories.times import NOW
from tests.mdm.cli.conftest import Type
from tests.mdm.rooms.wishes import an_app

SETTINGS = """
name = "Klasse 9"
school = "12"

[[settings]]
kind = "declaration"
declaration_type = "com.apple.configuration.passcode.settings"
payload = { MinimumLength = 6 }

[[settings]]
kind = "os_version"
version = "26.1"
deadline = 2026-10-01T18:00:00
"""


@pytest.fixture(autouse=True)
def school(database: Database) -> None:
    with database.transaction() as tx:
        here = a_school(tx)
        an_ipad(tx, here, name="Koffer 1")
        reader(tx, here)
        manager_b(tx, a_school(tx, "13", "Beispielschule Süd"))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "neun.toml"
    path.write_text(SETTINGS, encoding="utf-8")
    return path


class TestDeclarations:
    def test_those_are_listed_that_a_blueprint_may_hold(self, mdm: Type) -> None:
        listed = [line.split("\t") for line in mdm("blueprint", "declarations").stdout.splitlines()]

        assert ["com.apple.configuration.app.settings", "27.0"] in listed
        assert ["com.apple.configuration.passcode.settings", "15.0"] in listed
        # The house says it, another kind of setting does, or it needs an asset.
        assert not {name for name, _ in listed} & {
            f"com.apple.configuration.{name}"
            for name in ("management.status-subscriptions", "app.managed", "security.identity")
        }

    def test_each_tells_its_keys(self, mdm: Type) -> None:
        for line in mdm("blueprint", "declarations").stdout.splitlines():
            assert mdm("blueprint", "declarations", line.split("\t")[0]).stdout

    def test_a_key_tells_what_it_takes(self, mdm: Type) -> None:
        said = mdm("blueprint", "declarations", "softwareupdate.settings").stdout.splitlines()

        assert "Deferrals.CombinedPeriodInDays\t\t18.0\tinteger, 1 to 90" in said
        assert "AutomaticActions.Download\t\t18.0\tAllowed | AlwaysOn | AlwaysOff" in said

    def test_another_one_is_refused(self, mdm: Type) -> None:
        assert mdm("blueprint", "declarations", "legacy").exit_code == 2


class TestBlueprints:
    def test_a_file_becomes_a_version_and_the_same_file_none(self, mdm: Type, file: Path) -> None:
        first, again = (mdm("blueprint", "save", str(file)) for _ in range(2))

        assert first.exit_code == 0, first.output
        assert "is now version 1" in first.stderr
        assert "already is exactly that" in again.stderr

    def test_each_ipad_that_does_not_know_a_key_is_named(
        self, mdm: Type, database: Database, file: Path
    ) -> None:
        safari = 'declaration_type = "com.apple.configuration.safari.settings"'
        text = f'name = "Neu"\n[[settings]]\nkind = "declaration"\n{safari}\n'
        text += "payload = { AllowPopups = false }\n"
        file.write_text(text, encoding="utf-8")
        mdm("blueprint", "save", str(file))
        with database.transaction() as tx:
            west = a_school(tx, "14", "Beispielschule West")
            an_ipad(tx, west, "SIM0000002", os_version="17.0")
            a_device(tx, west, "SIM0000003", os_version="17.0", retired_at=NOW)

        told = json.loads(mdm("blueprint", "check", "1", "--json").stdout)
        elsewhere = mdm("blueprint", "check", "1", "--school", "12")

        assert [(one["system"], one["key"], one["why"]) for one in told] == [
            ("17.0", "Type", "needs newer os")
        ]
        assert "Every iPad knows all of it." in elsewhere.stderr

    def test_a_list_that_hides_the_settings_app_is_warned_of(self, mdm: Type, file: Path) -> None:
        apps = 'declaration_type = "com.apple.configuration.app.settings"'
        text = f'name = "Prüfung"\nschool = "12"\n[[settings]]\nkind = "declaration"\n{apps}\n'
        text += 'payload = { Allowed = { AllowedApps = ["de.example.pruefung"] } }\n'
        file.write_text(text, encoding="utf-8")

        saved = mdm("blueprint", "save", str(file))
        plan = mdm("assign", "begin", "--school", "12", "--blueprint", "Prüfung")

        assert "the Settings app disappears" in saved.stderr
        assert "note: the Settings app disappears" in plan.stdout

    def test_it_is_shown_compared_and_restored(self, mdm: Type, file: Path) -> None:
        mdm("blueprint", "save", str(file))
        file.write_text(SETTINGS.replace("= 6", "= 8"), encoding="utf-8")
        mdm("blueprint", "save", str(file), "--note", "acht")
        (row,) = json.loads(mdm("blueprint", "list", "--json").stdout)
        number = str(row["id"])

        change = json.loads(mdm("blueprint", "compare", number, "1", "2", "--json").stdout)
        restored = mdm("blueprint", "restore", number, "1")
        shown = json.loads(mdm("blueprint", "show", number, "--json").stdout)

        path = "payload.MinimumLength"
        assert (row["version"], row["note"], row["school"]) == (2, "acht", "12")
        assert change["changed"][0]["fields"] == [{"path": path, "before": 6, "after": 8}]
        assert "is now version 3" in restored.stderr
        assert shown["settings"][0]["payload"] == {"MinimumLength": 6}

    def test_people_read_a_difference_in_lines(self, mdm: Type, file: Path) -> None:
        mdm("blueprint", "save", str(file))
        file.write_text(SETTINGS.replace("= 6", "= 8"), encoding="utf-8")
        mdm("blueprint", "save", str(file))

        result = mdm("blueprint", "compare", "1", "1", "2")

        assert "payload.MinimumLength: 6 → 8" in result.stdout

    @pytest.mark.parametrize(
        ("written", "named"),
        [
            (SETTINGS.replace("MinimumLength", "MinimumLenght"), "settings[0].payload.MinimumLen"),
            (SETTINGS.replace("MinimumLength = 6", "MaximumFailedAttempts = 2"), "too soon"),
            (SETTINGS.replace("26.1", "26"), "settings[1].version"),
            (SETTINGS.replace("name =", "title ="), "title"),
            (SETTINGS.replace('"12"', '"99"'), "school 99"),
            ('name = "Leer"', "settings"),
            ('name = 7\nsettings = [{ kind = "device_name", template = "a" }]', "name"),
            ("name = oops\n", "line 1"),
            ('name = "A"\nsettings = 7', "settings"),
            ('name = "A"\nsettings = [{ kind = "profile", profile = "x" }]', "settings[0].profile"),
        ],
    )
    def test_a_bad_field_is_named_in_one_line_and_nothing_is_written(
        self, mdm: Type, database: Database, file: Path, written: str, named: str
    ) -> None:
        file.write_text(written, encoding="utf-8")

        result = mdm("blueprint", "save", str(file))

        assert result.exit_code == 1
        assert named in result.stderr
        with database.reading() as tx:
            assert tx.scalars(select(Blueprint)).all() == []

    @pytest.mark.parametrize(
        ("right", "wrong", "place"),
        [
            ("MinimumLength", "MinimumLenght", "(line 8)"),
            ('"26.1"', '"26"', "(line 12)"),
            ("kind", "knid", "(in the part that begins in line 5)"),
        ],
    )
    def test_a_bad_field_is_named_with_its_line(
        self, mdm: Type, file: Path, right: str, wrong: str, place: str
    ) -> None:
        file.write_text(SETTINGS.replace(right, wrong), encoding="utf-8")

        assert place in mdm("blueprint", "save", str(file)).stderr

    @pytest.mark.parametrize("raw", [SETTINGS.encode("utf-16"), b"#" * (1024 * 1024 + 1)])
    def test_a_file_that_nobody_wrote_is_refused(self, mdm: Type, file: Path, raw: bytes) -> None:
        file.write_bytes(raw)

        result = mdm("blueprint", "save", str(file))

        assert (result.exit_code, "neun.toml" in result.stderr) == (1, True)

    def test_a_reader_may_not_save_and_a_stranger_sees_nothing(self, mdm: Type, file: Path) -> None:
        saved = mdm("blueprint", "save", str(file))

        assert saved.exit_code == 0
        assert mdm("--as", "reader", "blueprint", "save", str(file)).exit_code == 1
        assert mdm("--as", "manager_b", "blueprint", "show", "1").exit_code == 1
        assert mdm("--as", "manager_b", "blueprint", "list").stdout == ""

    def test_whoever_has_an_old_version_gets_the_new_one_by_a_change_plan(
        self, mdm: Type, database: Database, file: Path
    ) -> None:
        mdm("blueprint", "save", str(file))
        with database.transaction() as tx:
            version = tx.scalars(select(BlueprintVersion)).one()
            target = Target(tx.scalars(select(School.id).where(School.number == "12")).one())
            spec = AssignmentSpec(target, blueprint_version_id=version.id)
            assignments.begin(tx, spec, Actor.system_user("tests"), NOW)
        file.write_text(SETTINGS.replace("= 6", "= 8"), encoding="utf-8")

        result = mdm("blueprint", "save", str(file))

        assert "change plan 1 is approved" in result.stderr
        with database.reading() as tx:
            assert tx.scalars(select(ChangePlan)).one().device_count == 1
            assert tx.scalars(select(Assignment)).one().blueprint_version_id == version.id

    def test_a_blueprint_is_retired(self, mdm: Type, file: Path) -> None:
        mdm("blueprint", "save", str(file))

        result = mdm("blueprint", "retire", "1")

        assert result.exit_code == 0, result.output
        assert mdm("blueprint", "list").stdout == ""


class TestGroups:
    def save(self, mdm: Type, file: Path, rule: str) -> str:
        file.write_text(f'name = "Koffer"\nschool = "12"\nrule = {rule}', encoding="utf-8")
        return str(mdm("group", "save", str(file)).stderr)

    def test_a_group_is_saved_shown_and_retired(self, mdm: Type, file: Path) -> None:
        told = self.save(mdm, file, '{ name = ["Koffer*"] }')
        (row,) = json.loads(mdm("group", "list", "--json").stdout)

        shown = mdm("group", "show", str(row["id"]))
        retired = mdm("group", "retire", str(row["id"]))

        assert "1 iPads joined or left" in told
        assert (row["members"], row["school"]) == (1, "12")
        assert shown.stdout.split() == ["SIM0000001"]
        assert retired.exit_code == 0, retired.output

    def test_a_group_that_rules_depend_on_gets_another_rule_by_a_change_plan(
        self, mdm: Type, database: Database, file: Path
    ) -> None:
        self.save(mdm, file, '{ name = ["Koffer*"] }')
        with database.transaction() as tx:
            group = tx.scalars(select(SmartGroup)).one()
            spec = AssignmentSpec(Target(group_id=group.id), app_id=an_app(tx).id)
            assignments.begin(tx, spec, Actor.system_user("tests"), NOW)

        told = self.save(mdm, file, '{ name = ["Tafel*"] }')

        assert "see change plan 1" in told
        with database.reading() as tx:
            assert tx.scalars(select(SmartGroup)).one().rule == {"name": ["Koffer*"]}

    @pytest.mark.parametrize(
        ("rule", "named"),
        [
            ("{}", "rule"),
            ('{ all = [{ os_version = { below = "x" } }] }', "rule.all[0].os_version.below"),
            ("{ group = 77 }", "rule.group"),
            ('{ grad = ["9"] }', "Did you mean grade?"),
        ],
    )
    def test_a_bad_rule_is_named(
        self, mdm: Type, database: Database, file: Path, rule: str, named: str
    ) -> None:
        assert named in self.save(mdm, file, rule)
        with database.reading() as tx:
            assert tx.scalars(select(SmartGroup)).all() == []


class TestProfiles:
    def test_an_upload_tells_who_signed_and_what_is_unknown(
        self, mdm: Type, tmp_path: Path
    ) -> None:
        path = tmp_path / "fremd.mobileconfig"
        path.write_bytes(
            a_mobileconfig(Payload("com.example.new", "de.example.n", UUID_1[::-1], "", {"A": 1}))
        )

        result = mdm("profile", "upload", str(path), "--school", "12", "--name", "Fremdes")

        assert result.exit_code == 0, result.output
        assert "Nobody signed it." in result.stderr
        assert "(com.example.new): its keys could not be checked" in result.stderr
        assert result.stdout.strip() == "org.klassensatz.profile.12.custom.fremdes"
        assert "Fremdes" in mdm("profile", "list").stdout

    def test_a_blueprint_names_a_profile_by_its_identifier(
        self, mdm: Type, database: Database, tmp_path: Path, file: Path
    ) -> None:
        path = tmp_path / "fremd.mobileconfig"
        path.write_bytes(a_mobileconfig())
        identifier = mdm("profile", "upload", str(path), "--name", "Fremdes").stdout.strip()
        file.write_text(
            f'name = "A"\nsettings = [{{ kind = "profile", profile = "{identifier}" }}]',
            encoding="utf-8",
        )

        result = mdm("blueprint", "save", str(file))

        assert result.exit_code == 0, result.output
        shown = json.loads(mdm("blueprint", "show", "1", "--json").stdout)
        with database.reading() as tx:
            assert shown["settings"][0]["profile_id"] == tx.scalars(select(Profile.id)).one()

    def test_a_dangerous_profile_is_refused_with_the_place(
        self, mdm: Type, database: Database, tmp_path: Path
    ) -> None:
        path = tmp_path / "fremd.mobileconfig"
        path.write_bytes(
            a_mobileconfig(Payload("com.apple.mdm", "de.example.m", UUID_1[::-1], "", {}))
        )

        result = mdm("profile", "upload", str(path), "--name", "Fremdes")

        assert result.exit_code == 1
        assert "PayloadContent[0].PayloadType: would take the iPad" in result.stderr
        with database.reading() as tx:
            assert tx.scalars(select(Profile)).all() == []
