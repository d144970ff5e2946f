"""What a file holds, found once and handed on: one table, or an archive of several.

Here: the values. Not here: finding it (policies.roster.formats.recognise), the tables of an
archive, which each format reads in its own way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from policies.roster.errors import Unreadable, UnreadableRoster
from policies.roster.formats.table import Table


@dataclass(frozen=True, slots=True)
class Archive:
    """files: name in lower case, without folders → content."""

    files: Mapping[str, bytes]


Content: TypeAlias = Table | Archive


def table_of(content: Content) -> Table:
    """The one table of a file. raises: UnreadableRoster (NOT_TEXT)."""
    if isinstance(content, Archive):
        raise UnreadableRoster(Unreadable.NOT_TEXT)
    return content


def files_of(content: Content) -> Mapping[str, bytes]:
    """The files of an archive. raises: UnreadableRoster (NOT_AN_ARCHIVE)."""
    if isinstance(content, Table):
        raise UnreadableRoster(Unreadable.NOT_AN_ARCHIVE)
    return content.files
