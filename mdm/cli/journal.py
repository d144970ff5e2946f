"""`mdm journal`: who did what, newest first."""

import click

from mdm.cli.house import House, pass_house
from mdm.cli.output import print_json, print_table
from mdm.rooms.access.service import Act
from mdm.rooms.audit import queries
from mdm.rooms.audit.models import AuditEntry


@click.command()
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000))
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@pass_house
def journal(house: House, limit: int, as_json: bool) -> None:
    """List the latest entries of the journal, newest first.

    For administrators: it speaks of every school.
    """
    with house.reading() as tx:
        house.acting_for(tx, Act.ADMINISTER, None)
        entries = queries.latest(tx, limit)
    if as_json:
        return print_json([_public(entry) for entry in entries])
    return print_table(
        ("At", "Who", "Did", "To", "Reason"),
        [(e.at, e.actor, e.act, f"{e.subject_kind}:{e.subject_id}", e.reason) for e in entries],
    )


def _public(entry: AuditEntry) -> dict[str, object]:
    return {
        "id": entry.id,
        "at": entry.at,
        "actor": entry.actor,
        "act": entry.act,
        "subject": {"kind": entry.subject_kind, "id": entry.subject_id},
        "school_id": entry.school_id,
        "reason": entry.reason,
        "details": entry.details,
    }
