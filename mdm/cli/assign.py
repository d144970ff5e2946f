"""`mdm assign`: draft that somebody gets a blueprint, a profile or an app, or no longer gets it.

Nothing happens before the plan is approved with `mdm change approve`.
"""

from datetime import datetime

import click
from sqlalchemy import or_, select

from mdm.base.db import Tx
from mdm.base.errors import NotFound
from mdm.cli import change_json
from mdm.cli.changes import tell
from mdm.cli.device import find_device
from mdm.cli.house import House, find_school, pass_house
from mdm.cli.output import print_json, print_table
from mdm.rooms.access.service import Act, Viewer
from mdm.rooms.assignments.rules import RuleRow, rules_at
from mdm.rooms.blueprints.models import App, Blueprint, BlueprintVersion, Profile
from mdm.rooms.changes import service
from mdm.rooms.changes.service import Wanted
from mdm.rooms.groups.queries import groups
from mdm.rooms.schools import queries as schools
from mdm.rooms.schools.models import School
from mdm.rooms.schools.service import school_by_number
from mdm.rooms.schools.structure import find_trolley
from policies.operations import AssignmentSpec, BeginAssignment, EndAssignment, Target
from policies.ring_text import read_rings

_SCOPES = ("grade", "class_name", "course", "trolley", "group", "serial")
_SUBJECTS = ("blueprint", "profile", "bundle_id")
_JSON = click.option("--json", "as_json", is_flag=True, help="For programs.")
_RINGS = click.option(
    "--rings",
    help="Say 'training, class 9a, school 12, all'; 'all' for everybody at once.",
)
_REASON = click.option("--reason", default="", help="Kept with the plan and in the journal.")


@click.group()
def assign() -> None:
    """Draft who gets what, and who no longer does."""


@assign.command("list")
@click.option("--school", "number", help="Of this school; otherwise the city's own.")
@_JSON
@pass_house
def list_rules(house: House, number: str | None, as_json: bool) -> None:
    """List the rules in force, the city's included."""
    with house.reading() as tx:
        school = school_by_number(tx, number) if number is not None else None
        house.acting_for(tx, Act.SEE, school)
        rows = rules_at(tx, school.id if school is not None else None)
    if as_json:
        return print_json([_public(row) for row in rows])
    headings = ("ID", "What", "Version", "For", "School", "From", "Until", "Since")
    return print_table(headings, [_cells(row) for row in rows])


@assign.command()
@click.option("--school", "number", help="The school; without, the whole city.")
@click.option("--grade", help="Only this grade of it.")
@click.option("--class", "class_name", help="Only this class of it.")
@click.option("--course", help="Only this course of it.")
@click.option("--trolley", help="Only this trolley of it.")
@click.option("--group", help="Only the members of this smart group.")
@click.option("--serial", help="Only this iPad.")
@click.option("--blueprint", help="The name of a blueprint; its newest version is given.")
@click.option("--profile", help="The name of a profile.")
@click.option("--app", "bundle_id", help="The bundle identifier of an app.")
@click.option("--from", "starts", metavar="ISO", help="Not before this instant.")
@click.option("--until", "ends", metavar="ISO", help="Until just before this instant.")
@click.option("--title", help="What the plan is called.")
@_RINGS
@_REASON
@_JSON
@pass_house
def begin(
    house: House,
    /,
    number: str | None,
    starts: str | None,
    ends: str | None,
    title: str | None,
    rings: str | None,
    reason: str,
    as_json: bool,
    **chosen: str | None,
) -> None:
    """Draft that somebody gets something, and print whom it touches."""
    _one_at_most(chosen, _SCOPES, "say for whom with one option only")
    _exactly_one(chosen, _SUBJECTS, "say what with --blueprint, --profile or --app")
    with house.transaction() as tx:
        school = school_by_number(tx, number) if number is not None else None
        acting = house.acting_for(tx, Act.SEE, school)
        target = _target(house, tx, acting, school, chosen)
        spec = _spec(tx, target, school, chosen, starts, ends, reason)
        title = title or f"{_what(chosen)} for {_for_whom(number, chosen)}"
        specs = read_rings(rings, number) if rings is not None else None
        wanted = Wanted(title, (BeginAssignment(spec),), reason, specs)
        plan = service.draft(tx, house.tools.vault, acting, wanted, house.now())
        told = change_json.document(tx, house.tools.vault, acting, plan)
    tell(told, as_json)


@assign.command()
@click.argument("rule", type=int, metavar="ID")
@click.option("--school", "number", help="The school in whose list it stands.")
@_RINGS
@_REASON
@_JSON
@pass_house
def end(
    house: House, rule: int, number: str | None, rings: str | None, reason: str, as_json: bool
) -> None:
    """Draft that a rule ends; `mdm assign list` says its number."""
    specs = read_rings(rings, number) if rings is not None else None
    with house.transaction() as tx:
        acting = house.acting(tx)
        wanted = Wanted(f"Rule {rule} ends", (EndAssignment(rule),), reason, specs)
        plan = service.draft(tx, house.tools.vault, acting, wanted, house.now())
        told = change_json.document(tx, house.tools.vault, acting, plan)
    tell(told, as_json)


def _one_at_most(chosen: dict[str, str | None], names: tuple[str, ...], problem: str) -> None:
    if sum(chosen[name] is not None for name in names) > 1:
        raise click.UsageError(problem)


