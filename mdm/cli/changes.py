"""`mdm change`: look at change plans, approve them, stop, resume, undo and discard them.

A draft comes from `mdm assign`, from saving a blueprint, or from a page. Approving is bound to
the fingerprint of the preview that was looked at.
"""

from typing import Any

import click

from mdm.base.bell import Job
from mdm.base.db import Tx
from mdm.cli import change_json
from mdm.cli.change_lines import plan_lines
from mdm.cli.house import House, pass_house
from mdm.cli.output import print_json, print_table, say
from mdm.rooms.changes import advancing, arranging, queries, service
from mdm.rooms.changes.models import ChangePlan, ChangeState
from mdm.rooms.changes.queries import PlanRow
from mdm.rooms.changes.service import PreviewMoved
from mdm.rooms.changes.sight import require_decision
from mdm.rooms.changes.stored import gate_of
from mdm.rooms.schools.models import School
from policies.ring_text import read_rings

_ID = click.argument("number", type=int, metavar="ID")
_JSON = click.option("--json", "as_json", is_flag=True, help="For programs.")
_STATES = click.Choice([state.value for state in ChangeState])


@click.group()
def change() -> None:
    """Look at change plans and decide about them."""


@change.command("list")
@click.option("--state", type=_STATES, help="Only those that have come so far.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@_JSON
@pass_house
def list_changes(house: House, state: str | None, limit: int, as_json: bool) -> None:
    """List change plans, the newest first."""
    only = ChangeState(state) if state is not None else None
    with house.reading() as tx:
        rows = queries.plans(tx, house.acting(tx), limit, only=only)
    if as_json:
        return print_json(
            [{name: _plain(getattr(row, name)) for name in row.__slots__} for row in rows]
        )
    return print_table(
        ("ID", "What", "School", "State", "iPads", "Drafted", "By"),
        [
            (r.id, _title(r), r.school, r.state.value, r.devices, r.created_at, r.created_by)
            for r in rows
        ],
    )


@change.command()
@_ID
@_JSON
@pass_house
def show(house: House, number: int, as_json: bool) -> None:
    """Show whom a plan touches, what happens to each iPad, and in which order."""
    with house.reading() as tx:
        told = _document(house, tx, queries.find(tx, house.acting(tx), number))
    tell(told, as_json)


@change.command()
@_ID
@_JSON
@pass_house
def preview(house: House, number: int, as_json: bool) -> None:
    """Look again: preview a draft anew, as things stand now."""
    with house.transaction() as tx:
        plan = _mine(house, tx, number)
        service.look_again(tx, house.tools.vault, house.acting(tx), plan.id, house.now())
        told = _document(house, tx, plan)
    tell(told, as_json)


@change.command()
@_ID
@click.option("--rings", "written", required=True, help="Say 'training, class 9a, school 12, all'.")
@_JSON
@pass_house
def rings(house: House, number: int, written: str, as_json: bool) -> None:
    """Give a draft other rings."""
    with house.transaction() as tx:
        plan = _mine(house, tx, number)
        school = tx.get(School, plan.school_id) if plan.school_id is not None else None
        specs = read_rings(written, school.number if school is not None else None)
        arranging.arrange(tx, house.acting(tx), plan.id, specs, gate_of(plan), house.now())
        told = _document(house, tx, plan)
    tell(told, as_json)


@change.command()
@_ID
@click.option("--fingerprint", required=True, help="Of the preview that you have looked at.")
@_JSON
@pass_house
def approve(house: House, number: int, fingerprint: str, as_json: bool) -> None:
    """Do what a draft says; the first ring gets it at once.

    When iPads or rules have moved since the preview, nothing is done, the new preview is shown,
    and the command fails.
    """
    with house.transaction(Job.RECONCILE) as tx:
        plan = _mine(house, tx, number)
        answer = service.approve(
            tx, house.tools.vault, house.acting(tx), plan.id, fingerprint.strip(), house.now()
        )
        told = _document(house, tx, plan)
    tell(told, as_json)
    if isinstance(answer, PreviewMoved):
        raise click.ClickException(
            "things have moved since that preview: nothing was done; look at the new one"
        )
    say(f"Approved. Plan {number} is {told['state'].replace('_', ' ')}.")


@change.command()
@_ID
@click.option("--reason", required=True, help="Kept with the plan and in the journal.")
@_JSON
@pass_house
def stop(house: House, number: int, reason: str, as_json: bool) -> None:
    """Stop a plan under way: what is released stays, nothing new is released."""
    with house.transaction() as tx:
        plan = _mine(house, tx, number)
        advancing.stop(tx, house.acting(tx), plan.id, reason, house.now())
        told = _document(house, tx, plan)
    _confirm(told, as_json, f"Plan {number} is stopped. What iPads have got, they keep.")


@change.command()
@_ID
@_JSON
@pass_house
def resume(house: House, number: int, as_json: bool) -> None:
    """Let a stopped plan go on; failures so far are let pass."""
    with house.transaction(Job.HOUSEKEEPING) as tx:
        plan = _mine(house, tx, number)
        advancing.resume(tx, house.acting(tx), plan.id, house.now())
        told = _document(house, tx, plan)
    _confirm(told, as_json, f"Plan {number} goes on.")


@change.command()
@_ID
@_JSON
@pass_house
def undo(house: House, number: int, as_json: bool) -> None:
    """Draft the plan that takes another one back; nothing happens before it is approved."""
    with house.transaction() as tx:
        plan = _mine(house, tx, number)
        drafted = service.undo(tx, house.tools.vault, house.acting(tx), plan.id, house.now())
        told = _document(house, tx, drafted)
    tell(told, as_json)


@change.command()
@_ID
@_JSON
@pass_house
def discard(house: House, number: int, as_json: bool) -> None:
    """Give a draft up."""
    with house.transaction() as tx:
        plan = _mine(house, tx, number)
        service.discard(tx, house.acting(tx), plan.id, house.now())
        told = _document(house, tx, plan)
    _confirm(told, as_json, f"Plan {number} is discarded; nothing was done.")


def tell(told: dict[str, Any], as_json: bool) -> None:
    """Print a plan: for programs as it is, for people in lines."""
    if as_json:
        print_json(told)
        return
    for line in plan_lines(told):
        click.echo(line)


def _confirm(told: dict[str, Any], as_json: bool, text: str) -> None:
    if as_json:
        print_json(told)
    else:
        say(text)


def _mine(house: House, tx: Tx, number: int) -> ChangePlan:
    plan = queries.find(tx, house.acting(tx), number)
    require_decision(house.acting(tx), plan)
    return plan


def _document(house: House, tx: Tx, plan: ChangePlan) -> dict[str, Any]:
    return change_json.document(tx, house.tools.vault, house.acting(tx), plan)


def _title(row: PlanRow) -> str:
    return f"{row.title} (takes another one back)" if row.takes_back else row.title


def _plain(value: object) -> object:
    return value.value if isinstance(value, ChangeState) else value
