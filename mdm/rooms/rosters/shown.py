"""An import with what it would change, as it was found at one instant.

Here: the value that everybody speaks about. Not here: how it is found (service.py), whose schools
it touches (touched.py), its lines (lines.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mdm.rooms.rosters.models import RosterImport
from mdm.rooms.rosters.seats import SeatChange
from policies.roster.difference import RosterDifference
from policies.roster.judgement import ImportVerdict
from policies.roster.roster import Roster

SCHOOLS = "schools"
"""In the summary of an import: the numbers of the rows of its schools."""


@dataclass(frozen=True, slots=True)
class Shown:
    """An import with what it would change now.

    covered: the numbers of the schools that the file is about. seats: iPads that would move.
    at: the school of each known iPad that the file or its people name, by serial number.
    """

    row: RosterImport
    covered: frozenset[str]
    known: Roster
    difference: RosterDifference
    seats: tuple[SeatChange, ...]
    at: Mapping[str, str]
    verdict: ImportVerdict


def schools_of(row: RosterImport) -> frozenset[int]:
    """The schools that an import is about."""
    found: list[Any] = row.summary[SCHOOLS]
    return frozenset(found)