def _exactly_one(chosen: dict[str, str | None], names: tuple[str, ...], problem: str) -> None:
    if sum(chosen[name] is not None for name in names) != 1:
        raise click.UsageError(problem)


def _target(
    house: House, tx: Tx, acting: Viewer, school: School | None, chosen: dict[str, str | None]
) -> Target:
    """raises: NotFound, UsageError (a part of a school without the school)."""
    here = school.id if school is not None else None
    if group := chosen["group"]:
        found = next((row for row in groups(tx, acting) if row.name == group), None)
        if found is None:
            raise NotFound("smart group", group)
        return Target(here if here is not None else found.school_id, group_id=found.id)
    if serial := chosen["serial"]:
        return Target(here, device_id=find_device(house, tx, acting, serial).id)
    inside = next((chosen[name] for name in _SCOPES if chosen[name] is not None), None)
    if inside is None:
        return Target(here)
    if school is None:
        raise click.UsageError("a part of a school is named together with its --school")
    return _inside(tx, school, chosen)


def _inside(tx: Tx, school: School, chosen: dict[str, str | None]) -> Target:
    if grade := chosen["grade"]:
        return Target(school.id, grade=grade)
    if class_name := chosen["class_name"]:
        _, group = find_school(tx, school.number, class_name)
        return Target(school.id, class_group_id=group.id if group is not None else None)
    if trolley := chosen["trolley"]:
        return Target(school.id, trolley_id=find_trolley(tx, school.id, trolley).id)
    course = chosen["course"] or ""
    for line in schools.course_lines(tx, school.id):
        if line.name == course:
            return Target(school.id, course_id=line.id)
    raise NotFound("course", course)


def _spec(
    tx: Tx,
    target: Target,
    school: School | None,
    chosen: dict[str, str | None],
    starts: str | None,
    ends: str | None,
    reason: str,
) -> AssignmentSpec:
    return AssignmentSpec(
        target,
        profile_id=_profile(tx, school, chosen["profile"]),
        app_id=_app(tx, chosen["bundle_id"]),
        blueprint_version_id=_blueprint(tx, school, chosen["blueprint"]),
        starts_at=_instant("--from", starts),
        ends_at=_instant("--until", ends),
        reason=reason,
    )


def _profile(tx: Tx, school: School | None, name: str | None) -> int | None:
    """The school's own before the city's of that name. raises: NotFound."""
    if name is None:
        return None
    owner = or_(Profile.school_id.is_(None), Profile.school_id == _number(school))
    query = select(Profile.id).where(Profile.name == name, Profile.retired_at.is_(None), owner)
    found = tx.scalars(query.order_by(Profile.school_id.is_(None))).first()
    if found is None:
        raise NotFound("profile", name)
    return found


def _blueprint(tx: Tx, school: School | None, name: str | None) -> int | None:
    """The newest version of the school's own before the city's. raises: NotFound."""
    if name is None:
        return None
    owner = or_(Blueprint.school_id.is_(None), Blueprint.school_id == _number(school))
    query = (
        select(BlueprintVersion.id)
        .join(Blueprint, Blueprint.id == BlueprintVersion.blueprint_id)
        .where(
            Blueprint.name == name,
            Blueprint.retired_at.is_(None),
            BlueprintVersion.version == Blueprint.current_version,
            owner,
        )
    )
    found = tx.scalars(query.order_by(Blueprint.school_id.is_(None))).first()
    if found is None:
        raise NotFound("blueprint", name)
    return found


def _number(school: School | None) -> int | None:
    return school.id if school is not None else None


def _app(tx: Tx, bundle_id: str | None) -> int | None:
    if bundle_id is None:
        return None
    found = tx.scalar(select(App.id).where(App.bundle_id == bundle_id))
    if found is None:
        raise NotFound("app", bundle_id)
    return found


def _instant(option: str, text: str | None) -> datetime | None:
    """Without an offset, the time of this machine. raises: UsageError."""
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text).astimezone()
    except ValueError as error:
        raise click.UsageError(f"{option} is no instant such as 2026-09-14T08:00+02:00") from error


def _what(chosen: dict[str, str | None]) -> str:
    return next(chosen[name] or "" for name in _SUBJECTS if chosen[name] is not None)


def _for_whom(number: str | None, chosen: dict[str, str | None]) -> str:
    school = f"school {number}" if number is not None else "the whole city"
    for name in _SCOPES:
        if chosen[name] is not None:
            inside = f"{name.removesuffix('_name')} {chosen[name]}"
            return f"{inside} of {school}" if number is not None else inside
    return school


def _public(row: RuleRow) -> dict[str, object]:
    return {
        "id": row.id,
        "kind": row.subject_kind.value,
        "name": row.subject_name,
        "version": row.version,
        "scope": row.scope_kind.value,
        "scope_name": row.scope_name,
        "school": row.school,
        "starts_at": row.starts_at,
        "ends_at": row.ends_at,
        "reason": row.reason,
        "created_by": row.created_by,
        "created_at": row.created_at,
        "is_rolling_out": row.rollout_id is not None,
        "is_ending": row.ending_rollout_id is not None,
    }


def _cells(row: RuleRow) -> tuple[object, ...]:
    return (
        row.id,
        row.subject_name,
        row.version,
        f"{row.scope_kind.value} {row.scope_name}".strip(),
        row.school,
        row.starts_at,
        row.ends_at,
        row.created_at,
    )
