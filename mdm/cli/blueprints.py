"""`mdm blueprint`: save bundles of settings from files, show, compare and restore them.

Saving gives nothing to anybody. Where rules in force give another version, a change plan is
drafted, which somebody approves (mdm change).
"""

from pathlib import Path
from typing import Any

import click
from sqlalchemy import or_, select

from mdm.base.db import Tx
from mdm.base.errors import InvalidInput
from mdm.base.toml_text import only_keys, text_of
from mdm.cli.blueprint_check import check
from mdm.cli.change_words import HIDES_SETTINGS
from mdm.cli.declarable import declarations
from mdm.cli.house import House, pass_house
from mdm.cli.output import print_json, print_table, say
from mdm.cli.toml_file import naming_the_line, read_toml
from mdm.rooms.access.service import Act, Viewer
from mdm.rooms.assignments.retiring import retire_blueprint
from mdm.rooms.blueprints import blueprint_queries as queries
from mdm.rooms.blueprints import versions
from mdm.rooms.blueprints.models import Blueprint, Profile
from mdm.rooms.blueprints.versions import SavedBlueprint
from mdm.rooms.changes.models import ChangePlan
from mdm.rooms.changes.replacing import draft_replacement
from mdm.rooms.schools.models import School
from mdm.rooms.schools.service import school_by_number
from policies.blueprint import Setting
from policies.blueprint_difference import BlueprintDifference
from policies.blueprint_json import write_setting, write_settings
from policies.hidden_settings import hides_settings

_JSON = click.option("--json", "as_json", is_flag=True, help="For programs.")
_ID = click.argument("number", type=int, metavar="ID")


@click.group()
def blueprint() -> None:
    """Look after bundles of settings, in versions."""


blueprint.add_command(check)
blueprint.add_command(declarations)


@blueprint.command("list")
@_JSON
@pass_house
def list_blueprints(house: House, as_json: bool) -> None:
    """List the blueprints in use, the city's first."""
    with house.reading() as tx:
        rows = queries.blueprints(tx, house.acting(tx))
    if as_json:
        print_json([{name: getattr(row, name) for name in row.__slots__} for row in rows])
        return
    print_table(
        ("ID", "Name", "School", "Version", "Settings", "Saved", "By", "Note"),
        [
            (r.id, r.name, r.school, r.version, r.settings, r.created_at, r.created_by, r.note)
            for r in rows
        ],
    )


@blueprint.command()
@_ID
@click.option("--version", "version", type=int, help="Another one than the newest.")
@_JSON
@pass_house
def show(house: House, number: int, version: int | None, as_json: bool) -> None:
    """Show what a blueprint says."""
    with house.reading() as tx:
        found = queries.find_blueprint(tx, house.acting(tx), number)
        row = queries.find_version(tx, found.id, version)
        settings = queries.settings_of(row)
    if as_json:
        written = write_settings(settings)
        print_json({"name": found.name, "version": row.version, "settings": written})
        return
    say(f"{found.name}, version {row.version} of {found.current_version}")
    print_table(("Kind", "Fields"), [_line(setting) for setting in settings])


@blueprint.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--school", "number", help="Whose it is; without, the school of the file, or the city."
)
@click.option("--note", default="", help="Why there is another version.")
@click.option("--based-on", type=int, help="Refuse, if another version has been saved since.")
@pass_house
def save(house: House, file: Path, number: str | None, note: str, based_on: int | None) -> None:
    """Save a blueprint from a TOML file: its name, and one [[settings]] for each setting.

    A profile may be named by its identifier (profile) instead of its number (profile_id).
    """
    document = read_toml(file)
    with naming_the_line(file), house.transaction() as tx:
        only_keys(document, "name", "school", "note", "settings")
        school = _school(tx, number or text_of(document, "school", ""))
        acting = house.acting_for(tx, Act.MANAGE, school)
        settings = versions.checked_settings(_named(tx, school, document.get("settings", [])))
        saved = versions.save_blueprint(
            tx,
            school,
            text_of(document, "name"),
            settings,
            acting.actor,
            house.now(),
            note=note or text_of(document, "note", ""),
            based_on=based_on,
        )
        plan = _draft(house, tx, acting, saved)
    if hides_settings(settings):
        say(f"Note: where it applies, {HIDES_SETTINGS}.")
    _tell(saved, plan)


@blueprint.command()
@_ID
@click.argument("before", type=int)
@click.argument("after", type=int)
@_JSON
@pass_house
def compare(house: House, number: int, before: int, after: int, as_json: bool) -> None:
    """Show what two versions of a blueprint differ in."""
    with house.reading() as tx:
        found = queries.find_blueprint(tx, house.acting(tx), number)
        change = queries.compare(tx, found.id, before, after)
    if as_json:
        print_json(_difference(change))
    elif change.is_empty:
        say("Both versions say the same.")
    else:
        print_table(("", "Kind", "Fields"), _lines(change))


