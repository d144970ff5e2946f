"""A school without names: forgetting them, and the one way back.

Here: what is stored of a school loses every name. Not here: files that come in for a school
that has none (service.py), how a pseudonym is made (policies.roster.nameless), change plans that
would carry out what is given up (mdm.rooms.changes.giving_up).

What an iPad calls itself is replaced in our list only; it goes from its reports with the next
ones, once the iPad is called otherwise.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select

from mdm.base.db import Tx
from mdm.base.errors import Conflict, InvalidInput
from mdm.base.vault import Vault
from mdm.rooms.access.service import Act, Viewer, require
from mdm.rooms.audit import service as audit
from mdm.rooms.audit.service import Actor, Subject
from mdm.rooms.devices.due import mark_scopes_due
from mdm.rooms.devices.models import Device
from mdm.rooms.rosters import service
from mdm.rooms.rosters.known import known
from mdm.rooms.rosters.models import ImportState, RosterImport
from mdm.rooms.rosters.naming import PSEUDONYMS
from mdm.rooms.rosters.service import RosterFile
from mdm.rooms.schools.models import ClassGroup, Course, Member, Room, School, Trolley
from policies.roster.errors import InvalidRoster
from policies.roster.nameless import nameless, pseudonym, without_names
from policies.roster.roster import Roster
from policies.roster.values import Person


def forget_names(tx: Tx, vault: Vault, viewer: Viewer, school: School, now: datetime) -> int:
    """Make a school nameless; its members become numbered seats, whom the next import knows.

    Names, accounts and identifiers of its members are gone afterwards, from the names of its
    groups and places as well, and drafts that hold names are given up. returns: how many seats.
    raises: Conflict (it is nameless already), InvalidInput (two groups would have one name),
        NotFound, Forbidden.
    """
    require(viewer, Act.ADMINISTER, school.id)
    if school.is_nameless:
        raise Conflict(f"school {school.number} keeps no names already")
    key = vault.derive(PSEUDONYMS)
    members = list(tx.scalars(select(Member).where(Member.school_id == school.id)))
    labels = _labels(known(tx, [school.number]), key)
    clean = without_names([_person(member, school) for member in members], key)
    _give_up_drafts(tx, vault, school, viewer.actor, now)
    for member in members:
        _make_seat(member, key, labels)
    _clean_places(tx, school, clean)
    school.is_nameless = True
    tx.flush()
    mark_scopes_due(tx, [Device.school_id == school.id])
    _journal(tx, school, "school.nameless", viewer.actor, now, seats=len(members))
    return len(members)


def bring_in_names(
    tx: Tx, vault: Vault, viewer: Viewer, school: School, file: RosterFile, now: datetime
) -> RosterImport:
    """Draft the import that gives a nameless school its names again; there is no other way.

    Nothing changes before it is carried out; then seats that the file names are recognised by
    their pseudonyms and keep their iPads. Until then its names are in the sealed draft alone.
    raises: Conflict (it keeps names), what `service.draft` raises.
    """
    require(viewer, Act.ADMINISTER, school.id)
    if not school.is_nameless:
        raise Conflict(f"school {school.number} keeps names already")
    return service.draft(tx, vault, viewer, file, now, naming=school)


def _labels(roster: Roster, key: bytes) -> dict[str, str]:
    """The label of each seat, by pseudonym."""
    try:
        return {person.key: person.slot for person in nameless(roster, key).persons}
    except InvalidRoster as error:
        raise InvalidInput("school", str(error)) from error


def _person(member: Member, school: School) -> Person:
    return Person(
        member.source_id,
        member.role,
        member.given_name,
        member.family_name,
        (school.number,),
        account=member.account,
    )


def _make_seat(member: Member, key: bytes, labels: dict[str, str]) -> None:
    member.source_id = pseudonym(key, member.source_id)
    member.given_name = member.family_name = member.account = ""
    member.label = labels.get(member.source_id, "")


def _clean_places(tx: Tx, school: School, clean: Callable[[str], str]) -> None:
    """Take names of people from everything that schools name freely."""
    kinds: tuple[Any, ...] = (ClassGroup, Course, Trolley, Room, Device)
    for kind in kinds:
        for row in tx.scalars(select(kind).where(kind.school_id == school.id)):
            row.name = clean(row.name)[: kind.name.type.length]
            if isinstance(row, Course):
                row.subject = clean(row.subject)[: Course.subject.type.length]


def _give_up_drafts(tx: Tx, vault: Vault, school: School, actor: Actor, now: datetime) -> None:
    """Names of files go too: they are often those of a class teacher."""
    here = or_(RosterImport.school_id == school.id, RosterImport.school_id.is_(None))
    for row in tx.scalars(select(RosterImport).where(here).with_for_update()):
        if row.state is ImportState.DRAFTED and school.number in _numbers(vault, row):
            service.give_up(tx, row, actor, now)
        if row.school_id == school.id:
            row.file_name = ""


def _numbers(vault: Vault, row: RosterImport) -> Iterable[str]:
    return service.sealed_roster(vault, row).numbers


def _journal(
    tx: Tx, school: School, act: str, actor: Actor, now: datetime, **details: object
) -> None:
    subject = Subject.of("school", school.id)
    audit.record(tx, actor, act, subject, now, school_id=school.id, details=details)
