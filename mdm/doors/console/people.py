"""Who acted, by name: the journal and the queue keep actors as kind and number."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext

from mdm.base.db import Tx
from mdm.doors.console.phrases import act_name, subject_name
from mdm.doors.console.words import Text
from mdm.rooms.access import queries as access
from mdm.rooms.audit.models import AuditEntry


@dataclass(frozen=True, slots=True)
class JournalRow:
    """One line of the journal. kind and number: of what it is about; subject: both in words."""

    at: datetime
    who: str
    act: Text
    kind: str
    number: str
    subject: str
    school_id: int | None
    reason: str


def names(tx: Tx, actors: Iterable[str]) -> dict[str, str]:
    """Name these actors; each key is an actor as stored, such as "person:3"."""
    unique = set(actors)
    numbers = {actor: _number(actor) for actor in unique}
    people = access.display_names(tx, [n for n in numbers.values() if n is not None])
    return {actor: _name(actor, numbers[actor], people) for actor in unique}


def journal_rows(tx: Tx, entries: Iterable[AuditEntry]) -> list[JournalRow]:
    """Make entries readable."""
    listed = list(entries)
    who = names(tx, (entry.actor for entry in listed))
    return [
        JournalRow(
            entry.at,
            who[entry.actor],
            act_name(entry.act),
            entry.subject_kind,
            entry.subject_id,
            f"{subject_name(entry.subject_kind)} {entry.subject_id}",
            entry.school_id,
            entry.reason,
        )
        for entry in listed
    ]


def _number(actor: str) -> int | None:
    kind, _, number = actor.partition(":")
    return int(number) if kind == "person" and number.isascii() and number.isdigit() else None


def _name(actor: str, number: int | None, people: dict[int, str]) -> str:
    if number is not None and number in people:
        return people[number]
    kind, _, rest = actor.partition(":")
    if kind == "job":
        return gettext("automatically")
    if kind == "device":
        return gettext("the iPad itself")
    if kind == "system":
        return gettext("%(name)s (command line)", name=rest)
    return actor