@blueprint.command()
@_ID
@click.argument("version", type=int)
@click.option("--note", default="", help="Why it comes back.")
@pass_house
def restore(house: House, number: int, version: int, note: str) -> None:
    """Make an old version the newest one again."""
    with house.transaction() as tx:
        found, acting = _managed(house, tx, number)
        saved = versions.restore(tx, found.id, version, acting.actor, house.now(), note=note)
        plan = _draft(house, tx, acting, saved)
    _tell(saved, plan)


@blueprint.command()
@_ID
@pass_house
def retire(house: House, number: int) -> None:
    """Take a blueprint that nobody has any more out of use."""
    with house.transaction() as tx:
        found, acting = _managed(house, tx, number)
        retire_blueprint(tx, found.id, acting.actor, house.now())
    say(f"{found.name} is out of use.")


def _school(tx: Tx, number: str) -> School | None:
    return school_by_number(tx, number) if number else None


def _managed(house: House, tx: Tx, number: int) -> tuple[Blueprint, Viewer]:
    found = queries.find_blueprint(tx, house.acting(tx), number)
    school = tx.get(School, found.school_id) if found.school_id is not None else None
    return found, house.acting_for(tx, Act.MANAGE, school)


def _named(tx: Tx, school: School | None, settings: Any) -> Any:
    """The settings of a file, profiles by number. raises: InvalidInput (no such profile)."""
    if not isinstance(settings, list):
        return settings
    return [_numbered(tx, school, place, setting) for place, setting in enumerate(settings)]


def _numbered(tx: Tx, school: School | None, place: int, setting: Any) -> Any:
    if not isinstance(setting, dict) or "profile" not in setting:
        return setting
    identifier = setting["profile"]
    number = None
    if isinstance(identifier, str):
        owner = school.id if school is not None else None
        is_usable = or_(Profile.school_id.is_(None), Profile.school_id == owner)
        number = tx.scalar(select(Profile.id).where(Profile.identifier == identifier, is_usable))
    if number is None or "profile_id" in setting:
        problem = "names no profile of this library"
        raise InvalidInput(f"settings[{place}].profile", problem, "See mdm profile list.")
    rest = {key: value for key, value in setting.items() if key != "profile"}
    return {**rest, "profile_id": number}


def _draft(house: House, tx: Tx, acting: Viewer, saved: SavedBlueprint) -> ChangePlan | None:
    """Draft that whoever has another version gets this one; None when nobody has."""
    if not saved.is_new:
        return None
    title = f"{saved.blueprint.name}: version {saved.version.version}"
    vault, note = house.tools.vault, saved.version.note
    return draft_replacement(tx, vault, acting, saved.version, title, house.now(), note)


def _tell(saved: SavedBlueprint, plan: ChangePlan | None) -> None:
    name = f"{saved.blueprint.name} (ID {saved.blueprint.id})"
    version = saved.version.version
    if not saved.is_new:
        say(f"{name} already is exactly that, in version {version}.")
    elif plan is None:
        say(f"{name} is now version {version}; nobody has it yet (mdm assign).")
    else:
        say(f"{name} is now version {version}. Whoever has another one gets it when")
        say(f"change plan {plan.id} is approved: mdm change show {plan.id}")


def _line(setting: Setting) -> tuple[str, str]:
    fields = {key: value for key, value in write_setting(setting).items() if key != "kind"}
    return setting.kind, ", ".join(f"{key}={value}" for key, value in fields.items())


def _lines(change: BlueprintDifference) -> list[tuple[str, str, str]]:
    lines = [("added", *_line(setting)) for setting in change.added]
    lines += [("removed", *_line(setting)) for setting in change.removed]
    for changed in change.changed:
        fields = ", ".join(f"{f.path}: {f.before} → {f.after}" for f in changed.fields)
        lines.append(("changed", changed.after.kind, f"{changed.after.subject} {fields}".strip()))
    return lines


def _difference(change: BlueprintDifference) -> dict[str, Any]:
    return {
        "added": [write_setting(setting) for setting in change.added],
        "removed": [write_setting(setting) for setting in change.removed],
        "changed": [
            {
                "kind": changed.after.kind.value,
                "subject": changed.after.subject,
                "fields": [
                    {"path": field.path, "before": field.before, "after": field.after}
                    for field in changed.fields
                ],
            }
            for changed in change.changed
        ],
    }
