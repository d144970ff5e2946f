"""Roster files on their way in: drafted, shown, confirmed, written or given up.

Here: one import from file to rows. Not here: reading files (policies.roster.formats), what they
change (policies.roster.difference), which iPads a change plan touches (mdm.rooms.changes).
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import select

from mdm.base.db import Tx
from mdm.base.errors import Conflict, InvalidInput, NotFound
from mdm.base.vault import Vault
from mdm.rooms.access.service import Act, Viewer, require
from mdm.rooms.audit import service as audit
from mdm.rooms.audit.service import Actor, Subject
from mdm.rooms.rosters import moving, writing
from mdm.rooms.rosters.known import known, sizes
from mdm.rooms.rosters.models import ImportState, RosterImport
from mdm.rooms.rosters.naming import NAMING, PSEUDONYMS, called, give_names, named_again
from mdm.rooms.rosters.seats import seat_changes
from mdm.rooms.rosters.shown import SCHOOLS, Shown, schools_of
from mdm.rooms.rosters.touched import require_in_sight
from mdm.rooms.schools.models import School
from policies.roster.changes import KindDifference
from policies.roster.difference import apply, difference
from policies.roster.errors import InvalidRoster
from policies.roster.judgement import Confirmation, judge
from policies.roster.nameless import nameless
from policies.roster.roster import Roster
from policies.value_json import digest, read_value, write_value

# A list looks back so far, which is years even of a city.
_LATEST = 2_000


@dataclass(frozen=True, slots=True)
class RosterFile:
    """What was read from a file, before anything is stored.

    complete: it names everybody of its schools; who is missing there has left.
    """

    name: str
    format: str
    content: bytes
    roster: Roster
    complete: bool = True


class ShownMoved(Conflict):
    """An import would change something else by now than what somebody saw."""


def draft(
    tx: Tx,
    vault: Vault,
    viewer: Viewer,
    file: RosterFile,
    now: datetime,
    *,
    naming: School | None = None,
) -> RosterImport:
    """Store a file as a draft; nothing of the roster changes.

    naming: a nameless school that has names again once the import is carried out; ask nameless.py.
    raises: InvalidInput (an unknown school, no school at all, nameless schools beside others,
        nameless without identifiers, people or iPads of schools out of sight), NotFound and
        Forbidden (not his schools).
    """
    schools = _schools(tx, viewer, file.roster)
    if naming is not None and naming not in schools:
        raise InvalidInput("school", f"the file says nothing about school {naming.number}")
    roster = _as_the_schools_wish(tx, vault, schools, file.roster, naming)
    row = RosterImport(
        school_id=schools[0].id if len(schools) == 1 else None,
        format=file.format,
        # A file is often named after a class teacher.
        file_name="" if any(school.is_nameless for school in schools) else file.name[-255:],
        file_digest=hashlib.sha256(file.content).digest(),
        is_complete=file.complete,
        state=ImportState.DRAFTED,
        choices={},
        shown_digest="",
        summary={
            SCHOOLS: [school.id for school in schools],
            **({NAMING: [naming.id]} if naming is not None else {}),
        },
        created_by=viewer.actor.name,
        created_at=now,
    )
    tx.add(row)
    tx.flush()
    _seal(vault, row, roster)
    _remember_shown(row, show(tx, vault, viewer, row.id))
    _journal(tx, row, "roster.draft", viewer.actor, now)
    return row


def show(tx: Tx, vault: Vault, viewer: Viewer, import_id: int) -> Shown:
    """Say what an import would change as things stand now.

    raises: NotFound (no such draft, or not his school), InvalidInput (it takes people or iPads
        from schools out of sight).
    """
    row = _drafted(tx, import_id)
    roster = _open(vault, row)
    _schools(tx, viewer, roster)
    shown = _shown(tx, vault, row, roster)
    require_in_sight(tx, viewer, shown)
    return shown


def look_again(tx: Tx, vault: Vault, viewer: Viewer, import_id: int) -> Shown:
    """Show an import and remember what was shown, which is what may be written."""
    shown = show(tx, vault, viewer, import_id)
    _remember_shown(shown.row, shown)
    return shown


def choose(
    tx: Tx, vault: Vault, viewer: Viewer, import_id: int, choices: Mapping[str, str]
) -> Shown:
    """Decide ambiguous rows: key of the row → source_id, or empty for a new person.

    raises: InvalidInput (no candidate, no row that waits), NotFound.
    """
    shown = show(tx, vault, viewer, import_id)
    row = shown.row
    waiting = {one.key for one in shown.difference.ambiguous} | row.choices.keys()
    if choices.keys() - waiting:
        raise InvalidInput("choice", "is for no row that waits", "Look at the import again.")
    row.choices = {**row.choices, **choices}
    return look_again(tx, vault, viewer, import_id)


def confirm(
    tx: Tx,
    vault: Vault,
    viewer: Viewer,
    import_id: int,
    typed: str,
    now: datetime,
    seen: str | None = None,
) -> None:
    """A second person says that these really leave, by typing the numbers of the schools.

    seen: the digest of the difference that this person saw; None for what was shown last.
    raises: InvalidInput (other numbers), ShownMoved (others would leave by now than he saw),
        Conflict (nothing to confirm, or the same person).
    """
    shown = show(tx, vault, viewer, import_id)
    if digest(shown.difference) != (shown.row.shown_digest if seen is None else seen):
        raise ShownMoved("the roster has changed since this was shown; look at it again")
    if shown.verdict.may_write:
        raise Conflict("nothing has to be confirmed")
    if shown.row.created_by == viewer.actor.name:
        raise Conflict("a second person has to confirm that so many leave")
    if not Confirmation(typed).names(shown.verdict.to_type):
        raise InvalidInput("schools", "these are not the numbers", "Type the school's number.")
    shown.row.confirmed_by, shown.row.confirmed_at = viewer.actor.name, now
    _remember_shown(shown.row, shown, confirmed=True)
    _journal(tx, shown.row, "roster.confirm", viewer.actor, now)


def discard(tx: Tx, vault: Vault, viewer: Viewer, import_id: int, now: datetime) -> None:
    """Give an import up; the names it held are gone at once. raises: NotFound, Forbidden."""
    row = _drafted(tx, import_id)
    _schools(tx, viewer, _open(vault, row))
    give_up(tx, row, viewer.actor, now)


def give_up(tx: Tx, row: RosterImport, actor: Actor, now: datetime) -> None:
    """Give a draft up, whoever decided that it has to go."""
    _settle(row, ImportState.DISCARDED, actor, now)
    _journal(tx, row, "roster.discard", actor, now)


def sealed_roster(vault: Vault, row: RosterImport) -> Roster:
    """What a draft holds."""
    return _open(vault, row)


def planned(tx: Tx, vault: Vault, import_id: int) -> Shown:
    """What an import would do, for the change plan that carries it out. raises: NotFound."""
    row = _drafted(tx, import_id)
    return _shown(tx, vault, row, _open(vault, row))


def carry_out(tx: Tx, vault: Vault, import_id: int, actor: Actor, now: datetime) -> frozenset[int]:
    """Write what was shown; first of all, a school that shall have names again has them.

    returns: the devices that belong elsewhere now, or whose class is another grade: their smart
        groups may be others.
    raises: Conflict (the stored roster has changed since, too many leave, rows undecided),
        NotFound, InvalidInput.
    """
    row = _drafted(tx, import_id)
    roster = _open(vault, row)
    give_names(tx, vault, row, roster, actor, now)
    shown = _shown(tx, vault, row, roster)
    if digest(shown.difference) != row.shown_digest:
        raise Conflict("the roster has changed since this was shown; look at it again")
    if not shown.verdict.may_write:
        raise Conflict("too many would leave; a second person has to confirm it")
    owners = {c.after.owner for c in shown.seats if c.after is not None and c.after.owner}
    rows = writing.write(tx, shown.difference, owners, now)
    moved = moving.move(tx, rows, shown.seats, actor, now)
    seated = moving.devices_of(tx, [seat.serial for seat in shown.seats])
    writing.forget_leavers(tx)
    _settle(row, ImportState.APPLIED, actor, now)
    row.summary = {**row.summary, "moved": moved}
    _journal(tx, row, "roster.apply", actor, now)
    return frozenset(device.id for device in seated.values())


def drafts(tx: Tx, viewer: Viewer, limit: int = 50) -> list[RosterImport]:
    """List imports of schools that this person looks after, all of each, newest first."""
    rows = tx.scalars(select(RosterImport).order_by(RosterImport.id.desc()).limit(_LATEST))
    seen = (row for row in rows if all(viewer.sees(school) for school in schools_of(row)))
    return list(islice(seen, limit))


def stored(tx: Tx, school: School) -> Roster:
    """The roster of one school as it is stored, to export it."""
    return known(tx, [school.number])


def _shown(tx: Tx, vault: Vault, row: RosterImport, roster: Roster) -> Shown:
    identifiers = called(tx, vault, named_again(tx, row), roster)
    before = known(tx, sorted(roster.numbers), roster, identifiers)
    try:
        change = difference(before, roster, complete=row.is_complete, chosen=row.choices)
    except InvalidRoster as error:
        raise InvalidInput("choice", str(error)) from error
    after = apply(before, change)
    at = moving.schools_of(tx, (before, after))
    seats = seat_changes(before, after, at)
    verdict = judge(change, before, elsewhere=sizes(tx, before.numbers - roster.numbers))
    if row.confirmed_by is not None and row.shown_digest == digest(change):
        verdict = replace(verdict, confirmed=True)
    return Shown(row, roster.numbers, before, change, tuple(seats), at, verdict)


def _schools(tx: Tx, viewer: Viewer, roster: Roster) -> list[School]:
    found = tx.scalars(select(School).where(School.number.in_(roster.numbers))).all()
    missing = sorted(roster.numbers - {school.number for school in found})
    if missing:
        raise InvalidInput("school", f"there is no school {missing[0][:20]}", "Add it first.")
    if not found:
        raise InvalidInput("school", "the file names no school", "Say which school it is of.")
    for school in found:
        require(viewer, Act.MANAGE, school.id)
    return sorted(found, key=lambda school: school.number)


def _as_the_schools_wish(
    tx: Tx, vault: Vault, schools: list[School], roster: Roster, naming: School | None
) -> Roster:
    """In a nameless school nobody's name is stored, not even in a draft. naming: here it is."""
    nameless_ones = [one for one in schools if one.is_nameless and one is not naming]
    if not nameless_ones:
        return roster
    if len(nameless_ones) < len(schools):
        problem = "some of its schools keep no names, others do"
        raise InvalidInput("file", problem, "Import one file for each.")
    before = known(tx, [school.number for school in schools])
    try:
        return nameless(roster, vault.derive(PSEUDONYMS), before)
    except InvalidRoster as error:
        problem = "without identifiers nobody can be recognised without a name"
        raise InvalidInput("file", problem, "Export it with the column of identifiers.") from error


