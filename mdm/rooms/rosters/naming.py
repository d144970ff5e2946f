"""An import that gives a nameless school its names again: whom it names, and the switch itself.

Until the import is carried out nothing is switched, so that a draft can be given up; what it would
change is found as if the seats were called so already (known.py). Not here: forgetting names, and
who may bring them in (nameless.py).
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import select

from mdm.base.db import Tx
from mdm.base.vault import Vault
from mdm.rooms.audit import service as audit
from mdm.rooms.audit.service import Actor, Subject
from mdm.rooms.devices.due import mark_scopes_due
from mdm.rooms.devices.models import Device
from mdm.rooms.rosters.models import RosterImport
from mdm.rooms.schools.models import Member, School
from policies.roster.nameless import pseudonym
from policies.roster.roster import Roster

# What the key of pseudonyms is derived for; another one would make everybody a stranger.
PSEUDONYMS = "roster-pseudonym"
NAMING = "naming"
"""In the summary of an import: the numbers of the rows of the schools that it gives their names."""


def named_again(tx: Tx, row: RosterImport) -> list[School]:
    """The schools that an import gives their names, and that have none yet."""
    ids: list[Any] = row.summary.get(NAMING, [])
    return list(tx.scalars(select(School).where(School.id.in_(ids), School.is_nameless)))


def called(tx: Tx, vault: Vault, schools: Collection[School], roster: Roster) -> dict[int, str]:
    """Recognise the seats that a file names by their pseudonyms.

    returns: number of the member's row → source_id of the file.
    """
    if not schools:
        return {}
    key = vault.derive(PSEUDONYMS)
    named = {pseudonym(key, person.key): person.key for person in roster.persons}
    query = select(Member.id, Member.source_id).where(
        Member.school_id.in_([school.id for school in schools])
    )
    return {number: named[seat] for number, seat in tx.execute(query) if seat in named}


def give_names(
    tx: Tx, vault: Vault, row: RosterImport, roster: Roster, actor: Actor, now: datetime
) -> None:
    """Let the schools of an import keep names from now on; its seats become whom it names."""
    for school in named_again(tx, row):
        identifiers = called(tx, vault, [school], roster)
        for member in tx.scalars(select(Member).where(Member.school_id == school.id)):
            member.source_id = identifiers.get(member.id, member.source_id)
        school.is_nameless = False
        tx.flush()
        mark_scopes_due(tx, [Device.school_id == school.id])
        subject = Subject.of("school", school.id)
        details = {"recognised": len(identifiers)}
        audit.record(tx, actor, "school.named", subject, now, school_id=school.id, details=details)
