"""`mdm assign`: draft that somebody gets a blueprint, a profile or an app, or no longer gets it.

Nothing happens before the plan is approved with `mdm change approve`.
"""

import click

from mdm.cli import change_json
from mdm.cli.assignable import SCOPES, spec_of, target_of
from mdm.cli.changes import tell
from mdm.cli.house import House, pass_house
from mdm.cli.output import print_json, print_table
from mdm.rooms.access.service import Act
from mdm.rooms.assignments.rules import RuleRow, rules_at
from mdm.rooms.changes import service
from mdm.rooms.changes.service import Wanted
from mdm.rooms.schools.service import school_by_number
from policies.operations import BeginAssignment, EndAssignment
from policies.ring_text import read_rings

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
    _one_at_most(chosen, SCOPES, "say for whom with one option only")
    _exactly_one(chosen, _SUBJECTS, "say what with --blueprint, --profile or --app")
    with house.transaction() as tx:
        school = school_by_number(tx, number) if number is not None else None
        acting = house.acting_for(tx, Act.SEE, school)
        target = target_of(house, tx, acting, school, chosen)
        spec = spec_of(tx, target, school, chosen, starts, ends, reason)
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


def _what(chosen: dict[str, str | None]) -> str:
    return next(chosen[name] or "" for name in _SUBJECTS if chosen[name] is not None)


def _for_whom(number: str | None, chosen: dict[str, str | None]) -> str:
    school = f"school {number}" if number is not None else "the whole city"
    for name in SCOPES:
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
