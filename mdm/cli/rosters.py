"""`mdm roster`: what an import would change, and what becomes of it.

Not here: files in and out (roster_files.py), sentences (roster_words.py).
"""

import click

from mdm.base.bell import Job
from mdm.base.errors import Conflict
from mdm.cli import change_json, roster_files
from mdm.cli.changes import tell as tell_change
from mdm.cli.house import House, pass_house
from mdm.cli.output import print_json, print_table, say
from mdm.cli.roster_words import count_rows, tell
from mdm.rooms.changes import service as changes
from mdm.rooms.changes.giving_up import discard_without_import
from mdm.rooms.changes.service import PreviewMoved, Wanted
from mdm.rooms.rosters import service
from policies.operations import ApplyRosterImport


@click.group()
def roster() -> None:
    """Bring rosters in, and out again."""


roster.add_command(roster_files.import_file)
roster.add_command(roster_files.export)
roster.add_command(roster_files.mapping)


@roster.command("list")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@pass_house
def list_imports(house: House, as_json: bool) -> None:
    """List imports, newest first."""
    with house.reading() as tx:
        rows = [
            (row.id, row.state.value, row.format, row.file_name, row.created_at, row.summary)
            for row in service.drafts(tx, house.acting(tx))
        ]
    names = ("id", "state", "format", "file", "drafted")
    if as_json:
        return print_json([dict(zip((*names, "summary"), row, strict=True)) for row in rows])
    return print_table([name.title() for name in names], [row[:-1] for row in rows])


@roster.command()
@click.argument("import_id", type=int)
@pass_house
def show(house: House, import_id: int) -> None:
    """Say what an import would change as things stand now."""
    with house.transaction() as tx:
        shown = service.look_again(tx, house.tools.vault, house.acting(tx), import_id)
        print_table(("What", "Added", "Changed", "Removed"), count_rows(shown))
        tell(shown)


@roster.command()
@click.argument("import_id", type=int)
@click.argument("choices", nargs=-1, required=True, metavar="KEY=SOURCE_ID…")
@pass_house
def choose(house: House, import_id: int, choices: tuple[str, ...]) -> None:
    """Say whom an ambiguous row means; nothing after the sign means a new person."""
    chosen = dict(_choice(text) for text in choices)
    with house.transaction() as tx:
        shown = service.choose(tx, house.tools.vault, house.acting(tx), import_id, chosen)
        tell(shown)


@roster.command()
@click.argument("import_id", type=int)
@click.option("--type", "typed", required=True, help="The numbers of the schools concerned.")
@pass_house
def confirm(house: House, import_id: int, typed: str) -> None:
    """Say as a second person that so many really leave."""
    with house.transaction() as tx:
        service.confirm(tx, house.tools.vault, house.acting(tx), import_id, typed, house.now())
    say(f"Confirmed. Next: mdm roster apply {import_id}")


@roster.command()
@click.argument("import_id", type=int)
@pass_house
def discard(house: House, import_id: int) -> None:
    """Give an import up; what it held is gone at once, and so is the draft of a plan for it."""
    with house.transaction() as tx:
        acting = house.acting(tx)
        service.discard(tx, house.tools.vault, acting, import_id, house.now())
        discard_without_import(tx, acting.actor, house.now())
    say(f"Import {import_id} was given up.")


@roster.command()
@click.argument("import_id", type=int)
@click.option("--yes", is_flag=True, help="Approve the plan at once, as it is previewed.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@pass_house
def apply(house: House, import_id: int, yes: bool, as_json: bool) -> None:
    """Draft the change plan that writes an import, and print whom it touches.

    Classes and people change once it is approved (mdm change approve), and every iPad concerned
    gets what its new place gives it, all in one ring.
    """
    with house.transaction(*([Job.RECONCILE] if yes else [])) as tx:
        acting, vault, now = house.acting(tx), house.tools.vault, house.now()
        service.show(tx, vault, acting, import_id)
        wanted = Wanted(f"Roster import {import_id}", (ApplyRosterImport(import_id),))
        plan = changes.draft(tx, vault, acting, wanted, now)
        if yes:
            outcome = changes.approve(tx, vault, acting, plan.id, plan.fingerprint, now)
            if isinstance(outcome, PreviewMoved):
                raise Conflict("things have moved since the preview; look at the import again")
        told = change_json.document(tx, vault, acting, plan)
    tell_change(told, as_json)
    if yes:
        say(f"Import {import_id} is written.")
    else:
        say(f"Next: mdm change approve {told['id']} --fingerprint {told['fingerprint']}")


def _choice(text: str) -> tuple[str, str]:
    key, separator, source_id = text.partition("=")
    if not separator or not key:
        raise click.UsageError(f"write it as KEY=SOURCE_ID, not {text}")
    return key, source_id
