"""Which format a file is, so that nobody has to know."""

from __future__ import annotations

from enum import StrEnum

from policies.roster.errors import Unreadable, UnreadableRoster
from policies.roster.formats.archive import is_archive, read_archive
from policies.roster.formats.limits import DEFAULT_LIMITS, Limits, check_size
from policies.roster.formats.mapping import known_as
from policies.roster.formats.schild import part_of
from policies.roster.formats.table import read_table


class Format(StrEnum):
    GENERIC = "generic"  # needs a column mapping
    ONEROSTER = "oneroster"
    APPLE = "apple"
    SCHILD = "schild"


_SCHILD_ONLY = frozenset({"interneidnummer", "schulgliederung", "fachlehrer", "internkrz"})


def recognise(data: bytes, limits: Limits = DEFAULT_LIMITS) -> Format:
    """Tell the format by the names of files in an archive, or by the headings of a table.

    raises: UnreadableRoster (nothing we know, or not readable at all).
    """
    check_size(data, limits)
    if is_archive(data):
        return _archive(frozenset(read_archive(data, limits)))
    header = read_table(data, limits).header
    known = {known_as(heading) for heading in header}
    return Format.SCHILD if part_of(header) and known & _SCHILD_ONLY else Format.GENERIC


def _archive(names: frozenset[str]) -> Format:
    if "manifest.csv" in names:
        return Format.ONEROSTER
    if "students.csv" in names:
        return Format.APPLE
    if names:
        return Format.SCHILD
    raise UnreadableRoster(Unreadable.MISSING_FILE, field="manifest.csv, students.csv")