def _remember_shown(row: RosterImport, shown: Shown, confirmed: bool = False) -> None:
    seen = digest(shown.difference)
    if seen != row.shown_digest and not confirmed:
        row.confirmed_by = row.confirmed_at = None
    row.shown_digest = seen
    stays = {about: row.summary[about] for about in (SCHOOLS, NAMING) if about in row.summary}
    row.summary = {**stays, **_counts(shown)}


def _counts(shown: Shown) -> dict[str, Any]:
    change = shown.difference
    kinds: dict[str, KindDifference[Any]] = {
        "persons": change.persons,
        "classes": change.classes,
        "courses": change.courses,
        "memberships": change.memberships,
        "placements": change.placements,
    }
    counts: dict[str, Any] = {
        name: [len(kind.added), len(kind.changed), len(kind.removed)]
        for name, kind in kinds.items()
    }
    return {
        **counts,
        "moves": len(change.moves),
        "ambiguous": len(change.ambiguous),
        "ipads": len(shown.seats),
        "stops": [stop.reason.value for stop in shown.verdict.stops],
    }


def _drafted(tx: Tx, import_id: int) -> RosterImport:
    row = tx.get(RosterImport, import_id, with_for_update=True)
    if row is None or row.state is not ImportState.DRAFTED:
        raise NotFound("roster import", str(import_id))
    return row


def _seal(vault: Vault, row: RosterImport, roster: Roster) -> None:
    plain = json.dumps(write_value(roster), ensure_ascii=False).encode()
    row.sealed_roster = vault.seal(plain, f"roster_import:{row.id}")


def _open(vault: Vault, row: RosterImport) -> Roster:
    plain = vault.open(row.sealed_roster or b"", f"roster_import:{row.id}")
    roster: Roster = read_value(Roster, json.loads(plain))
    return roster


def _settle(row: RosterImport, state: ImportState, actor: Actor, now: datetime) -> None:
    row.state, row.sealed_roster, row.choices = state, None, {}
    row.decided_by, row.decided_at = actor.name, now


def _journal(tx: Tx, row: RosterImport, act: str, actor: Actor, now: datetime) -> None:
    subject = Subject.of("roster_import", row.id)
    details = {"format": row.format, "complete": row.is_complete, **row.summary}
    audit.record(tx, actor, act, subject, now, school_id=row.school_id, details=details)
