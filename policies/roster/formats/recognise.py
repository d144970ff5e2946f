"""Which format a file is, so that nobody has to know."""

from __future__ import annotations

from enum import StrEnum

from policies.roster.errors import Unreadable, UnreadableRoster
from policies.roster.formats.archive import is_archive, read_archive
from policies.roster.formats.content import Archive, Content
from policies.roster.formats.limits import DEFAULT_LIMITS, Limits, check_size
from policies.roster.formats.mapping import known_as
from policies.roster.formats.schild import part_of
from policies.roster.formats.table import read_table


class Format(StrEnum):
    GENERIC = "generic"  # needs a column mapping
    ONEROSTER = "oneroster"
    APPLE = "apple"
    SCHILD = "schild"


_ARCHIVES = frozenset({Format.ONEROSTER, Format.APPLE})
_SCHILD_ONLY = frozenset({"interneidnummer", "schulgliederung", "fachlehrer", "internkrz"})


def recognise(data: bytes, limits: Limits = DEFAULT_LIMITS) -> Format:
    """Tell the format by the names of files in an archive, or by the headings of a table.

    raises: UnreadableRoster (nothing we know, or not readable at all).
    """
    return format_of(look_into(data, limits))


def look_into(
    data: bytes, limits: Limits = DEFAULT_LIMITS, wanted: Format | None = None
) -> Content:
    """Read what a file holds, which is a lot of work for a large one: do it once.

    wanted: the format that somebody says it is; None for nobody.
    raises: UnreadableRoster.
    """
    check_size(data, limits)
    if wanted in _ARCHIVES or (wanted is not Format.GENERIC and is_archive(data)):
        return Archive(read_archive(data, limits))
    return read_table(data, limits)


def format_of(content: Content) -> Format:
    """Tell the format as `recognise` does. raises: UnreadableRoster (nothing we know)."""
    if isinstance(content, Archive):
        return _archive(frozenset(content.files))
    known = {known_as(heading) for heading in content.header}
    return Format.SCHILD if part_of(content.header) and known & _SCHILD_ONLY else Format.GENERIC


def _archive(names: frozenset[str]) -> Format:
    if "manifest.csv" in names:
        return Format.ONEROSTER
    if "students.csv" in names:
        return Format.APPLE
    if names:
        return Format.SCHILD
    raise UnreadableRoster(Unreadable.MISSING_FILE, field="manifest.csv, students.csv")
